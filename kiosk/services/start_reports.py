"""What a start has to tell of how the last run ended."""

from dataclasses import dataclass

from kiosk.domain.operations import OperationKind
from kiosk.domain.receipts import ReceiptNumber
from kiosk.domain.restorations import RestoreReport
from kiosk.services.answers import ReceiptState
from kiosk.services.tools import STAFF, Tools
from kiosk.store.hands import LeftInHand
from kiosk.store.queue_views import AnsweredRow, QueuedRow
from kiosk.store.restore_reports import mark_read, unread_reports


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


def report_of_start(tools: Tools, left: tuple[LeftInHand, ...] | None) -> StartReport | None:
    """Return what is to be told, with what was under way as it stands now.

    Args:
        tools: The running device.
        left: What the last run left in hand; None where it ended by itself.
    """
    restorations = tuple(unread_reports(tools.outbox.engine))
    if left is None and not restorations:
        return None
    actions = None if left is None else tuple(_action(tools, one) for one in left)
    return StartReport(actions, restorations)


def mark_restorations_read(tools: Tools) -> None:
    """Note that a member of staff has read what was put right."""
    for one in unread_reports(tools.outbox.engine):
        mark_read(tools.outbox.engine, one.number, STAFF, tools.clock.now_ms())


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
