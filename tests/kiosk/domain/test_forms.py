from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import forms
from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import (
    Field,
    FieldProblem,
    NewCredential,
    Problem,
    ReceiptClaim,
    ReceiptQuery,
    RegistrationForm,
    ResetForm,
    Rules,
    SignInAttempt,
    SignInForm,
)
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.domain.passwords import MAX_LENGTH, OwnData, PasswordProblem
from kiosk.domain.receipts import ReceiptNumber

RULES = Rules()
TODAY = date(2024, 5, 10)
BORN = date(1960, 3, 24)
PASSWORD = "ybirá-açu"
RECEIPT = str(ReceiptNumber("K7Q2MT", 42))
CARD = Identifier(IdentifierKind.CARD, "0012345678")
EMAIL = Identifier(IdentifierKind.EMAIL, "ines@exemplo.com.br")

REGISTRATION = RegistrationForm(
    card="0012.3456-78",
    cpf="529.982.247-25",
    has_no_cpf=False,
    birth_date="24/03/1960",
    password=PASSWORD,
    confirmation=PASSWORD,
)
RESET = ResetForm(
    card_or_email="0012.3456-78",
    cpf="529.982.247-25",
    birth_date="24/03/1960",
    password=PASSWORD,
    confirmation=PASSWORD,
)
SIGN_IN = SignInForm(identifier="0012345678", password=PASSWORD)
QUERY = ReceiptQuery(receipt=RECEIPT, proof="24/03/1960")

HOSTILE = [
    "1" * 10_000,
    "a" * 10_000,
    "\x00\x01\x1b[31m",
    "\u202e0012345678\u202c",
    "😀",
    "００１２３４５６７８",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "\ud800",
]


def problems_of(read: object) -> dict[Field, Problem]:
    assert isinstance(read, dict)
    return read


def test_cadastro_is_read() -> None:
    read = forms.read_registration(REGISTRATION, RULES, TODAY)
    assert read == NewCredential(Claim(CARD, "52998224725", BORN), PASSWORD)


def test_possessing_no_cpf_leaves_whatever_stood_there_aside() -> None:
    for cpf in ("", "529.982.247-25", "nonsense"):
        form = replace(REGISTRATION, cpf=cpf, has_no_cpf=True)
        read = forms.read_registration(form, RULES, TODAY)
        assert read == NewCredential(Claim(CARD, None, BORN), PASSWORD)


def test_an_empty_cadastro_lacks_every_field() -> None:
    read = forms.read_registration(RegistrationForm("", "", False, "", "", ""), RULES, TODAY)
    assert problems_of(read) == {
        Field.CARD: FieldProblem.EMPTY,
        Field.CPF: FieldProblem.EMPTY,
        Field.BIRTH_DATE: FieldProblem.EMPTY,
        Field.PASSWORD: PasswordProblem.EMPTY,
        Field.CONFIRMATION: FieldProblem.EMPTY,
    }


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"card": "12345"}, Field.CARD, FieldProblem.NOT_A_CARD),
        ({"card": "ines@exemplo.com.br"}, Field.CARD, FieldProblem.NOT_A_CARD),
        ({"card": " - . "}, Field.CARD, FieldProblem.EMPTY),
        ({"cpf": ""}, Field.CPF, FieldProblem.EMPTY),
        ({"cpf": "529.982"}, Field.CPF, FieldProblem.CPF_INCOMPLETE),
        ({"cpf": "529.982.247-24"}, Field.CPF, FieldProblem.NOT_A_CPF),
        ({"cpf": "111.111.111-11"}, Field.CPF, FieldProblem.NOT_A_CPF),
        ({"cpf": "529.982.247-250"}, Field.CPF, FieldProblem.NOT_A_CPF),
        ({"birth_date": ""}, Field.BIRTH_DATE, FieldProblem.EMPTY),
        ({"birth_date": "  "}, Field.BIRTH_DATE, FieldProblem.EMPTY),
        ({"birth_date": "24/03"}, Field.BIRTH_DATE, BirthDateProblem.INCOMPLETE),
        ({"birth_date": "31/02/1960"}, Field.BIRTH_DATE, BirthDateProblem.IMPOSSIBLE),
        ({"birth_date": "11/05/2024"}, Field.BIRTH_DATE, BirthDateProblem.FUTURE),
        ({"birth_date": "09/05/1894"}, Field.BIRTH_DATE, BirthDateProblem.TOO_OLD),
        ({"confirmation": ""}, Field.CONFIRMATION, FieldProblem.EMPTY),
        ({"confirmation": PASSWORD + "x"}, Field.CONFIRMATION, FieldProblem.DIFFERENT),
        ({"confirmation": PASSWORD.upper()}, Field.CONFIRMATION, FieldProblem.DIFFERENT),
    ],
)
def test_one_wrong_field_is_the_only_one_named(
    typed: dict[str, Any], field: Field, problem: Problem
) -> None:
    cadastro = replace(REGISTRATION, **typed)
    assert problems_of(forms.read_registration(cadastro, RULES, TODAY)) == {field: problem}
    if "card" not in typed:
        reset = replace(RESET, **typed)
        assert problems_of(forms.read_reset(reset, RULES, TODAY)) == {field: problem}


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("curta", PasswordProblem.TOO_SHORT),
        ("x" * (MAX_LENGTH + 1), PasswordProblem.TOO_LONG),
        (PASSWORD + "\ud800", PasswordProblem.UNWRITABLE),
        ("0012345678", PasswordProblem.OWN_CARD),
        ("52998224725", PasswordProblem.OWN_CPF),
        ("24/03/1960", PasswordProblem.OWN_BIRTH_DATE),
        ("saudeserpro", PasswordProblem.PLAN_WORDS),
    ],
)
def test_a_password_is_checked_against_what_stands_beside_it(
    password: str, problem: PasswordProblem
) -> None:
    cadastro = replace(REGISTRATION, password=password, confirmation=password)
    reset = replace(RESET, password=password, confirmation=password)
    expected = {Field.PASSWORD: problem}
    assert problems_of(forms.read_registration(cadastro, RULES, TODAY)) == expected
    assert problems_of(forms.read_reset(reset, RULES, TODAY)) == expected


def test_a_password_made_of_the_typed_address_is_refused() -> None:
    form = replace(
        RESET, card_or_email="ybira-acu@exemplo.com.br", password=PASSWORD, confirmation=PASSWORD
    )
    read = forms.read_reset(form, RULES, TODAY)
    assert problems_of(read) == {Field.PASSWORD: PasswordProblem.OWN_EMAIL}


def test_a_wrong_field_beside_it_is_no_own_data() -> None:
    form = replace(REGISTRATION, cpf="80627193541", password="80627193541")
    read = problems_of(forms.read_registration(form, RULES, TODAY))
    assert read == {
        Field.CPF: FieldProblem.NOT_A_CPF,
        Field.CONFIRMATION: FieldProblem.DIFFERENT,
    }


def test_two_keyboards_confirm_one_password() -> None:
    form = replace(REGISTRATION, password="ybira\u0301-ac\u0327u", confirmation=PASSWORD)
    read = forms.read_registration(form, RULES, TODAY)
    assert read == NewCredential(Claim(CARD, "52998224725", BORN), PASSWORD)


def test_spaces_of_a_password_count() -> None:
    form = replace(REGISTRATION, password=f" {PASSWORD} ", confirmation=f" {PASSWORD} ")
    read = forms.read_registration(form, RULES, TODAY)
    assert isinstance(read, NewCredential)
    assert read.password == f" {PASSWORD} "


@pytest.mark.parametrize(
    ("typed", "identifier"),
    [
        ("0012345678", CARD),
        (" 0012 3456-78 ", CARD),
        ("ines@exemplo.com.br", EMAIL),
        (" INES@Exemplo.com.br", EMAIL),
        ("52998224725", Identifier(IdentifierKind.CARD, "52998224725")),
    ],
)
def test_the_reset_takes_card_or_email(typed: str, identifier: Identifier) -> None:
    read = forms.read_reset(replace(RESET, card_or_email=typed), RULES, TODAY)
    assert read == NewCredential(Claim(identifier, "52998224725", BORN), PASSWORD)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", FieldProblem.EMPTY),
        ("  ", FieldProblem.EMPTY),
        ("12345", FieldProblem.NOT_CARD_OR_EMAIL),
        ("ines@", FieldProblem.NOT_CARD_OR_EMAIL),
        ("maria", FieldProblem.NOT_CARD_OR_EMAIL),
        ("ines@exemplo.com.br\ud800", FieldProblem.UNWRITABLE),
        ("a" * 309 + "@exemplo.com", FieldProblem.TOO_LONG),
        # One letter that stands for three in the form in which addresses are compared.
        ("\ufb03" * 200 + "@exemplo.com", FieldProblem.TOO_LONG),
    ],
)
def test_the_reset_takes_nothing_else(typed: str, problem: FieldProblem) -> None:
    read = forms.read_reset(replace(RESET, card_or_email=typed), RULES, TODAY)
    assert problems_of(read) == {Field.CARD_OR_EMAIL: problem}


def test_half_a_character_is_no_card_whatever_the_pattern() -> None:
    anything = Rules(CardFormat(r".*"))
    assert forms.read_card("12345\udc80", anything) is FieldProblem.NOT_A_CARD
    query = ReceiptQuery(str(ReceiptNumber("K7Q2MT", 42)), "12345\udc80")
    assert forms.read_receipt_query(query, anything, TODAY) == {
        Field.PROOF: FieldProblem.NOT_A_PROOF
    }


def test_the_longest_address_is_taken() -> None:
    longest = "a" * 308 + "@exemplo.com"
    assert forms.read_card_or_email(longest, RULES) == Identifier(IdentifierKind.EMAIL, longest)


def test_the_reset_takes_no_cpf_for_a_card() -> None:
    rules = Rules(card_format=CardFormat(r"[0-9]{10}"))
    read = forms.read_card_or_email("52998224725", rules)
    assert read is FieldProblem.NOT_CARD_OR_EMAIL


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0012345678", "0012345678"),
        (" 529.982.247-25 ", "529.982.247-25"),
        ("Ines@Exemplo.com.br", "Ines@Exemplo.com.br"),
    ],
)
def test_login_sends_what_was_typed(typed: str, kept: str) -> None:
    read = forms.read_sign_in(replace(SIGN_IN, identifier=typed), RULES)
    assert read == SignInAttempt(kept, PASSWORD)


def test_login_sends_the_composed_password_however_short() -> None:
    assert forms.read_sign_in(SignInForm("0012345678", "a\u0303"), RULES) == SignInAttempt(
        "0012345678", "ã"
    )


@pytest.mark.parametrize(
    ("form", "problems"),
    [
        (
            SignInForm("", ""),
            {Field.IDENTIFIER: FieldProblem.EMPTY, Field.PASSWORD: FieldProblem.EMPTY},
        ),
        (SignInForm("maria", "x"), {Field.IDENTIFIER: FieldProblem.NOT_AN_IDENTIFIER}),
        (SignInForm("1" * 321, "x"), {Field.IDENTIFIER: FieldProblem.TOO_LONG}),
        (SignInForm("\ud800", "x"), {Field.IDENTIFIER: FieldProblem.UNWRITABLE}),
        (SignInForm("0012345678", ""), {Field.PASSWORD: FieldProblem.EMPTY}),
        (SignInForm("0012345678", "\ud800"), {Field.PASSWORD: FieldProblem.UNWRITABLE}),
        (
            SignInForm("0012345678", "x" * (MAX_LENGTH + 1)),
            {Field.PASSWORD: FieldProblem.TOO_LONG},
        ),
        (
            SignInForm("0012345678", "a" + "\u0301\u0316" * 16_000),
            {Field.PASSWORD: FieldProblem.TOO_LONG},
        ),
    ],
)
def test_login_names_its_problems(form: SignInForm, problems: dict[Field, Problem]) -> None:
    assert forms.read_sign_in(form, RULES) == problems


@pytest.mark.parametrize(
    ("proof", "card", "born"),
    [
        ("24/03/1960", None, BORN),
        (" 24/03/1960 ", None, BORN),
        ("0012.3456-78", "0012345678", None),
        ("24031960", "24031960", BORN),
        ("99999999", "99999999", None),
    ],
)
def test_a_receipt_is_asked_for_with_card_or_birth_date(
    proof: str, card: str | None, born: date | None
) -> None:
    read = forms.read_receipt_query(replace(QUERY, proof=proof), RULES, TODAY)
    assert read == ReceiptClaim(ReceiptNumber("K7Q2MT", 42), card, born)


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        (
            ReceiptQuery("", ""),
            {Field.RECEIPT: FieldProblem.EMPTY, Field.PROOF: FieldProblem.EMPTY},
        ),
        (
            ReceiptQuery("  ", " "),
            {Field.RECEIPT: FieldProblem.EMPTY, Field.PROOF: FieldProblem.EMPTY},
        ),
        (
            ReceiptQuery("K7Q2MT-0042-C", "24/03/1960"),
            {Field.RECEIPT: FieldProblem.NOT_A_RECEIPT},
        ),
        (ReceiptQuery(RECEIPT, "31/02/1960"), {Field.PROOF: FieldProblem.NOT_A_PROOF}),
        (ReceiptQuery(RECEIPT, "maria"), {Field.PROOF: FieldProblem.NOT_A_PROOF}),
    ],
)
def test_a_receipt_query_names_its_problems(
    query: ReceiptQuery, problems: dict[Field, Problem]
) -> None:
    assert forms.read_receipt_query(query, RULES, TODAY) == problems


@pytest.mark.parametrize(
    ("identifier", "own"),
    [
        (None, OwnData(cpf="52998224725", birth_date=BORN)),
        (CARD, OwnData(card_number="0012345678", cpf="52998224725", birth_date=BORN)),
        (EMAIL, OwnData(email="ines@exemplo.com.br", cpf="52998224725", birth_date=BORN)),
    ],
)
def test_own_data_are_what_was_typed(identifier: Identifier | None, own: OwnData) -> None:
    assert forms.own_data(identifier, "52998224725", BORN) == own


def test_the_rules_are_settings() -> None:
    rules = Rules(card_format=CardFormat(r"P[0-9]{4}"), min_password_length=15)
    read = forms.read_registration(replace(REGISTRATION, card="P0042"), rules, TODAY)
    assert problems_of(read) == {Field.PASSWORD: PasswordProblem.TOO_SHORT}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_whatever_is_typed_gets_the_message_of_its_field(text: str) -> None:
    short = text if len(text) <= 8 else text[:8]
    cadastro = RegistrationForm(text, text, False, text, short, text)
    assert Field.CARD in problems_of(forms.read_registration(cadastro, RULES, TODAY))
    assert Field.CPF in problems_of(forms.read_registration(cadastro, RULES, TODAY))
    assert Field.BIRTH_DATE in problems_of(forms.read_registration(cadastro, RULES, TODAY))
    reset = ResetForm(text, text, text, short, text)
    assert Field.CARD_OR_EMAIL in problems_of(forms.read_reset(reset, RULES, TODAY))
    assert Field.IDENTIFIER in problems_of(forms.read_sign_in(SignInForm(text, text), RULES))
    query = problems_of(forms.read_receipt_query(ReceiptQuery(text, text), RULES, TODAY))
    assert set(query) == {Field.RECEIPT, Field.PROOF}


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_is_too_much(one: str, two: str, three: str, four: str) -> None:
    registration = RegistrationForm(one, two, False, three, four, four)
    assert isinstance(forms.read_registration(registration, RULES, TODAY), NewCredential | dict)
    reset = ResetForm(one, two, three, four, four)
    assert isinstance(forms.read_reset(reset, RULES, TODAY), NewCredential | dict)
    assert isinstance(forms.read_sign_in(SignInForm(one, two), RULES), SignInAttempt | dict)
    query = ReceiptQuery(one, two)
    assert isinstance(forms.read_receipt_query(query, RULES, TODAY), ReceiptClaim | dict)


@pytest.mark.parametrize(
    "value",
    [
        REGISTRATION,
        RESET,
        SIGN_IN,
        forms.read_registration(REGISTRATION, RULES, TODAY),
        forms.read_sign_in(SIGN_IN, RULES),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_password_shows_in_a_repr(value: object) -> None:
    assert PASSWORD not in repr(value)


def test_a_common_password_is_refused() -> None:
    rules = Rules(common_passwords={"jabuticaba"})
    read = forms.read_registration(replace(REGISTRATION, password="Jabuticaba7"), rules, TODAY)
    assert problems_of(read)[Field.PASSWORD] is PasswordProblem.COMMON
