"""Staff look at the queue and at what became of it, and do something about what stopped."""

from collections.abc import Callable

from kiosk.clocks import monotonic_ms
from kiosk.domain import receipts
from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.queue_answers import (
    ActAnswer,
    ActDone,
    ActTooLate,
    Cause,
    LedgerEntry,
    LedgerPage,
    NoteProblem,
    NoteRefused,
    QueueEntry,
    QueuePage,
    QueueState,
    QueueWay,
)
from kiosk.services.readings import known_word, possible_time
from kiosk.services.tools import STAFF, Tools
from kiosk.store.queue_views import LARGEST_COUNTER, AnsweredRow, QueuedRow
from kiosk.store.queued_operations import BEHIND

PAGE_SIZE = 100
LONGEST_NOTE = 200
_LONGEST_AGE_MS = 10 * 365 * 86_400_000
_CAUSES = {
    "ConnectError": Cause.NO_LINE,
    "ConnectTimeout": Cause.NO_LINE,
    "ReadTimeout": Cause.TOO_SLOW,
    "WriteTimeout": Cause.TOO_SLOW,
    "PoolTimeout": Cause.TOO_SLOW,
    "ReadError": Cause.BROKE_OFF,
    "WriteError": Cause.BROKE_OFF,
    "RemoteProtocolError": Cause.BROKE_OFF,
    "damaged": Cause.BROKE_OFF,
    "HTTP 400": Cause.BROKE_OFF,
    "HTTP 429": Cause.REGISTRY_BUSY,
    "HTTP 500": Cause.REGISTRY_FAILED,
    "HTTP 502": Cause.REGISTRY_BUSY,
    "HTTP 503": Cause.REGISTRY_BUSY,
    "HTTP 504": Cause.REGISTRY_BUSY,
    "not authorised": Cause.NOT_AUTHORISED,
    "internal": Cause.INTERNAL,
}


def queue_page(tools: Tools, after: int | None, *, parked: bool) -> QueuePage:
    """Return a page of what is unanswered.

    Args:
        tools: The running device.
        after: ``more_after`` of the page before; None for the first.
        parked: What waits for a person; else what goes on by itself. Each entry is one of the
            two.
    """
    rows = tools.queue.unanswered(after or 0, PAGE_SIZE + 1, parked=parked)
    counts = tools.outbox.counts()
    entries = tuple(_queue_entry(tools, row) for row in rows[:PAGE_SIZE])
    more = entries[-1].place if len(rows) > PAGE_SIZE else None
    return QueuePage(entries, more, counts.waiting, counts.parked)


def ledger_page(tools: Tools, before: int | None) -> LedgerPage:
    """Return a page of what was decided.

    Args:
        tools: The running device.
        before: ``more_before`` of the page before; None for the first.
    """
    rows = tools.queue.answered(before or LARGEST_COUNTER, PAGE_SIZE + 1)
    entries = tuple(_ledger_entry(tools, row) for row in rows[:PAGE_SIZE])
    return LedgerPage(entries, entries[-1].place if len(rows) > PAGE_SIZE else None)


def find_in_queue(tools: Tools, typed: str) -> QueueEntry | LedgerEntry | None:
    """Return what stands under a receipt of this machine, as it was typed; None for no other."""
    counter = _counter(tools, typed)
    if counter is None:
        return None
    row = tools.queue.find(counter)
    if isinstance(row, QueuedRow):
        return _queue_entry(tools, row)
    return None if row is None else _ledger_entry(tools, row)


def send_again(tools: Tools, receipt: str) -> ActAnswer:
    """Send a parked wish again as a new operation that names the old one."""
    counter = _counter(tools, receipt)
    if counter is None:
        return ActTooLate()
    new_id = tools.new_operation_id()
    recorded = tools.parked.send_again(counter, new_id, STAFF, tools.clock.now_ms())
    if recorded is None:
        return ActTooLate()
    tools.worker.hurry(new_id)
    return ActDone(recorded.receipt)


def hand_over(tools: Tools, receipt: str, note: str) -> ActAnswer:
    """Hand a parked operation to a supervisor, with what is to be known of it."""
    return _act(tools, receipt, note, tools.parked.hand_over)


def withdraw(tools: Tools, receipt: str, note: str) -> ActAnswer:
    """Take a parked operation, or one that was never on its way, out of the queue."""
    return _act(tools, receipt, note, tools.parked.withdraw)


def _act(
    tools: Tools, receipt: str, typed: str, act: Callable[[int, str, str, int], bool]
) -> ActAnswer:
    note = " ".join(typed.split())
    if not note:
        return NoteRefused(NoteProblem.EMPTY)
    if len(note) > LONGEST_NOTE:
        return NoteRefused(NoteProblem.TOO_LONG)
    counter = _counter(tools, receipt)
    if counter is None or not act(counter, note, STAFF, tools.clock.now_ms()):
        return ActTooLate()
    tools.worker.tell()
    return ActDone()


def _counter(tools: Tools, receipt: str) -> int | None:
    number = receipts.parse(receipt)
    if number is None or number.device_code != tools.identity.code:
        return None
    return number.counter


def _queue_entry(tools: Tools, row: QueuedRow) -> QueueEntry:
    now = monotonic_ms(tools.clock)
    state = _state(row, now)
    next_try = None
    if row.parked_reason is None:
        own = max(0, (row.not_before or 0) - now) / 1000
        next_try = round(max(own, tools.worker.next_try_in()))
    age = -1 if row.made_at is None else tools.clock.now_ms() - row.made_at
    return QueueEntry(
        place=row.sequence,
        receipt=_receipt(tools, row.sequence),
        kind=known_word(OperationKind, row.kind),
        label=row.label,
        made_at=possible_time(row.made_at),
        age_seconds=age // 1000 if 0 <= age <= _LONGEST_AGE_MS else None,
        attempts=row.attempts,
        state=state,
        cause=_cause(row.parked_reason, row.last_error),
        next_try_seconds=next_try,
        behind=(
            _receipt(tools, row.behind)
            if state is QueueState.BEHIND and row.behind is not None
            else None
        ),
        note=row.note,
        ways=_ways(row, state, tools.outbox.may_have_left()),
    )


def _state(row: QueuedRow, now: int) -> QueueState:
    if row.parked_reason is not None:
        return QueueState.PARKED if row.handed_at is None else QueueState.HANDED
    if row.claimed_until is not None and row.claimed_until > now:
        return QueueState.SENDING
    return QueueState.WAITING if row.behind is None else QueueState.BEHIND


def _ways(row: QueuedRow, state: QueueState, carried: int) -> tuple[QueueWay, ...]:
    if row.parked_reason is None:
        # What was on its way may have had its effect, and what was exported may still have it.
        was_sent = row.attempts > 0 or state is QueueState.SENDING or row.sequence <= carried
        return (QueueWay.TRY_NOW,) if was_sent else (QueueWay.TRY_NOW, QueueWay.WITHDRAW)
    ways = [QueueWay.WITHDRAW]
    if state is QueueState.PARKED:
        ways.insert(0, QueueWay.HAND_OVER)
    if row.parked_reason != ParkedReason.DAMAGED:
        ways.insert(0, QueueWay.SEND_AGAIN)
    return tuple(ways)


def _cause(parked_reason: str | None, last_error: str | None) -> Cause | None:
    if parked_reason is not None:
        known = parked_reason in set(ParkedReason)
        return Cause(parked_reason) if known else Cause.INTERNAL
    if last_error is None or last_error == BEHIND:
        return None
    return _CAUSES.get(last_error, Cause.STRANGE_ANSWER)


def _ledger_entry(tools: Tools, row: AnsweredRow) -> LedgerEntry:
    origin = known_word(Origin, row.found_origin)
    status = known_word(MembershipStatus, row.found_status)
    found = None
    if origin is not None and status is not None:
        found = Found(origin, status, row.found_changed_at)
    return LedgerEntry(
        place=row.counter,
        receipt=_receipt(tools, row.counter),
        kind=known_word(OperationKind, row.kind),
        label=row.label,
        made_at=possible_time(row.made_at),
        outcome=known_word(Outcome, row.outcome),
        reason=known_word(Reason, row.reason),
        decided_at=possible_time(row.decided_at),
        found=found,
        found_changed_at=possible_time(row.found_changed_at),
        replaced_by=None if row.replaced_by is None else _receipt(tools, row.replaced_by),
        note=row.note,
    )


def _receipt(tools: Tools, counter: int) -> str:
    return str(ReceiptNumber(tools.identity.code, counter))
