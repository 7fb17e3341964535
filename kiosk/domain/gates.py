"""What has to be passed before Cadastro and the reset, device by device.

Card, CPF and date of birth are what the manual asks for, and no secrets; a gate asks for more. The
registry holds the setting, so that no device chooses its own.
"""

from dataclasses import dataclass
from enum import StrEnum

DESK_FACE = "desk"
"""The face of a device at which staff act, as it is enrolled."""
KIOSK_FACE = "kiosk"
"""The face of a device at which people serve themselves, likewise."""


class Gate(StrEnum):
    """What a device's people have to bring along.

    ``MANUAL``: nothing but what the manual asks for. ``ATTENDANT``: a release code from the desk.
    ``EMAIL_CODE``: a code from an e-mail that was on file before.
    """

    MANUAL = "manual"
    ATTENDANT = "attendant"
    EMAIL_CODE = "email_code"


class CodeFault(StrEnum):
    """Why a code does not pass a gate, where the device itself can tell.

    ``MISSING``: none was typed. ``MALFORMED``: it cannot be one. ``WRONG``: it is not for this
    person, purpose and kiosk. ``EXPIRED``: it was, and is over. ``USED``: it was used here.
    """

    MISSING = "missing"
    MALFORMED = "malformed"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """What the registry asks of one device.

    Attributes:
        is_attended: Staff act there; the limits of self-service do not hold.
    """

    gate: Gate = Gate.MANUAL
    is_attended: bool = False
