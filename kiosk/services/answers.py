"""What a service answers. Frozen values that a screen can show; no texts, no database rows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.clock_errors import ClockError
from kiosk.domain.disks import DiskState
from kiosk.domain.forms import Problems
from kiosk.domain.gates import CodeFault
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.sign_in import SignInResult, WaysIn


@dataclass(frozen=True, slots=True)
class Invalid:
    """Nothing was done: these fields need another look."""

    problems: Problems


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing was done, because the person said so in time."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The registry has answered.

    Attributes:
        receipt: Number of the receipt.
    """

    receipt: str
    outcome: Outcome
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Recorded on this machine, not yet answered.

    Attributes:
        receipt: Number of the receipt.
        is_earlier: It is the person's own earlier operation that still waits; no second was made.
        cancel_came_late: The person cancelled, but the operation was already on its way.
    """

    receipt: str
    is_earlier: bool = False
    cancel_came_late: bool = False


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Nothing was done: the disk has no room in which the action would be safe."""


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing was done: there were too many failures here. It is told as a mismatch is."""


@dataclass(frozen=True, slots=True)
class Mismatched:
    """Nothing was recorded: this machine knows the card, with other data. It is told likewise."""


@dataclass(frozen=True, slots=True)
class NoKey:
    """Nothing was done: without the registry's key, never heard yet, nothing can be kept sealed."""


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """Nothing was done: the gate asks for a code, and what was brought is none that passes it."""

    fault: CodeFault


@dataclass(frozen=True, slots=True)
class NeedsLine:
    """Only the registry can answer this, and it cannot be reached."""


Submission = (
    Invalid
    | Cancelled
    | Decided
    | Waiting
    | NoRoom
    | NoKey
    | Held
    | Mismatched
    | CodeRefused
    | NeedsLine
)


@dataclass(frozen=True, slots=True)
class CodeOnItsWay:
    """A code was asked for; whether anybody gets one is not told."""


EmailCodeAnswer = Invalid | Cancelled | CodeOnItsWay | NeedsLine


@dataclass(frozen=True, slots=True)
class KioskHere:
    """A kiosk for which this desk gives codes."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """What a desk gives a code for, as typed.

    Attributes:
        kiosk: Code of the kiosk at which it will be typed.
        purpose: Cadastro or reset.
        card: Of a person without CPF; else it is not looked at.
    """

    kiosk: str
    purpose: OperationKind
    cpf: str = field(repr=False)
    has_no_cpf: bool = False
    card: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """A release code, to be read out.

    Attributes:
        code: As it is shown.
        valid_minutes: From now on.
    """

    code: str = field(repr=False)
    valid_minutes: int


@dataclass(frozen=True, slots=True)
class CodeNotGiven:
    """The registry gives this device no code for that kiosk."""


ReleaseAnswer = Invalid | CodeGiven | CodeNotGiven | NeedsLine | NoRoom


@dataclass(frozen=True, slots=True)
class Account:
    """What Minha conta shows."""

    shown_name: str = field(repr=False)
    card_number: str = field(repr=False)
    ways_in: WaysIn
    masked_email: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person is who they say."""

    account: Account


@dataclass(frozen=True, slots=True)
class Refused:
    """The person was not let in; never ``SIGNED_IN``.

    Attributes:
        calls_attendant: So many were named here in vain that an attendant has to look.
    """

    result: SignInResult
    calls_attendant: bool = False


SignInAnswer = Invalid | Cancelled | SignedIn | Refused | NeedsLine


class ReceiptState(StrEnum):
    """Where an operation stands."""

    WAITING = "waiting"
    PARKED = "parked"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """What became of one operation.

    Attributes:
        kind: None where the disk has made it unreadable, as with ``made_at``.
        made_at: When it was recorded, local time of this machine.
        outcome: None while it waits.
    """

    receipt: str
    kind: OperationKind | None
    made_at: datetime | None
    state: ReceiptState
    outcome: Outcome | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ReceiptUnknown:
    """No such receipt, or not with this card or date of birth: the two are not told apart.

    Attributes:
        line_is_down: The registry could not be asked, so it may be one of another kiosk.
    """

    line_is_down: bool


ReceiptAnswer = Invalid | ReceiptFound | ReceiptUnknown


@dataclass(frozen=True, slots=True)
class LineStatus:
    """What the line at the foot of every screen tells.

    Attributes:
        is_online: None until the first attempt has ended.
        offline_since: Local time at which the line was lost; None while it is not, and where this
            machine's clock is wrong.
        waiting: Operations not yet answered, parked ones included.
        parked: Those of them that a person must look at.
        disk: Whether there is room for more.
        was_restored: The machine's file was damaged and put right, and no staff has read so yet.
        clock_error: What is wrong with this machine's clock, or None.
        needs_restart: The machine's file was found damaged since, which only a start puts right.
        is_refused: The registry answers, and does not let this machine in.
        is_registry_strange: What answers is not the registry that this machine knows.
    """

    is_online: bool | None
    offline_since: datetime | None
    waiting: int
    parked: int
    disk: DiskState = DiskState.OK
    was_restored: bool = False
    clock_error: ClockError | None = None
    needs_restart: bool = False
    is_refused: bool = False
    is_registry_strange: bool = False
