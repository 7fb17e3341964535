"""What goes along from one form to another, so that nobody types twice. Never a password."""

from dataclasses import dataclass, field

from kiosk.domain import birth_dates, cards, cpfs
from kiosk.domain.forms import RegistrationForm, ResetForm, Rules
from kiosk.domain.identifiers import IdentifierKind, classify


@dataclass(frozen=True, slots=True)
class Carried:
    """Texts as the forms show them; empty where nothing was typed.

    Attributes:
        identifier: Card, CPF or e-mail as it was typed at Login.
    """

    card: str = field(default="", repr=False)
    cpf: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    has_no_cpf: bool = False
    identifier: str = field(default="", repr=False)


def from_registration(form: RegistrationForm) -> Carried:
    """Return what Cadastro hands on."""
    return Carried(
        card=form.card,
        cpf=form.cpf,
        birth_date=form.birth_date,
        has_no_cpf=form.has_no_cpf,
        identifier=form.card,
    )


def from_reset(form: ResetForm) -> Carried:
    """Return what the reset hands on."""
    by_email = "@" in form.card_or_email
    return Carried(
        card="" if by_email else form.card_or_email,
        email=form.card_or_email if by_email else "",
        cpf=form.cpf,
        birth_date=form.birth_date,
        identifier=form.card_or_email,
    )


def from_identifier(typed: str, rules: Rules) -> Carried:
    """Return what Login hands on, put into the field it belongs to.

    Eleven digits with right check digits fit a card pattern as well; they are taken for the CPF
    that they nearly always are.
    """
    readings = {reading.kind: reading.value for reading in classify(typed, rules.card_format)}
    if IdentifierKind.EMAIL in readings:
        return Carried(email=typed.strip(), identifier=typed)
    if IdentifierKind.CPF in readings:
        return Carried(cpf=cpfs.format_partial(readings[IdentifierKind.CPF]), identifier=typed)
    if IdentifierKind.CARD in readings:
        return Carried(card=typed.strip(), identifier=typed)
    return Carried(identifier=typed)


def from_proof(proof: str, rules: Rules) -> Carried:
    """Return what Consultar recibo hands on: its proof is a card number or a date of birth."""
    cleaned = cards.clean(proof)
    digits = proof.replace("/", "")
    if "/" in proof and digits.isdigit():
        return Carried(birth_date=birth_dates.format_partial(digits))
    if rules.card_format.matches(cleaned):
        return Carried(card=proof.strip(), identifier=proof.strip())
    return Carried()
