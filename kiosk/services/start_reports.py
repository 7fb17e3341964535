"""What a start has to tell of how the last run ended."""

from dataclasses import dataclass

from kiosk.domain.operations import OperationKind
from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.answers import ReceiptState
from kiosk.services.tools import Tools
from kiosk.store.hands import LeftInHand
from kiosk.store.queue_views import AnsweredRow, QueuedRow


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
    """The last run did not end by itself.

    Attributes:
        actions: What was under way then; none where nobody was sending anything.
    """

    actions: tuple[InterruptedAction, ...]


def interrupted_actions(tools: Tools, left: tuple[LeftInHand, ...]) -> StartReport:
    """Return what became of what was under way, as it stands now."""
    return StartReport(tuple(_action(tools, one) for one in left))


def _action(tools: Tools, left: LeftInHand) -> InterruptedAction:
    if left.counter is None:
        return InterruptedAction(left.kind, None, None)
    row = tools.queue.find(left.counter)
    if isinstance(row, QueuedRow):
        state = ReceiptState.WAITING if row.parked_reason is None else ReceiptState.PARKED
    else:
        state = ReceiptState.DECIDED if isinstance(row, AnsweredRow) else ReceiptState.WAITING
    receipt = str(ReceiptNumber(tools.identity.code, left.counter))
    return InterruptedAction(left.kind, receipt, state)
