import random
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import passwords
from kiosk.domain.passwords import MAX_LENGTH, OwnData, PasswordProblem, check

# Long, and without any order in it.
VARIED = "".join(random.Random(1).choices("bdfhjlnprtvxz", k=MAX_LENGTH + 1))
OWN = OwnData(
    card_number="0012345678",
    cpf="52998224725",
    birth_date=date(1960, 3, 24),
    email="ines.avila@exemplo.com.br",
    names=("Inês D'Ávila Conceição", "Davi Conceição"),
)


@pytest.mark.parametrize(
    "password",
    [
        "ybirá-açu",
        "correct horse battery staple",
        "açaí com granola",
        "密码和米饭与茶水",
        "😀🐦🌳🍵🚲🎈🌞🏠",
        VARIED[:64],
        VARIED[:MAX_LENGTH],
        "Ana e a saúde de ferro",
        "meu serpro preferido",
        "52998224725 e mais um tanto",
        "1960 foi um bom ano",
        "\u202eybira-acu",
        "'; DROP TABLE people; --",
    ],
)
def test_any_mixture_of_characters_will_do(password: str) -> None:
    assert check(password, OWN) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.EMPTY),
        ("a", PasswordProblem.TOO_SHORT),
        ("ybiráaç", PasswordProblem.TOO_SHORT),
        ("😀" * 7, PasswordProblem.TOO_SHORT),
        ("x" * (MAX_LENGTH + 1), PasswordProblem.TOO_LONG),
        (unicodedata.normalize("NFD", VARIED[1:].replace("x", "é")), None),
        (unicodedata.normalize("NFD", VARIED.replace("x", "é")), PasswordProblem.TOO_LONG),
        ("ybirá-açu\ud800", PasswordProblem.UNWRITABLE),
        ("\udfff", PasswordProblem.UNWRITABLE),
    ],
)
def test_length_is_counted_in_code_points(password: str, problem: PasswordProblem | None) -> None:
    assert check(password) is problem


def test_a_text_that_would_take_long_to_normalise_is_not_normalised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The time grows with the square of the length: this one would take most of a second.
    hostile = "a" + "\u0301\u0316" * 16_000
    monkeypatch.setattr(passwords, "normalise", lambda _text: pytest.fail("normalised"))
    assert check(hostile) is PasswordProblem.TOO_LONG
    assert passwords.is_too_long(hostile)


def test_the_number_of_the_call_centre_is_no_password() -> None:
    assert check("0800 888 9504") is PasswordProblem.PLAN_WORDS
    assert check("9504 0800 888 9504") is PasswordProblem.PLAN_WORDS


def test_length_is_counted_after_composition() -> None:
    seven_composed = unicodedata.normalize("NFD", "áéíóúãõ")
    assert len(seven_composed) == 14
    assert check(seven_composed) is PasswordProblem.TOO_SHORT
    assert check(unicodedata.normalize("NFD", "áéíóúãõâ")) is None


@pytest.mark.parametrize(("length", "problem"), [(14, PasswordProblem.TOO_SHORT), (15, None)])
def test_the_minimum_is_a_setting(length: int, problem: PasswordProblem | None) -> None:
    assert check(VARIED[:length], OwnData(), 15) is problem


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("0012345678", PasswordProblem.OWN_CARD),
        ("0012.3456-78", PasswordProblem.OWN_CARD),
        ("8765432100", PasswordProblem.OWN_CARD),
        ("0012345678!aB", PasswordProblem.OWN_CARD),
        ("00123456780012345678", PasswordProblem.OWN_CARD),
        ("52998224725", PasswordProblem.OWN_CPF),
        ("529.982.247-25", PasswordProblem.OWN_CPF),
        ("x52998224725", PasswordProblem.OWN_CPF),
        ("52742289925", PasswordProblem.OWN_CPF),
        ("24031960", PasswordProblem.OWN_BIRTH_DATE),
        ("24/03/1960", PasswordProblem.OWN_BIRTH_DATE),
        ("1960-03-24", PasswordProblem.OWN_BIRTH_DATE),
        ("24.03.60!", PasswordProblem.OWN_BIRTH_DATE),
        ("06913042", PasswordProblem.OWN_BIRTH_DATE),
        ("ines.avila", PasswordProblem.OWN_EMAIL),
        ("Ines-Avila1", PasswordProblem.OWN_EMAIL),
        ("ines.avila@exemplo.com.br", PasswordProblem.OWN_EMAIL),
        ("avila.1960", PasswordProblem.OWN_EMAIL),
        ("avila-do-ines", PasswordProblem.OWN_EMAIL),
        ("conceicao", PasswordProblem.OWN_NAME),
        ("Conceição1", PasswordProblem.OWN_NAME),
        ("CONCEIÇÃO123", PasswordProblem.OWN_NAME),
        ("inesdavilaconceicao", PasswordProblem.OWN_NAME),
        ("Davi Conceição", PasswordProblem.OWN_NAME),
        ("Davi1960", PasswordProblem.OWN_NAME),
        ("D4v1 C0nc31ç4o", PasswordProblem.OWN_NAME),
        ("davi12345678", PasswordProblem.OWN_NAME),
        ("davi serpro", PasswordProblem.OWN_NAME),
        ("529982247", PasswordProblem.OWN_CPF),
        ("529982247258888", PasswordProblem.OWN_CPF),
        ("2431960x", PasswordProblem.OWN_BIRTH_DATE),
        ("03241960", PasswordProblem.OWN_BIRTH_DATE),
        ("03/1960 x", PasswordProblem.OWN_BIRTH_DATE),
        ("24 de março de 1960", PasswordProblem.OWN_BIRTH_DATE),
        ("24março60", PasswordProblem.OWN_BIRTH_DATE),
        ("24mar1960", PasswordProblem.OWN_BIRTH_DATE),
        ("Março/1960", PasswordProblem.OWN_BIRTH_DATE),
    ],
)
def test_what_is_made_of_ones_own_data_is_refused(password: str, problem: PasswordProblem) -> None:
    assert check(password, OWN) is problem


@pytest.mark.parametrize("password", ["8062719354", "52998224725", "24031960", "conceicao"])
def test_what_the_device_does_not_know_it_does_not_refuse(password: str) -> None:
    assert check(password, OwnData()) is None


def test_a_short_name_hinders_nobody() -> None:
    assert check("anaesuaana", OwnData(names=("Ana",))) is None


@pytest.mark.parametrize(
    "password",
    [
        "saudeserpro",
        "Saúde Serpro",
        "PAS/SERPRO",
        "pas-serpro2024",
        "serpro123",
        "serpro1234567",
        "2024saude",
        "SENHASENHA",
        "senha1234",
        "cartão1234",
        "carteirinha",
        "Beneficiário!",
        "meu plano saúde",
        "quiosque",
        "08008889504",
        "0800 888 9504",
        "S3rpr0!!",
        "$3nh@ do $3rpr0",
        "senha123456",
        "serpro12345678",
    ],
)
def test_what_is_made_of_the_plans_words_is_refused(password: str) -> None:
    assert check(password) is PasswordProblem.PLAN_WORDS


@pytest.mark.parametrize(
    "password",
    [
        "!!!!!!!!",
        "        ",
        "😀" * 8,
        "a" * 64,
        "AaAaAaAa",
        "abcabcab",
        "密码密码密码密码",
        "1-1-1-1-1-1-",
    ],
)
def test_what_only_repeats_itself_is_refused(password: str) -> None:
    assert check(password) is PasswordProblem.REPEATED


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "123-456-789",
        "87654321",
        "abcdefgh",
        "qwertyuiop",
        "QWERTY12",
        "1q2w3e4r",
        "1qaz2wsx3edc",
        "çlkjhgfd",
        "!@#$%¨&*",
        "!@#$%^&*",
        "147258369",
        "aabbccddee",
        "a1b2c3d4",
        "asdf@1234",
    ],
)
def test_what_follows_an_order_or_the_keys_is_refused(password: str) -> None:
    assert check(password) is PasswordProblem.SEQUENCE


@pytest.mark.parametrize(
    "password",
    [
        "maravilha",
        "Maravilha!",
        "MARAVILHA2024",
        "2024maravilha",
        "m4r4v1lh4",
        "m@ravilh@12",
        "maravílha",
        "ahlivaram",
        "flor1234",
        "maravilhamaravilha",
        "Fl0r!2024",
        "f.l.o.r.1.2",
        "flor123456789",
    ],
)
def test_what_is_a_common_word_and_trimming_is_refused(password: str) -> None:
    assert check(password, OWN, common={"maravilha", "flor"}) is PasswordProblem.COMMON


@pytest.mark.parametrize(
    "password",
    ["flor e maravilha", "flor73921", "flor!@#$%&*", "f%l_o(r+9/", "a flor roxa", "12flor345"],
)
def test_a_common_word_among_other_things_hinders_nobody(password: str) -> None:
    assert check(password, OWN, common={"maravilha", "flor"}) is None


@given(st.text())
def test_no_text_is_too_much(text: str) -> None:
    problem = check(text, OWN)
    assert problem is None or problem in PasswordProblem
    if problem is None:
        assert 8 <= len(passwords.normalise(text)) <= MAX_LENGTH
        assert passwords.normalise(text).encode()


@given(st.text())
def test_two_keyboards_give_one_password(text: str) -> None:
    composed = passwords.normalise(unicodedata.normalize("NFC", text))
    decomposed = passwords.normalise(unicodedata.normalize("NFD", text))
    assert composed == decomposed
    assert check(composed, OWN) == check(decomposed, OWN)


@given(st.text(st.characters(codec="utf-8")))
def test_what_has_a_utf_8_form_is_writable(text: str) -> None:
    assert passwords.is_writable(text)


@pytest.mark.parametrize("code_point", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_a_lone_surrogate_is_not(code_point: int) -> None:
    assert not passwords.is_writable(f"ybira-acu{chr(code_point)}")
