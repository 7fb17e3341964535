from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import OperationKind, Outcome
from kiosk.domain.people import Origin, Person
from kiosk.domain.receipts import parse
from kiosk.store.carried_marks import CarriedMark
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import NewOperation, OutboxCounts, Recorded, Settlement
from kiosk.sync.policies import Pacer
from kiosk.sync.pushes import Pusher
from tests.factories import new_operation, operation_id, person
from tests.fakes import FakeClock, FakeRegistry, replace_answer

NOW = 1_700_000_000_000


@pytest.fixture
def parked(outbox: Outbox) -> ParkedOperations:
    return ParkedOperations(outbox)


def park(outbox: Outbox, new: NewOperation) -> int:
    recorded = outbox.record(new)
    assert isinstance(recorded, Recorded)
    outbox.claim(0, limit=100, max_bytes=9**9)
    outbox.park(new.id, "answer_not_understood", NOW)
    return counter_of(recorded)


def counter_of(recorded: Recorded | None) -> int:
    assert recorded is not None
    number = parse(recorded.receipt)
    assert number is not None
    return number.counter


def one_row(store: Engine, query: str) -> tuple[object, ...]:
    with store.connect() as connection:
        return tuple(connection.execute(text(query)).one())


def test_sent_again_it_names_the_old_one_and_keeps_its_place(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    new = new_operation(person())
    counter = park(outbox, new)
    outbox.record(new_operation(person(2)))
    again = parked.send_again(counter, operation_id(), "self", NOW + 5)
    assert counter_of(again) == counter + 2
    assert outbox.counts() == OutboxCounts(2, 0)
    first, second = outbox.claim(0, limit=100, max_bytes=9**9)
    assert (first.message.replaces, first.message.sequence) == (None, counter + 1)
    assert (second.message.replaces, second.message.sequence) == (new.id.hex, counter)
    assert second.message.body == new.body
    assert second.is_whole
    assert one_row(store, "SELECT outcome, replaced_by FROM receipts WHERE counter = 1") == (
        "replaced",
        counter + 2,
    )


def test_sent_again_twice_it_still_names_the_first(
    outbox: Outbox, parked: ParkedOperations
) -> None:
    new = new_operation(person())
    counter = park(outbox, new)
    for _ in range(2):
        counter = counter_of(parked.send_again(counter, operation_id(), "self", NOW))
        (claimed,) = outbox.claim(0, limit=1, max_bytes=9**9)
        assert (claimed.message.replaces, claimed.message.sequence) == (new.id.hex, 1)
        outbox.park(claimed.id, "answer_not_understood", NOW)


def test_sent_again_it_overwrites_nothing_that_was_set_elsewhere_meanwhile(
    store: Engine,
) -> None:
    who: Person = person(origin=Origin.PORTAL)
    registry, cursors = FakeRegistry(), ["1:1"]
    registry.add(who)
    outbox = Outbox(store, "AAAAAA", lambda: cursors[-1])
    parked = ParkedOperations(outbox)
    counter = park(outbox, new_operation(who, OperationKind.RESET))
    registry.people[who.person_id] = replace(
        who, credential_changed_at=2, credential_changed_by="BBBBBB"
    )
    cursors.append("1:2")
    for _ in range(2):
        counter = counter_of(parked.send_again(counter, operation_id(), "self", NOW))
        (claimed,) = outbox.claim(0, limit=1, max_bytes=9**9)
        assert claimed.message.seen == "1:1"
        outbox.park(claimed.id, "answer_not_understood", NOW)
    parked.send_again(counter, operation_id(), "self", NOW)
    pusher = Pusher(outbox, registry, "AAAAAA", FakeClock(), lambda _: None, Pacer(Random(1)))
    (settled,) = pusher.push_once().settled
    assert (settled.outcome, settled.reason) == (Outcome.REJECTED, "superseded")
    assert registry.effects == []


def test_what_is_not_parked_is_left_alone(outbox: Outbox, parked: ParkedOperations) -> None:
    new = new_operation(person())
    outbox.record(new)
    outbox.claim(0, limit=1, max_bytes=9**9)
    assert parked.send_again(1, operation_id(), "self", NOW) is None
    assert not parked.hand_over(1, "veja", "self", NOW)
    assert not parked.withdraw(1, "engano", "self", NOW)
    assert not parked.withdraw(99, "engano", "self", NOW)
    assert outbox.counts() == OutboxCounts(1, 0)


def test_a_damaged_one_is_not_sent_again(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    counter = park(outbox, new_operation(person()))
    with store.begin() as connection:
        connection.execute(text("UPDATE outbox SET seen = 'x'"))
    assert parked.send_again(counter, operation_id(), "self", NOW) is None
    assert outbox.counts() == OutboxCounts(1, 1)


def test_handed_to_a_supervisor_it_stays_with_what_was_said(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    counter = park(outbox, new_operation(person()))
    assert parked.hand_over(counter, "a resposta veio estranha", "self", NOW + 5)
    assert outbox.counts() == OutboxCounts(1, 1)
    assert one_row(store, "SELECT handed_at FROM outbox") == (NOW + 5,)
    assert one_row(store, "SELECT note FROM receipts") == ("a resposta veio estranha",)
    assert parked.send_again(counter, operation_id(), "self", NOW) is not None


def test_what_was_never_on_its_way_can_be_withdrawn(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    outbox.record(new_operation(person()))
    assert parked.withdraw(1, "digitou errado", "staff", NOW)
    assert one_row(store, "SELECT outcome, note FROM receipts") == ("withdrawn", "digitou errado")


def test_what_was_on_its_way_and_came_back_cannot(outbox: Outbox, parked: ParkedOperations) -> None:
    new = new_operation(person())
    outbox.record(new)
    outbox.claim(0, limit=1, max_bytes=9**9)
    outbox.release([new.id], error="x", not_before=None)
    assert not parked.withdraw(1, "digitou errado", "staff", NOW)
    assert outbox.counts() == OutboxCounts(1, 0)


def test_what_was_exported_can_be_taken_back_no_more(store: Engine, tmp_path: Path) -> None:
    mark = CarriedMark(tmp_path)
    outbox = Outbox(store, "AAAAAA", carried=mark.reaches)
    exported, later = new_operation(person(1)), new_operation(person(2))
    outbox.record(exported)
    mark.extend(1)
    outbox.record(later)
    assert not outbox.withdraw(exported.id, NOW)
    assert not ParkedOperations(outbox).withdraw(1, "digitou errado", "staff", NOW)
    assert outbox.withdraw(later.id, NOW)
    assert outbox.counts() == OutboxCounts(1, 0)


def test_withdrawn_it_leaves_with_its_reason(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    counter = park(outbox, new_operation(person()))
    assert parked.withdraw(counter, "a pessoa desistiu", "self", NOW + 5)
    assert outbox.counts() == OutboxCounts(0, 0)
    assert one_row(store, "SELECT outcome, decided_at, note FROM receipts") == (
        "withdrawn",
        NOW + 5,
        "a pessoa desistiu",
    )
    assert one_row(store, "SELECT event, detail FROM audit ORDER BY id DESC LIMIT 1") == (
        "withdrawn",
        "self: a pessoa desistiu",
    )


@pytest.mark.parametrize("way", ["withdrawn", "replaced"])
def test_the_registrys_word_counts_more_than_what_staff_did(
    outbox: Outbox, parked: ParkedOperations, store: Engine, way: str
) -> None:
    new = new_operation(person())
    counter = park(outbox, new)
    if way == "withdrawn":
        parked.withdraw(counter, "a pessoa desistiu", "self", NOW)
    else:
        parked.send_again(counter, operation_id(), "self", NOW)
    assert one_row(store, "SELECT outcome FROM receipts WHERE counter = 1") == (way,)
    outbox.revise(Settlement(new.id, Outcome.ACCEPTED, None, NOW + 9), NOW + 10)
    assert one_row(store, "SELECT outcome FROM receipts WHERE counter = 1") == ("accepted",)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("had_effect", [True, False])
def test_sent_again_after_an_answer_nobody_understood_there_is_one_effect(
    outbox: Outbox, parked: ParkedOperations, store: Engine, had_effect: bool
) -> None:
    registry, clock = FakeRegistry(), FakeClock()
    registry.add(person(origin=Origin.NONE))
    pusher = Pusher(outbox, registry, "AAAAAA", clock, lambda _: None, Pacer(Random(1)))
    outbox.record(new_operation(person()))
    if had_effect:
        registry.garble = lambda answer: replace_answer(answer, "blue", None)
    else:
        registry.unreadable = lambda _: True
    pusher.push_once()
    registry.garble, registry.unreadable = lambda answer: answer, lambda _: False
    parked.send_again(1, operation_id(), "self", NOW)
    (settled,) = pusher.push_once().settled
    assert settled.outcome is Outcome.ACCEPTED
    assert len(registry.effects) == 1
    assert outbox.counts() == OutboxCounts(0, 0)


def test_a_wish_sent_again_does_not_overwrite_a_later_one(
    outbox: Outbox, parked: ParkedOperations
) -> None:
    who: Person = person(origin=Origin.PORTAL)
    registry, clock = FakeRegistry(), FakeClock()
    registry.add(who)
    pusher = Pusher(outbox, registry, "AAAAAA", clock, lambda _: None, Pacer(Random(1)))
    counter = park(outbox, new_operation(who, OperationKind.RESET))
    later = new_operation(who, OperationKind.RESET)
    outbox.record(later)
    assert [one.outcome for one in pusher.push_once().settled] == [Outcome.ACCEPTED]
    parked.send_again(counter, operation_id(), "self", NOW)
    (settled,) = pusher.push_once().settled
    assert (settled.outcome, settled.reason) == (Outcome.REJECTED, "superseded")
    assert registry.effects == [later.id.hex]


def test_a_receipt_that_was_sent_again_tells_of_the_new_one(
    outbox: Outbox, parked: ParkedOperations, store: Engine
) -> None:
    from kiosk.domain.receipts import ReceiptNumber
    from kiosk.store.identities import DeviceIdentity
    from kiosk.store.receipt_ledgers import ReceiptLedger

    born = person().birth_date
    identity = DeviceIdentity("AAAAAA", b"k" * 32)
    new = new_operation(person(), birth_date_proof=identity.birth_date_proof(born))
    queue = Outbox(store, "AAAAAA")
    counter = park(queue, new)
    ParkedOperations(queue).send_again(counter, operation_id(), "self", NOW)
    ledger = ReceiptLedger(store, identity)
    entry = ledger.find(ReceiptNumber("AAAAAA", counter), None, born)
    assert entry is not None
    assert (entry.outcome, entry.is_parked) == (None, False)
