"""The form by which a technician makes a machine a device: as typed, and as read."""

from dataclasses import dataclass, field

from kiosk.domain import enrolment_codes, registry_addresses
from kiosk.domain.forms import Field, FieldProblem, Problems
from kiosk.domain.registry_addresses import AddressProblem

_LONGEST_PATH = 4096
_ADDRESS_PROBLEMS = {
    AddressProblem.NOT_AN_ADDRESS: FieldProblem.NOT_AN_ADDRESS,
    AddressProblem.PLAIN_HTTP: FieldProblem.PLAIN_HTTP,
}


@dataclass(frozen=True, slots=True)
class EnrolmentForm:
    """What was typed.

    Attributes:
        authority: Path of a PEM file; empty for the public authorities.
    """

    address: str
    code: str = field(repr=False)
    authority: str


@dataclass(frozen=True, slots=True)
class EnrolmentWish:
    """What is wanted.

    Attributes:
        code: As ``enrolment_codes.read`` returns it.
        authority: Path of a PEM file; None for the public authorities.
    """

    address: str
    code: str = field(repr=False)
    authority: str | None


def read_enrolment(form: EnrolmentForm) -> EnrolmentWish | Problems:
    """Read the form; one problem a field."""
    problems: dict[Field, FieldProblem] = {}
    address = registry_addresses.read_typed(form.address)
    if not form.address.strip():
        problems[Field.ADDRESS] = FieldProblem.EMPTY
    elif isinstance(address, AddressProblem):
        problems[Field.ADDRESS] = _ADDRESS_PROBLEMS[address]
    code = enrolment_codes.read(form.code)
    if not form.code.strip():
        problems[Field.ENROLMENT_CODE] = FieldProblem.EMPTY
    elif code is None:
        problems[Field.ENROLMENT_CODE] = FieldProblem.NOT_A_CODE
    authority = form.authority.strip()
    if not authority.isprintable() or len(authority) > _LONGEST_PATH:
        problems[Field.AUTHORITY] = FieldProblem.NOT_A_FILE
    if problems or code is None:
        return problems
    return EnrolmentWish(str(address), code, authority or None)
