import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import Outcome, Reason
from kiosk.store.open_receipts import open_receipts
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from tests.factories import new_operation, person


@pytest.mark.parametrize(
    ("outcome", "is_open"),
    [
        (Outcome.ACCEPTED, False),
        (Outcome.REJECTED, False),
        (Outcome.QUARANTINED, True),
        (Outcome.WITHDRAWN, True),
        (Outcome.REPLACED, True),
    ],
)
def test_some_words_are_not_the_last(
    store: Engine, outbox: Outbox, outcome: Outcome, is_open: bool
) -> None:
    new = new_operation(person())
    outbox.record(new)
    reason = Reason.STALE if outcome in (Outcome.REJECTED, Outcome.QUARANTINED) else None
    outbox.settle([Settlement(new.id, outcome, reason, 1)], 1)
    assert [one.operation for one in open_receipts(store, 0, 10)] == [new.id] * is_open


def test_what_is_parked_is_open_and_what_waits_is_not(store: Engine, outbox: Outbox) -> None:
    news = [new_operation(person(number)) for number in range(5)]
    for new in news:
        outbox.record(new)
    for new in news[1:4]:
        outbox.park(new.id, "no_answer", 1)
    first, second = open_receipts(store, 0, 2)
    assert [first.operation, second.operation] == [news[1].id, news[2].id]
    assert [one.operation for one in open_receipts(store, second.counter, 2)] == [news[3].id]


def test_what_a_damaged_file_took_out_of_the_queue_is_open(store: Engine, outbox: Outbox) -> None:
    news = [new_operation(person(number)) for number in range(2)]
    for new in news:
        outbox.record(new)
    with store.begin() as connection:
        connection.execute(text("DELETE FROM outbox WHERE sequence = 2"))
    assert [one.operation for one in open_receipts(store, 0, 10)] == [news[1].id]


@pytest.mark.parametrize("odd", ["'text of 16 bytes'", "x'00'", "CAST(x'E16263' AS TEXT)", "7"])
def test_a_receipt_without_its_operation_keeps_no_other_from_being_asked_about(
    store: Engine, outbox: Outbox, odd: str
) -> None:
    news = [new_operation(person(number)) for number in range(2)]
    for new in news:
        outbox.record(new)
        outbox.park(new.id, "no_answer", 1)
    with store.begin() as connection:
        connection.execute(text(f"UPDATE receipts SET operation = {odd} WHERE counter = 1"))
    assert [one.operation for one in open_receipts(store, 0, 10)] == [news[1].id]
