"""The forms as typed: registration, reset, sign-in, receipt query, and what a password must be."""

import unicodedata
from contextlib import ExitStack
from datetime import date

from kiosk.domain import cpfs, forms, passwords
from kiosk.domain.blocklists import Blocklist, compose
from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import (
    Field,
    NewCredential,
    ReceiptClaim,
    ReceiptQuery,
    RegistrationForm,
    ResetForm,
    Rules,
    SignInAttempt,
    SignInForm,
)
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.passwords import OwnData, PasswordProblem
from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.strengths import measure_strength
from tests.fuzz.choices import Choices, fields, is_writable
from tests.fuzz.targets import Check, Target, target

TODAY = date(2026, 3, 1)
_WORDS = {"palavrachave", "abacaxi", "qwertyuiop", "iloveyou"}
_RULES = (
    Rules(common_passwords=frozenset(_WORDS)),
    Rules(CardFormat(r"[0-9]{12}"), 15, Blocklist(compose(_WORDS))),
    Rules(CardFormat(r".*")),
)
_RECEIPT = str(ReceiptNumber("K7Q2MT", 42))
_GOOD = "cavalo bateria grampo"


def check_credential_forms(data: bytes) -> None:
    choices = Choices(data)
    rules = choices.pick(_RULES)
    kind = choices.byte() % 3
    first, cpf, born, password, confirmation = choices.texts(5)
    if kind == 2:
        read = forms.read_reset(
            ResetForm(first, cpf, born, password, confirmation or password), rules, TODAY
        )
        own_fields = {Field.CARD_OR_EMAIL}
    else:
        form = RegistrationForm(first, cpf, kind == 1, born, password, confirmation or password)
        read = forms.read_registration(form, rules, TODAY)
        own_fields = {Field.CARD}
    if not isinstance(read, NewCredential):
        assert read
        common = {Field.CPF, Field.BIRTH_DATE, Field.PASSWORD, Field.CONFIRMATION}
        assert set(read) <= own_fields | common
        return
    assert rules.min_password_length <= len(read.password) <= passwords.MAX_LENGTH
    assert unicodedata.is_normalized("NFC", read.password)
    read.password.encode()
    claim = read.claim
    assert claim.birth_date <= TODAY
    assert (claim.cpf is None) == (kind == 1)
    assert claim.cpf is None or cpfs.is_valid(claim.cpf)
    assert 0 < len(claim.identifier.value) <= forms.LONGEST_IDENTIFIER
    # What is written into an operation has to have a form on the wire.
    claim.identifier.value.encode()
    if claim.identifier.kind is IdentifierKind.CARD:
        assert rules.card_format.matches(claim.identifier.value)


def check_sign_in_form(data: bytes) -> None:
    choices = Choices(data)
    rules = choices.pick(_RULES)
    identifier, password = choices.texts(2)
    read = forms.read_sign_in(SignInForm(identifier, password), rules)
    if isinstance(read, SignInAttempt):
        assert read.identifier == identifier.strip()
        assert 0 < len(read.password) <= passwords.MAX_LENGTH
        (read.identifier + read.password).encode()
    else:
        assert read
        assert set(read) <= {Field.IDENTIFIER, Field.PASSWORD}


def check_receipt_query(data: bytes) -> None:
    choices = Choices(data)
    rules = choices.pick(_RULES)
    receipt, proof = choices.texts(2)
    read = forms.read_receipt_query(ReceiptQuery(receipt, proof), rules, TODAY)
    if isinstance(read, ReceiptClaim):
        assert read.card_number is not None or read.birth_date is not None
        assert read.birth_date is None or read.birth_date <= TODAY
        (read.card_number or "").encode()
    else:
        assert read
        assert set(read) <= {Field.RECEIPT, Field.PROOF}


def check_password(data: bytes) -> None:
    choices = Choices(data)
    rules = choices.pick(_RULES)
    repeats = 1 + choices.byte() // 4
    password, card, email, name = choices.texts(4)
    password *= repeats
    own = OwnData(card or None, cpfs.clean(card)[:11] or None, date(1950, 3, 24), email, (name,))
    problem = forms.check_new_password(password, own, rules)
    composed, taken_apart = (unicodedata.normalize(form, password) for form in ("NFC", "NFD"))
    if not passwords.is_too_long(taken_apart) and is_writable(password):
        # Two keyboards give one password.
        assert forms.check_new_password(composed, own, rules) == problem
        assert forms.check_new_password(taken_apart, own, rules) == problem
    if problem is None:
        assert rules.min_password_length <= len(composed) <= passwords.MAX_LENGTH
        composed.encode()
        assert not any(word == composed.casefold() for word in _WORDS if word in own_words(rules))
    elif problem is PasswordProblem.TOO_SHORT:
        assert len(composed) < rules.min_password_length


def own_words(rules: Rules) -> set[str]:
    """Return those of the common words that these rules know."""
    return {word for word in _WORDS if word in rules.common_passwords}


def check_blocklist(data: bytes) -> None:
    choices = Choices(data)
    if choices.flag():
        words = {
            "".join(one for one in text if one.isascii() and one.isalnum()).lower()
            for text in choices.texts(20)
        } - {""}
        made = Blocklist(compose(words))
        for word in words:
            assert word in made
            for other in (word[:-1], word + "0", word[::-1]):
                assert (other in made) == (other in words)
        assert made.count(0) == len(words)
        return
    content = choices.rest()
    try:
        Blocklist(content)
    except ValueError:
        return
    # Nothing but a file with the right digest is taken.
    assert content.startswith(b"kiosk-blocklist 1 ")


def check_strength(data: bytes) -> None:
    choices = Choices(data)
    rules = choices.pick(_RULES)
    password, name, email = choices.texts(3)
    measure_strength(password, OwnData(email=email, names=(name,)), rules)


def _strength(_: ExitStack) -> Check:
    # The library is loaded when it is first needed, which takes as long as a thousand inputs.
    check_strength(b"\x00" + fields(_GOOD, "", ""))
    return check_strength


TARGETS = (
    target(
        "credential-forms",
        check_credential_forms,
        b"\x00\x00" + fields("000000000001", "529.982.247-25", "24/03/1950", _GOOD, ""),
        b"\x01\x01" + fields("000000000001", "", "1950-03-24", _GOOD, _GOOD),
        b"\x02\x02" + fields("joana@exemplo.com.br", "52998224725", "24/03/1950", _GOOD, ""),
    ),
    target(
        "sign-in-form", check_sign_in_form, b"\x00" + fields("Joana@Exemplo.com.br", "uma senha")
    ),
    target(
        "receipt-query",
        check_receipt_query,
        b"\x00" + fields(_RECEIPT, "24/03/1950"),
        b"\x01" + fields(_RECEIPT, "000000000001"),
        b"\x02" + fields(_RECEIPT, "1234") + b"\xe5",
        longest=256,
    ),
    target(
        "password",
        check_password,
        b"\x00\x00" + fields("p4lavrachav3!!", "000000000001", "joana@exemplo.com.br", "Joana"),
        b"\x01\x00" + fields("Ábãcâxí1950", "", "", ""),
        b"\x01\x10" + fields("qwertyuiop", "", "", "Ávila"),
        words=(b"24031950", b"iloveyou", b"abacaxi", "é".encode(), "é".encode()),
        longest=4096,
    ),
    target("blocklist", check_blocklist, b"\x00" + compose(_WORDS), b"\x01" + fields("um", "dois")),
    Target(
        "strength",
        _strength,
        (b"\x00" + fields("p4l4vr4ch4v3 24/03/1950", "Joana", "joana@exemplo.com.br"),),
        longest=256,
    ),
)
