"""What staff see of the queue is read without reading everything."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import Engine, Select

from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.operations import Outcome, ParkedReason
from kiosk.store import queue_views
from kiosk.store.outboxes import Outbox
from kiosk.store.queue_views import LARGEST_COUNTER, QueueView
from kiosk.store.queued_operations import Recorded, Settlement
from tests.factories import new_operation, person


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (queue_views._PARKED_PAGE, "outbox_parked"),
        (queue_views._ANSWERED_PAGE, "receipts_answered"),
    ],
)
def test_a_page_reads_only_what_it_shows(
    store: Engine, query: Select[tuple[object, ...]], index: str
) -> None:
    words = driver_sql(query)
    values = dict.fromkeys(re.findall(":([a-z_0-9]+)", words), 1)
    with store.connect() as connection:
        plan = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {words}", values).fetchall()
    assert any(index in row[-1] for row in plan), plan
    assert not any("TEMP B-TREE" in row[-1] for row in plan), plan


def test_each_unanswered_row_is_on_one_of_two_lists(store: Engine, outbox: Outbox) -> None:
    made = [replace(new_operation(person(number)), made_at=number) for number in range(1, 6)]
    for new in made:
        assert isinstance(outbox.record(new), Recorded)
    for place in (1, 3):
        outbox.park(made[place].id, ParkedReason.NO_ANSWER, 0)
    outbox.settle([Settlement(made[4].id, Outcome.ACCEPTED, None, 7)], 7)
    view = QueueView(store)
    waiting = [row.sequence for row in view.unanswered(0, 9, parked=False)]
    parked = [row.sequence for row in view.unanswered(0, 9, parked=True)]
    assert waiting == [1, 3]
    assert parked == [2, 4]
    assert [row.counter for row in view.answered(LARGEST_COUNTER, 9)] == [5]
