import pytest
from sqlalchemy import Engine, text

from kiosk.domain.receipts import parse
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Recorded
from kiosk.store.receipt_numbers import MOST, RECEIPT_JUMP, go_beyond
from tests.factories import new_operation, person


def given(outbox: Outbox, number: int) -> int:
    recorded = outbox.record(new_operation(person(number)))
    assert isinstance(recorded, Recorded)
    receipt = parse(recorded.receipt)
    assert receipt is not None
    return receipt.counter


@pytest.mark.parametrize("has_given", [True, False])
def test_what_the_registry_knows_is_gone_beyond(
    store: Engine, outbox: Outbox, has_given: bool
) -> None:
    if has_given:
        assert given(outbox, 1) == 1
    assert go_beyond(store, 7, 1)
    assert given(outbox, 2) == 7 + RECEIPT_JUMP + 1
    with store.connect() as connection:
        lines = connection.execute(text("SELECT detail FROM audit WHERE event = 'went_back'")).all()
    assert [tuple(line) for line in lines] == [(f"{int(has_given)}, 7",)]


@pytest.mark.parametrize("known", [0, 1, MOST + 1, 2**63 - 1])
def test_what_is_no_later_number_or_none_that_can_be_changes_nothing(
    store: Engine, outbox: Outbox, known: int
) -> None:
    assert given(outbox, 1) == 1
    assert not go_beyond(store, known, 1)
    assert given(outbox, 2) == 2
