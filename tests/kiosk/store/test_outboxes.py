import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.receipts import parse
from kiosk.store import outboxes, rounds
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import (
    AlreadyWaiting,
    NewOperation,
    OutboxCounts,
    Recorded,
    Settlement,
)
from kiosk.store.rounds import LEASE_MS
from kiosk.store.tried_marks import note_all_tried
from tests.factories import new_operation, person

NOW = 1_700_000_000_000


def record(outbox: Outbox, new: NewOperation) -> str:
    recorded = outbox.record(new)
    assert isinstance(recorded, Recorded)
    return recorded.receipt


def claim(outbox: Outbox, now_ms: int = NOW, limit: int = 100) -> list[str]:
    return [one.message.receipt for one in outbox.claim(now_ms, limit=limit, max_bytes=10**6)]


def settle(outbox: Outbox, *operations: NewOperation) -> None:
    outbox.settle([Settlement(one.id, Outcome.ACCEPTED, None, NOW) for one in operations], NOW)


def test_a_recorded_operation_has_its_receipt_and_waits(outbox: Outbox) -> None:
    first, second = (record(outbox, new_operation(person(number))) for number in (1, 2))
    numbers = [parse(first), parse(second)]
    assert [one.counter for one in numbers if one] == [1, 2]
    assert outbox.counts() == OutboxCounts(waiting=2, parked=0)


def test_the_same_wish_of_the_same_person_is_noticed(outbox: Outbox) -> None:
    receipt = record(outbox, new_operation(person()))
    assert outbox.record(new_operation(person())) == AlreadyWaiting(receipt)
    assert outbox.counts().waiting == 1


def test_a_corrected_birth_date_is_another_wish(outbox: Outbox) -> None:
    record(outbox, new_operation(person()))
    record(outbox, new_operation(person(), birth_date_proof=b"x" * 32))
    assert outbox.counts().waiting == 2


def test_another_kind_for_the_same_person_is_another_wish(outbox: Outbox) -> None:
    record(outbox, new_operation(person()))
    record(outbox, new_operation(person(), OperationKind.RESET))
    assert outbox.counts().waiting == 2


def test_a_parked_operation_does_not_stand_in_the_way_of_a_new_one(outbox: Outbox) -> None:
    parked = new_operation(person())
    record(outbox, parked)
    outbox.park(parked.id, "internal", NOW)
    record(outbox, new_operation(person()))
    assert outbox.counts() == OutboxCounts(waiting=2, parked=1)


def test_receipts_are_not_given_twice_after_rows_are_gone(outbox: Outbox, store: Engine) -> None:
    new = new_operation(person())
    first = record(outbox, new)
    settle(outbox, new)
    with store.begin() as connection:
        connection.execute(text("DELETE FROM receipts"))
    assert record(outbox, new_operation(person())) != first


def test_claims_come_in_the_order_in_which_people_acted(outbox: Outbox) -> None:
    receipts = [record(outbox, new_operation(person(number))) for number in range(5)]
    assert claim(outbox, limit=3) == receipts[:3]
    assert claim(outbox) == receipts[3:]


def test_a_batch_is_bounded_in_bytes_but_one_always_goes(outbox: Outbox) -> None:
    for number in range(3):
        record(outbox, new_operation(person(number), body=b"x" * 600))
    assert len(outbox.claim(NOW, limit=100, max_bytes=1200)) == 2
    assert len(outbox.claim(NOW, limit=100, max_bytes=1)) == 1


def test_a_lease_heals(outbox: Outbox) -> None:
    receipt = record(outbox, new_operation(person()))
    assert claim(outbox) == [receipt]
    assert claim(outbox, NOW + LEASE_MS - 1) == []
    assert claim(outbox, NOW + LEASE_MS) == [receipt]


def test_what_a_dead_program_held_is_free_at_the_next_start(outbox: Outbox, store: Engine) -> None:
    claimed, told_to_wait = new_operation(person(1)), new_operation(person(2))
    receipts = [record(outbox, claimed)]
    claim(outbox)
    receipts.append(record(outbox, told_to_wait))
    outbox.release([told_to_wait.id], error="x", not_before=NOW + 10_000)
    following = Outbox(store, "AAAAAA")
    # Another boot, another monotonic clock.
    assert claim(following, NOW - 30_000) == []
    following.heal()
    assert claim(following, NOW - 30_000) == receipts


def test_later_operations_of_a_person_wait_for_the_earlier_one(outbox: Outbox) -> None:
    record(outbox, new_operation(person()))
    claim(outbox)
    record(outbox, new_operation(person(), OperationKind.RESET))
    other = record(outbox, new_operation(person(2)))
    assert claim(outbox) == [other]


def test_a_parked_operation_holds_nothing_back(outbox: Outbox) -> None:
    poison = new_operation(person())
    record(outbox, poison)
    claim(outbox)
    outbox.park(poison.id, "internal", NOW)
    later = record(outbox, new_operation(person(), OperationKind.RESET))
    assert claim(outbox) == [later]


def test_a_released_operation_waits_its_time(outbox: Outbox) -> None:
    new = new_operation(person())
    receipt = record(outbox, new)
    claim(outbox)
    outbox.release([new.id], error="ConnectError", not_before=NOW + 5_000)
    assert claim(outbox, NOW + 4_999) == []
    assert claim(outbox, NOW + 5_000) == [receipt]


def test_it_says_when_the_next_comes_free(outbox: Outbox) -> None:
    assert outbox.next_free_at(NOW) is None
    news = [new_operation(person(number)) for number in (1, 2)]
    for new in news:
        record(outbox, new)
    claim(outbox)
    outbox.release([news[1].id], error="x", not_before=NOW + 5)
    assert outbox.next_free_at(NOW) == NOW + 5


def test_what_only_stands_behind_another_comes_free_with_it(outbox: Outbox) -> None:
    first = new_operation(person())
    record(outbox, first)
    record(outbox, new_operation(person(), OperationKind.RESET))
    outbox.release([first.id], error="x", not_before=NOW + 60_000)
    assert claim(outbox) == []
    assert outbox.next_free_at(NOW) == NOW + 60_000


def test_hasten_frees_all_or_one_persons(outbox: Outbox) -> None:
    news = [new_operation(person(1)), new_operation(person(2))]
    receipts = [record(outbox, one) for one in news]
    outbox.release([one.id for one in news], error="x", not_before=NOW + 10_000)
    later = new_operation(person(1), OperationKind.RESET)
    receipts.append(record(outbox, later))
    outbox.hasten(behind=later.id)
    assert claim(outbox) == [receipts[0], receipts[2]]
    outbox.hasten()
    assert claim(outbox) == [receipts[1]]


def test_attempts_are_counted_before_anything_is_sent(outbox: Outbox) -> None:
    new = new_operation(person())
    record(outbox, new)
    assert [one.attempts for one in outbox.claim(NOW, limit=1, max_bytes=10**6)] == [0]
    outbox.release([new.id], error="x", not_before=None)
    assert [one.attempts for one in outbox.claim(NOW, limit=1, max_bytes=10**6)] == [1]


def test_settled_operations_leave_with_their_outcome(outbox: Outbox, store: Engine) -> None:
    new = new_operation(person())
    record(outbox, new)
    settlement = Settlement(new.id, Outcome.REJECTED, Reason.NOT_COVERED, NOW + 7)
    outbox.settle([settlement], NOW + 8)
    assert outbox.counts().waiting == 0
    with store.connect() as connection:
        row = connection.execute(text("SELECT outcome, reason, decided_at FROM receipts")).one()
        events = connection.execute(text("SELECT event FROM audit ORDER BY id")).scalars().all()
    assert tuple(row) == ("rejected", "not_covered", NOW + 7)
    assert events == ["recorded", "rejected"]


def test_settling_twice_keeps_the_first_word(outbox: Outbox, store: Engine) -> None:
    new = new_operation(person())
    record(outbox, new)
    settle(outbox, new)
    outbox.settle([Settlement(new.id, Outcome.REJECTED, Reason.STALE, NOW)], NOW)
    with store.connect() as connection:
        assert connection.execute(text("SELECT outcome FROM receipts")).scalar() == "accepted"


def test_settling_nothing_changes_nothing(outbox: Outbox) -> None:
    outbox.settle([], NOW)
    assert outbox.counts() == OutboxCounts(0, 0)


def test_a_later_word_replaces_a_quarantine(outbox: Outbox, store: Engine) -> None:
    new = new_operation(person())
    record(outbox, new)
    outbox.settle([Settlement(new.id, Outcome.QUARANTINED, Reason.STALE, NOW)], NOW)
    later = Settlement(new.id, Outcome.ACCEPTED, None, NOW + 9)
    outbox.revise(later, NOW)
    outbox.revise(later, NOW)
    with store.connect() as connection:
        row = connection.execute(text("SELECT outcome, reason, decided_at FROM receipts")).one()
        events = connection.execute(text("SELECT event FROM audit ORDER BY id")).scalars().all()
    assert tuple(row) == ("accepted", None, NOW + 9)
    assert events == ["recorded", "quarantined", "accepted"]


def test_a_word_on_an_unknown_operation_is_passed_over(outbox: Outbox, store: Engine) -> None:
    outbox.revise(Settlement(new_operation(person()).id, Outcome.ACCEPTED, None, NOW), NOW)
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 0


def test_an_untried_operation_can_be_withdrawn(outbox: Outbox, store: Engine) -> None:
    new = new_operation(person())
    record(outbox, new)
    assert outbox.withdraw(new.id, NOW)
    assert outbox.counts().waiting == 0
    with store.connect() as connection:
        assert connection.execute(text("SELECT outcome FROM receipts")).scalar() == "withdrawn"


def test_an_operation_that_was_on_its_way_cannot(outbox: Outbox) -> None:
    new = new_operation(person())
    record(outbox, new)
    claim(outbox)
    assert not outbox.withdraw(new.id, NOW)
    outbox.release([new.id], error="x", not_before=None)
    assert not outbox.withdraw(new.id, NOW)
    assert outbox.counts().waiting == 1


def test_the_failed_half_of_a_commit_leaves_nothing(outbox: Outbox, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT,'no'); END")
        )
    with pytest.raises(Exception, match="no"):
        outbox.record(new_operation(person()))
    with store.connect() as connection:
        counts = connection.execute(
            text("SELECT (SELECT count(*) FROM receipts), (SELECT count(*) FROM outbox)")
        ).one()
    assert tuple(counts) == (0, 0)


_RECORD_AND_DIE = """
import os, sys
from pathlib import Path
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from tests.factories import new_operation, person
engine = open_store(Path(sys.argv[1]))
print(Outbox(engine, "AAAAAA").record(new_operation(person())).receipt, flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_was_recorded_survives_a_kill(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RECORD_AND_DIE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == -signal.SIGKILL
    with sqlite3.connect(tmp_path / "device.sqlite3") as connection:
        rows = connection.execute("SELECT receipt FROM outbox").fetchall()
    connection.close()
    assert rows == [(done.stdout.strip(),)]


def test_subjects_do_not_mix(outbox: Outbox) -> None:
    base = new_operation(person(1))
    record(outbox, base)
    record(outbox, replace(new_operation(person(2)), birth_date_proof=base.birth_date_proof))
    assert outbox.counts().waiting == 2


def test_after_a_sudden_end_nothing_counts_as_never_sent(outbox: Outbox, store: Engine) -> None:
    before, after = new_operation(person(1)), new_operation(person(2))
    record(outbox, before)
    # What was claimed need not have reached the disk.
    with store.begin() as connection:
        note_all_tried(connection)
    again = Outbox(store, outbox.device_code)
    again.heal()
    record(again, after)
    assert not again.withdraw(before.id, 1)
    assert again.withdraw(after.id, 1)
    # It holds for every later program too.
    third = Outbox(store, outbox.device_code)
    third.heal()
    assert not third.withdraw(before.id, 1)


def test_whatever_the_mark_of_a_sudden_end_has_become_nothing_is_taken_back(
    outbox: Outbox, store: Engine
) -> None:
    new = new_operation(person(1))
    record(outbox, new)
    with store.begin() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('tried_through', 'x1')"))
    again = Outbox(store, outbox.device_code)
    again.heal()
    assert not again.withdraw(new.id, 1)


def test_a_program_that_begins_with_waiting_rows_notices_their_repetition(
    outbox: Outbox, store: Engine
) -> None:
    new = new_operation(person(1))
    record(outbox, new)
    for healed in (True, False):
        again = Outbox(store, outbox.device_code)
        if healed:
            again.heal()
        assert isinstance(again.record(new_operation(person(1))), AlreadyWaiting)


def test_every_commit_waits_for_the_disk(outbox: Outbox) -> None:
    levels: list[int] = []

    def note(driver: sqlite3.Connection, _record: object) -> None:
        levels.append(driver.execute("PRAGMA synchronous").fetchone()[0])

    record(outbox, new_operation(person(1)))
    event.listen(outbox.engine, "checkin", note)
    (claimed,) = outbox.claim(1, limit=10, max_bytes=10**6)
    record(outbox, new_operation(person(2)))
    outbox.settle([Settlement(claimed.id, Outcome.ACCEPTED, None, 1)], 1)
    assert levels == [2, 2, 2]


def test_a_claim_that_fails_leaves_no_connection_that_does_not_wait(outbox: Outbox) -> None:
    record(outbox, new_operation(person(1)))
    with pytest.raises(TypeError):
        outbox.claim("never", limit=10, max_bytes=10**6)  # type: ignore[arg-type]
    with outbox.engine.connect() as connection:
        assert driver_of(connection).execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (driver_sql(outboxes._NEXT_FREE), "outbox_held"),
        (driver_sql(outboxes._HEAL), "outbox_held"),
        (driver_sql(outboxes._PARKED), "outbox_parked"),
        (rounds.FREE, "outbox_held"),
    ],
)
def test_no_round_of_the_worker_reads_every_waiting_row(
    store: Engine, query: str, index: str
) -> None:
    values = dict.fromkeys(re.findall(":([a-z_0-9]+)", query), 1)
    with store.connect() as connection:
        plan = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    assert any(index in row[-1] for row in plan), plan
