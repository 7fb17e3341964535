"""What a start has to tell of how the last run ended. Frozen values that a screen can show."""

from dataclasses import dataclass

from kiosk.domain.operations import OperationKind
from kiosk.domain.restorations import RestoreReport
from kiosk.services.answers import ReceiptState


@dataclass(frozen=True, slots=True)
class InterruptedAction:
    """An action that was under way when the program ended suddenly.

    Attributes:
        receipt: None where it was not recorded, and so never happened.
        state: Where it stands now; None where it was not recorded.
    """

    kind: OperationKind
    receipt: str | None
    state: ReceiptState | None


@dataclass(frozen=True, slots=True)
class StartReport:
    """The last run did not end by itself, or the machine's file was put right.

    Attributes:
        actions: What was under way at a sudden end; empty where nobody was sending anything, None
            where the last run ended by itself.
        restorations: What was put right and no staff has read yet, the oldest first.
    """

    actions: tuple[InterruptedAction, ...] | None
    restorations: tuple[RestoreReport, ...] = ()
