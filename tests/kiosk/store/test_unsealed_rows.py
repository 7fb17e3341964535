"""What an older program recorded in clear is sealed before it leaves, if it never left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import ClaimedOperation
from kiosk.store.unsealed_rows import seal_rows
from kiosk.wire.messages import encode
from tests.factories import credential_of, new_operation, operation_id, person
from tests.seals import DEVICE, SEALING_KEY, opened

CLEAR = encode(credential_of(person()))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def queue(engine: Engine) -> Outbox:
    queue = Outbox(engine, DEVICE)
    queue.record(new_operation(person(1), body=encode(credential_of(person(1)))))
    queue.record(new_operation(person(2)))
    return queue


def claimed(queue: Outbox) -> list[ClaimedOperation]:
    return list(queue.claim(0, limit=10, max_bytes=10**6))


def change(queue: Outbox, statement: str) -> None:
    with queue.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("has_digest", [True, False])
def test_what_never_left_is_sealed_and_whole(queue: Outbox, has_digest: bool) -> None:
    if not has_digest:
        change(queue, "UPDATE outbox SET digest = NULL WHERE sequence = 1")
    assert seal_rows(queue, SEALING_KEY) == 1
    assert seal_rows(queue, SEALING_KEY) == 0
    first, second = claimed(queue)
    assert (first.is_whole, second.is_whole) == (True, True)
    assert opened(first.message) == encode(credential_of(person(1)))
    assert opened(second.message) == encode(credential_of(person(2)))


@pytest.mark.parametrize(
    "left",
    [
        "UPDATE outbox SET attempts = 1",
        "UPDATE outbox SET parked_reason = 'not_understood'",
        "UPDATE outbox SET claimed_until = 7",
        "UPDATE outbox SET digest = zeroblob(32)",
    ],
    ids=["tried", "parked", "on its way", "damaged"],
)
def test_what_may_have_left_or_is_damaged_stays_as_it_is(queue: Outbox, left: str) -> None:
    change(queue, left)
    assert seal_rows(queue, SEALING_KEY) == 0
    with queue.engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM outbox WHERE sequence = 1")).scalar()
    assert body == encode(credential_of(person(1)))


def test_what_was_exported_stays_as_it_is(queue: Outbox) -> None:
    carried = Outbox(queue.engine, DEVICE, carried=lambda: 1)
    assert seal_rows(carried, SEALING_KEY) == 0


@pytest.mark.parametrize("has_key", [True, False])
def test_what_parked_in_clear_is_sealed_when_staff_send_it_again(
    queue: Outbox, has_key: bool
) -> None:
    first = claimed(queue)[0].message
    change(queue, "UPDATE outbox SET parked_reason = 'not_understood', claimed_until = NULL")
    parked = ParkedOperations(queue, lambda: SEALING_KEY if has_key else None)
    assert parked.send_again(1, operation_id(), "staff", 0) is not None
    (again,) = claimed(queue)
    assert again.is_whole
    assert again.message.replaces == first.id
    clear = encode(credential_of(person(1)))
    assert (opened(again.message) if has_key else again.message.body) == clear
