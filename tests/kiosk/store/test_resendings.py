import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import (
    AlreadyWaiting,
    ClaimedOperation,
    NewOperation,
    Settlement,
)
from kiosk.store.resendings import KEPT_DAYS, delivered_after, forget_old, queue_again
from tests.factories import new_operation, person

DAY_MS = 24 * 3_600_000


def claim(outbox: Outbox) -> list[ClaimedOperation]:
    return outbox.claim(1, limit=10, max_bytes=10**6)


def settle(outbox: Outbox, new: NewOperation, outcome: Outcome, at: int = 1) -> None:
    reason = None if outcome is Outcome.ACCEPTED else Reason.STALE
    outbox.settle([Settlement(new.id, outcome, reason, at)], at)


def outcome_of(store: Engine, new: NewOperation) -> object:
    with store.connect() as connection:
        query = text("SELECT outcome FROM receipts WHERE operation = :id")
        return connection.execute(query, {"id": new.id.bytes}).scalar()


@pytest.mark.parametrize(
    ("outcome", "is_kept"),
    [
        (Outcome.ACCEPTED, True),
        (Outcome.QUARANTINED, True),
        (Outcome.REJECTED, False),
        (Outcome.WITHDRAWN, False),
        (Outcome.REPLACED, False),
    ],
)
def test_what_the_registry_took_in_is_kept(
    store: Engine, outbox: Outbox, outcome: Outcome, is_kept: bool
) -> None:
    new = new_operation(person())
    outbox.record(new)
    settle(outbox, new, outcome)
    assert [one.operation for one in delivered_after(store, 0, 10)] == [new.id] * is_kept


def test_a_later_word_keeps_it_too(store: Engine, outbox: Outbox) -> None:
    new = new_operation(person())
    outbox.record(new)
    outbox.revise(Settlement(new.id, Outcome.ACCEPTED, None, 1), 1)
    assert [one.operation for one in delivered_after(store, 0, 10)] == [new.id]


def test_it_is_queued_again_as_it_was(store: Engine, outbox: Outbox) -> None:
    new = new_operation(person())
    outbox.record(new)
    (first,) = claim(outbox)
    settle(outbox, new, Outcome.ACCEPTED)
    assert claim(outbox) == []
    outbox.joined(queue_again(store, [new.id], 5))
    assert outcome_of(store, new) is None
    assert outbox.counts().waiting == 1
    # What was on its way once is not taken back, and nobody asks for it a second time.
    assert not outbox.withdraw(new.id, 6)
    assert isinstance(outbox.record(new_operation(person())), AlreadyWaiting)
    (again,) = claim(outbox)
    assert again.message == first.message


def test_it_is_queued_again_once(store: Engine, outbox: Outbox) -> None:
    new = new_operation(person())
    outbox.record(new)
    settle(outbox, new, Outcome.ACCEPTED)
    assert len(queue_again(store, [new.id, new.id], 5)) == 1
    assert queue_again(store, [new.id], 5) == []
    assert queue_again(store, [new_operation(person(2)).id], 5) == []


def test_it_takes_its_old_place_among_those_of_its_person(store: Engine, outbox: Outbox) -> None:
    news = [
        new_operation(person(), kind)
        for kind in (OperationKind.REGISTER, OperationKind.RESET, OperationKind.SET_EMAIL)
    ]
    for new in news:
        outbox.record(new)
    for new in news[:2]:
        settle(outbox, new, Outcome.ACCEPTED)
    outbox.joined(queue_again(store, [news[1].id, news[0].id], 5))
    with store.connect() as connection:
        rows = connection.execute(text("SELECT sequence, follows FROM outbox ORDER BY sequence"))
        assert [tuple(row) for row in rows] == [(1, None), (2, 1), (3, 2)]
    (first,) = outbox.claim(1, limit=1, max_bytes=10**6)
    assert first.id == news[0].id
    # While one has to wait the others of the person wait behind it.
    outbox.release([first.id], error="line", not_before=10**6)
    assert claim(outbox) == []


def test_old_ones_are_forgotten_by_the_registrys_own_time(store: Engine, outbox: Outbox) -> None:
    news = [new_operation(person(number)) for number in range(1, 4)]
    for number, new in enumerate(news):
        outbox.record(new)
        settle(outbox, new, Outcome.ACCEPTED, at=number * KEPT_DAYS * DAY_MS)
    forget_old(store)
    assert [one.operation for one in delivered_after(store, 0, 10)] == [news[1].id, news[2].id]
    assert [one.sequence for one in delivered_after(store, 2, 10)] == [3]
    assert [one.sequence for one in delivered_after(store, 0, 1)] == [2]


def test_an_idle_device_forgets_too_once_it_hears_the_time(store: Engine, outbox: Outbox) -> None:
    new = new_operation(person())
    outbox.record(new)
    settle(outbox, new, Outcome.ACCEPTED, at=5)
    forget_old(store, KEPT_DAYS * DAY_MS + 5)
    assert len(delivered_after(store, 0, 10)) == 1
    forget_old(store, KEPT_DAYS * DAY_MS + 6)
    assert delivered_after(store, 0, 10) == []
