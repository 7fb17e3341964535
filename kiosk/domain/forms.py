"""The manual's three forms and the receipt query: what was typed, and what is wrong with it.

A form is text as it came from the widgets. Reading it gives either clean values or one problem per
field; the words for a problem live with the screens.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.domain import birth_dates, cards, cpfs, passwords, receipts
from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.cards import CardFormat
from kiosk.domain.identifiers import Identifier, IdentifierKind, classify
from kiosk.domain.operations import Claim
from kiosk.domain.passwords import OwnData, PasswordProblem
from kiosk.domain.receipts import ReceiptNumber


class Field(StrEnum):
    """A field of a form, where a message can stand."""

    CARD = "card"
    CARD_OR_EMAIL = "card_or_email"
    IDENTIFIER = "identifier"
    CPF = "cpf"
    BIRTH_DATE = "birth_date"
    PASSWORD = "password"
    CONFIRMATION = "confirmation"
    RECEIPT = "receipt"
    PROOF = "proof"
    ADDRESS = "address"
    ENROLMENT_CODE = "enrolment_code"
    AUTHORITY = "authority"


class FieldProblem(StrEnum):
    """What is wrong with a field other than a date of birth or a new password."""

    EMPTY = "empty"
    NOT_A_CARD = "not_a_card"
    NOT_A_CPF = "not_a_cpf"
    CPF_INCOMPLETE = "cpf_incomplete"
    NOT_CARD_OR_EMAIL = "not_card_or_email"
    NOT_AN_IDENTIFIER = "not_an_identifier"
    UNWRITABLE = "unwritable"
    TOO_LONG = "too_long"
    DIFFERENT = "different"
    NOT_A_RECEIPT = "not_a_receipt"
    NOT_A_PROOF = "not_a_proof"
    NOT_AN_ADDRESS = "not_an_address"
    PLAIN_HTTP = "plain_http"
    NOT_A_CODE = "not_a_code"
    NOT_A_FILE = "not_a_file"


Problem = FieldProblem | BirthDateProblem | PasswordProblem
Problems = Mapping[Field, Problem]

LONGEST_IDENTIFIER = 320


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings the forms are read by.

    Attributes:
        common_passwords: Words that no password may be made of, folded.
    """

    card_format: CardFormat = field(default_factory=CardFormat)
    min_password_length: int = passwords.DEFAULT_MIN_LENGTH
    common_passwords: Container[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """Cadastro as typed."""

    card: str = field(repr=False)
    cpf: str = field(repr=False)
    has_no_cpf: bool
    birth_date: str = field(repr=False)
    password: str = field(repr=False)
    confirmation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResetForm:
    """Redefinição de senha as typed."""

    card_or_email: str = field(repr=False)
    cpf: str = field(repr=False)
    birth_date: str = field(repr=False)
    password: str = field(repr=False)
    confirmation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInForm:
    """Login as typed."""

    identifier: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptQuery:
    """Consultar recibo as typed; the proof is a card number or a date of birth."""

    receipt: str
    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A form that can be acted on: who, and the password they chose (NFC)."""

    claim: Claim
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """A sign-in that can be sent: what was typed, trimmed, and the password (NFC)."""

    identifier: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptClaim:
    """A receipt somebody may read: its number and what shows that it is theirs.

    Eight digits may be a card and a date of birth at once; either opens it then.
    """

    number: ReceiptNumber
    card_number: str | None = field(repr=False)
    birth_date: date | None = field(repr=False)


def read_card(text: str, rules: Rules) -> str | FieldProblem:
    """Read Número do cartão."""
    cleaned = cards.clean(text)
    if not cleaned:
        return FieldProblem.EMPTY
    # Of a pattern that lets anything in, half a character is still no card.
    is_card = rules.card_format.matches(cleaned) and passwords.is_writable(cleaned)
    return cleaned if is_card else FieldProblem.NOT_A_CARD


def read_cpf(text: str) -> str | FieldProblem:
    """Read CPF."""
    cleaned = cpfs.clean(text)
    if not cleaned:
        return FieldProblem.EMPTY
    if cpfs.is_valid(cleaned):
        return cleaned
    return FieldProblem.CPF_INCOMPLETE if len(cleaned) < cpfs.LENGTH else FieldProblem.NOT_A_CPF


def read_card_or_email(text: str, rules: Rules) -> Identifier | FieldProblem:
    """Read Número do cartão ou e-mail."""
    if problem := _unusable(text):
        return problem
    readings = classify(text, rules.card_format)
    if not readings or readings[0].kind is IdentifierKind.CPF:
        return FieldProblem.NOT_CARD_OR_EMAIL
    # Case folding may have made three letters of one.
    is_short = len(readings[0].value) <= LONGEST_IDENTIFIER
    return readings[0] if is_short else FieldProblem.TOO_LONG


def read_identifier(text: str, rules: Rules) -> str | FieldProblem:
    """Read Cartão beneficiário, CPF ou e-mail: what was typed, where it is one of the three."""
    if problem := _unusable(text):
        return problem
    if classify(text, rules.card_format):
        return text.strip()
    return FieldProblem.NOT_AN_IDENTIFIER


def read_birth_date(text: str, today: date) -> date | FieldProblem | BirthDateProblem:
    """Read Data de nascimento."""
    stripped = text.strip()
    return birth_dates.parse(stripped, today) if stripped else FieldProblem.EMPTY


def read_claim(form: RegistrationForm | ResetForm, rules: Rules, today: date) -> Claim | Problems:
    """Read whom a form speaks of, whatever its passwords are so far."""
    identifier, cpf, born = _read_person(form, rules, today)
    problems: dict[Field, Problem] = {}
    if isinstance(identifier, FieldProblem):
        problems[_identifier_field(form)] = identifier
    if isinstance(cpf, FieldProblem):
        problems[Field.CPF] = cpf
    if not isinstance(born, date):
        problems[Field.BIRTH_DATE] = born
    if problems or isinstance(identifier, FieldProblem) or not isinstance(born, date):
        return problems
    return Claim(identifier, cpf, born)


def read_registration(
    form: RegistrationForm, rules: Rules, today: date
) -> NewCredential | Problems:
    """Read Cadastro."""
    return _read_credential(form, rules, today)


def read_reset(form: ResetForm, rules: Rules, today: date) -> NewCredential | Problems:
    """Read Redefinição de senha."""
    return _read_credential(form, rules, today)


def read_sign_in(form: SignInForm, rules: Rules) -> SignInAttempt | Problems:
    """Read Login."""
    problems: dict[Field, Problem] = {}
    identifier = read_identifier(form.identifier, rules)
    if isinstance(identifier, FieldProblem):
        problems[Field.IDENTIFIER] = identifier
    if not form.password:
        problems[Field.PASSWORD] = FieldProblem.EMPTY
    elif not passwords.is_writable(form.password):
        problems[Field.PASSWORD] = FieldProblem.UNWRITABLE
    elif passwords.is_too_long(form.password):
        problems[Field.PASSWORD] = FieldProblem.TOO_LONG
    if isinstance(identifier, FieldProblem) or problems:
        return problems
    return SignInAttempt(identifier, passwords.normalise(form.password))


def read_receipt_query(query: ReceiptQuery, rules: Rules, today: date) -> ReceiptClaim | Problems:
    """Read Consultar recibo."""
    problems: dict[Field, Problem] = {}
    number = receipts.parse(query.receipt)
    if number is None:
        problems[Field.RECEIPT] = (
            FieldProblem.NOT_A_RECEIPT if query.receipt.strip() else FieldProblem.EMPTY
        )
    card = read_card(query.proof, rules)
    born = birth_dates.parse(birth_dates.with_slashes(query.proof.strip()), today)
    card_number = None if isinstance(card, FieldProblem) else card
    birth_date = born if isinstance(born, date) else None
    if card_number is None and birth_date is None:
        is_empty = card is FieldProblem.EMPTY
        problems[Field.PROOF] = FieldProblem.EMPTY if is_empty else FieldProblem.NOT_A_PROOF
    if number is None or problems:
        return problems
    return ReceiptClaim(number, card_number, birth_date)


def check_new_password(password: str, own: OwnData, rules: Rules) -> PasswordProblem | None:
    """Check Digite uma senha, as soon as it is left."""
    return passwords.check(password, own, rules.min_password_length, rules.common_passwords)


def own_data(identifier: Identifier | None, cpf: str | None, born: date | None) -> OwnData:
    """Gather what was typed beside a password and must not be all it is made of."""
    by_card = identifier is not None and identifier.kind is IdentifierKind.CARD
    by_email = identifier is not None and identifier.kind is IdentifierKind.EMAIL
    return OwnData(
        card_number=identifier.value if identifier and by_card else None,
        email=identifier.value if identifier and by_email else None,
        cpf=cpf,
        birth_date=born,
    )


def typed_own_data(form: RegistrationForm | ResetForm, rules: Rules, today: date) -> OwnData:
    """Gather what is right so far in a form that may be half full."""
    identifier, cpf, born = _read_person(form, rules, today)
    return own_data(
        None if isinstance(identifier, FieldProblem) else identifier,
        None if isinstance(cpf, FieldProblem) else cpf,
        born if isinstance(born, date) else None,
    )


def _read_person(
    form: RegistrationForm | ResetForm, rules: Rules, today: date
) -> tuple[
    Identifier | FieldProblem, str | FieldProblem | None, date | FieldProblem | BirthDateProblem
]:
    born = read_birth_date(form.birth_date, today)
    if isinstance(form, ResetForm):
        return read_card_or_email(form.card_or_email, rules), read_cpf(form.cpf), born
    card = read_card(form.card, rules)
    identifier = card if isinstance(card, FieldProblem) else Identifier(IdentifierKind.CARD, card)
    return identifier, None if form.has_no_cpf else read_cpf(form.cpf), born


def _identifier_field(form: RegistrationForm | ResetForm) -> Field:
    return Field.CARD_OR_EMAIL if isinstance(form, ResetForm) else Field.CARD


def _read_credential(
    form: RegistrationForm | ResetForm, rules: Rules, today: date
) -> NewCredential | Problems:
    claim = read_claim(form, rules, today)
    problems: dict[Field, Problem] = {} if isinstance(claim, Claim) else dict(claim)
    own = typed_own_data(form, rules, today)
    if password_problem := check_new_password(form.password, own, rules):
        problems[Field.PASSWORD] = password_problem
    if confirmation_problem := check_confirmation(form.password, form.confirmation):
        problems[Field.CONFIRMATION] = confirmation_problem
    if problems or not isinstance(claim, Claim):
        return problems
    return NewCredential(claim, passwords.normalise(form.password))


def check_confirmation(password: str, confirmation: str) -> FieldProblem | None:
    """Check Confirme a senha against Digite uma senha."""
    if not confirmation:
        return FieldProblem.EMPTY
    if passwords.is_too_long(password) or passwords.is_too_long(confirmation):
        # Not worth the normalising, since the password is refused as it is.
        same = password == confirmation
    else:
        same = passwords.normalise(password) == passwords.normalise(confirmation)
    return None if same else FieldProblem.DIFFERENT


def _unusable(text: str) -> FieldProblem | None:
    if not text.strip():
        return FieldProblem.EMPTY
    if len(text) > LONGEST_IDENTIFIER:
        return FieldProblem.TOO_LONG
    return None if passwords.is_writable(text) else FieldProblem.UNWRITABLE
