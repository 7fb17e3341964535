"""What a QR code of an enrolment says: where the registry is, and the code that lets one device in.

``PAS:1:CODE:ADDRESS``, with the code as 28 characters without dashes. It begins with capitals
and a colon, since scanners type it like a keyboard, into a field that groups what looks like a
code.
"""

import re
from dataclasses import dataclass, field

from kiosk.domain import enrolment_codes, registry_addresses

_FORM = re.compile(r"PAS:1:([0-9A-HJKMNP-TV-Z]{28}):(\S+)")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Both halves.

    Attributes:
        code: As ``enrolment_codes.read`` returns it.
        address: As ``registry_addresses.read`` returns it.
    """

    code: str = field(repr=False)
    address: str


def written(ticket: Ticket) -> str:
    """Return what the QR code says."""
    return f"PAS:1:{ticket.code}:{ticket.address}"


def read(scanned: str) -> Ticket | None:
    """Read what a scanner typed; None where it is no ticket, or one that is not whole."""
    found = _FORM.fullmatch(scanned.strip())
    if found is None:
        return None
    code, address = found.groups()
    if enrolment_codes.read(code) != code or registry_addresses.read(address) != address:
        return None
    return Ticket(code, address)
