"""What a start has to tell, and who has read it."""

from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.answers import ReceiptState
from kiosk.services.start_reports import InterruptedAction, StartReport
from kiosk.services.tools import STAFF, Tools
from kiosk.store.hands import LeftInHand
from kiosk.store.queue_views import AnsweredRow, QueuedRow
from kiosk.store.restore_reports import mark_read, unread_reports


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
