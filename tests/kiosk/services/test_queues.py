from dataclasses import replace

import pytest
from sqlalchemy import text

from kiosk.clocks import monotonic_ms
from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.domain.receipts import parse
from kiosk.services import queues
from kiosk.services.queue_answers import (
    ActDone,
    ActTooLate,
    Cause,
    LedgerEntry,
    NoteProblem,
    NoteRefused,
    QueueEntry,
    QueueState,
    QueueWay,
)
from kiosk.services.tools import Tools
from kiosk.store.queued_operations import AlreadyWaiting, NewOperation, Recorded, Settlement
from tests.factories import new_operation, person
from tests.fakes import FakeClock


def record(
    tools: Tools, number: int = 1, kind: OperationKind = OperationKind.REGISTER
) -> tuple[NewOperation, str]:
    new = new_operation(person(number), kind, made_at=tools.clock.now_ms() - 5_000)
    recorded = tools.outbox.record(new)
    assert isinstance(recorded, Recorded)
    return new, recorded.receipt


def claim(tools: Tools) -> None:
    tools.outbox.claim(monotonic_ms(tools.clock), limit=100, max_bytes=9**9)


def only(tools: Tools) -> QueueEntry:
    both = [queues.queue_page(tools, None, parked=parked).entries for parked in (False, True)]
    ((entry,),) = [entries for entries in both if entries]
    return entry


def test_what_waits_untried(tools: Tools) -> None:
    _, receipt = record(tools)
    entry = only(tools)
    assert (entry.receipt, entry.kind, entry.label) == (
        receipt,
        OperationKind.REGISTER,
        "***.456.789-**",
    )
    assert (entry.state, entry.cause, entry.attempts) == (QueueState.WAITING, None, 0)
    assert entry.age_seconds is not None
    assert 5 <= entry.age_seconds < 60
    assert entry.next_try_seconds == 0
    assert entry.ways == (QueueWay.TRY_NOW, QueueWay.WITHDRAW)


def test_what_is_on_its_way_can_only_be_hurried(tools: Tools) -> None:
    record(tools)
    claim(tools)
    entry = only(tools)
    assert (entry.state, entry.ways) == (QueueState.SENDING, (QueueWay.TRY_NOW,))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("ConnectError", Cause.NO_LINE),
        ("ReadTimeout", Cause.TOO_SLOW),
        ("RemoteProtocolError", Cause.BROKE_OFF),
        ("HTTP 503", Cause.REGISTRY_BUSY),
        ("undecodable", Cause.STRANGE_ANSWER),
        ("not authorised", Cause.NOT_AUTHORISED),
        ("internal", Cause.INTERNAL),
    ],
)
def test_what_was_tried_says_why_and_when_again(tools: Tools, error: str, cause: Cause) -> None:
    new, _ = record(tools)
    claim(tools)
    until = monotonic_ms(tools.clock) + 90_000
    tools.outbox.release([new.id], error=error, not_before=until)
    entry = only(tools)
    assert (entry.state, entry.cause, entry.ways) == (
        QueueState.WAITING,
        cause,
        (QueueWay.TRY_NOW,),
    )
    assert entry.next_try_seconds is not None
    assert 85 <= entry.next_try_seconds <= 90


def test_what_stands_behind_another_names_it(tools: Tools) -> None:
    _, first = record(tools)
    record(tools, kind=OperationKind.RESET)
    _, second = queues.queue_page(tools, None, parked=False).entries
    assert (second.state, second.behind) == (QueueState.BEHIND, first)


@pytest.mark.parametrize("reason", ParkedReason)
def test_what_stopped_has_ways_on(tools: Tools, reason: ParkedReason) -> None:
    new, _ = record(tools)
    record(tools, 2)
    tools.outbox.park(new.id, reason, 0)
    page = queues.queue_page(tools, None, parked=True)
    (entry,) = page.entries
    assert (page.waiting, page.parked) == (2, 1)
    assert (entry.state, entry.cause) == (QueueState.PARKED, Cause(reason.value))
    assert entry.next_try_seconds is None
    expected = (QueueWay.SEND_AGAIN, QueueWay.HAND_OVER, QueueWay.WITHDRAW)
    # What the disk has changed would be another's wish.
    assert entry.ways == (expected[1:] if reason is ParkedReason.DAMAGED else expected)


def test_a_reason_of_another_version_is_an_internal_one(tools: Tools) -> None:
    new, _ = record(tools)
    tools.outbox.park(new.id, "something else", 0)
    assert only(tools).cause is Cause.INTERNAL


def test_handed_over_it_waits_for_a_supervisor(tools: Tools) -> None:
    new, receipt = record(tools)
    tools.outbox.park(new.id, "internal", 0)
    assert queues.hand_over(tools, receipt.lower(), "  ligou\n duas vezes ") == ActDone()
    entry = only(tools)
    assert (entry.state, entry.note) == (QueueState.HANDED, "ligou duas vezes")
    assert entry.ways == (QueueWay.SEND_AGAIN, QueueWay.WITHDRAW)


def test_sent_again_it_has_a_new_receipt_and_the_old_one_tells_so(tools: Tools) -> None:
    new, receipt = record(tools)
    tools.outbox.park(new.id, "internal", 0)
    done = queues.send_again(tools, receipt)
    assert isinstance(done, ActDone)
    assert only(tools).receipt == done.receipt
    old = queues.find_in_queue(tools, receipt)
    assert isinstance(old, LedgerEntry)
    assert (old.outcome, old.replaced_by) == (Outcome.REPLACED, done.receipt)
    assert queues.send_again(tools, receipt) == ActTooLate()


@pytest.mark.parametrize("receipt", ["", "nenhum", "AAAAAA-0001-0"])
def test_a_receipt_that_is_none_of_ours_changes_nothing(tools: Tools, receipt: str) -> None:
    record(tools)
    assert queues.send_again(tools, receipt) == ActTooLate()
    assert queues.withdraw(tools, receipt, "engano") == ActTooLate()
    assert queues.find_in_queue(tools, receipt) is None
    assert len(queues.queue_page(tools, None, parked=False).entries) == 1


def test_an_unknown_number_of_ours_is_nothing(tools: Tools) -> None:
    _, receipt = record(tools)
    assert queues.find_in_queue(tools, f" {receipt.lower()} ") == only(tools)
    number = parse(receipt)
    assert number is not None
    assert queues.find_in_queue(tools, str(replace(number, counter=99))) is None


@pytest.mark.parametrize(
    ("note", "problem"), [(" \n", NoteProblem.EMPTY), ("x" * 201, NoteProblem.TOO_LONG)]
)
def test_a_withdrawal_needs_a_reason(tools: Tools, note: str, problem: NoteProblem) -> None:
    _, receipt = record(tools)
    assert queues.withdraw(tools, receipt, note) == NoteRefused(problem)
    assert queues.hand_over(tools, receipt, note) == NoteRefused(problem)
    assert len(queues.queue_page(tools, None, parked=False).entries) == 1


def test_withdrawn_it_stands_in_the_ledger_with_the_reason(tools: Tools) -> None:
    _, receipt = record(tools)
    assert queues.withdraw(tools, receipt, "digitou errado") == ActDone()
    (entry,) = queues.ledger_page(tools, None).entries
    assert (entry.receipt, entry.outcome, entry.note) == (
        receipt,
        Outcome.WITHDRAWN,
        "digitou errado",
    )
    assert queues.find_in_queue(tools, receipt) == entry


def test_the_ledger_tells_what_was_asked_found_and_decided(tools: Tools) -> None:
    new, receipt = record(tools)
    decided = tools.clock.now_ms()
    found = Found(Origin.APP_2024, MembershipStatus.ACTIVE, decided - 60_000)
    settlement = Settlement(new.id, Outcome.REJECTED, Reason.ALREADY_REGISTERED, decided, found)
    tools.outbox.settle([settlement], decided)
    (entry,) = queues.ledger_page(tools, None).entries
    assert (entry.receipt, entry.label) == (receipt, "***.456.789-**")
    assert (entry.outcome, entry.reason) == (Outcome.REJECTED, Reason.ALREADY_REGISTERED)
    assert entry.found == found
    assert entry.found_changed_at is not None
    assert entry.decided_at is not None
    assert (entry.decided_at - entry.found_changed_at).total_seconds() == 60


def test_the_ledger_is_read_page_by_page_newest_first(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "PAGE_SIZE", 2)
    made = [record(tools, number) for number in range(1, 6)]
    tools.outbox.settle([Settlement(new.id, Outcome.ACCEPTED, None, 7) for new, _ in made], 7)
    seen: list[str] = []
    before = None
    while True:
        page = queues.ledger_page(tools, before)
        seen += [one.receipt for one in page.entries]
        before = page.more_before
        if before is None:
            break
    assert seen == [receipt for _, receipt in reversed(made)]


def test_the_queue_is_read_page_by_page_oldest_first(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "PAGE_SIZE", 2)
    made = [record(tools, number)[1] for number in range(1, 6)]
    seen: list[str] = []
    after = None
    while True:
        page = queues.queue_page(tools, after, parked=False)
        assert page.waiting == 5
        seen += [one.receipt for one in page.entries]
        after = page.more_after
        if after is None:
            break
    assert seen == made


@pytest.mark.parametrize("now", [0, 4_000_000_000_000])
def test_an_age_that_the_clock_cannot_tell_is_not_told(tools: Tools, now: int) -> None:
    record(tools)
    turned = replace(tools, clock=FakeClock(now))
    assert only(turned).age_seconds is None


def test_a_receipt_of_before_the_ledger_knew_more_is_told_too(tools: Tools) -> None:
    new, _ = record(tools)
    tools.outbox.settle([Settlement(new.id, Outcome.ACCEPTED, None, 7)], 7)
    with tools.outbox.engine.begin() as connection:
        connection.execute(text("UPDATE receipts SET label = '', decided_at = NULL"))
    (entry,) = queues.ledger_page(tools, None).entries
    assert (entry.label, entry.decided_at, entry.found) == ("", None, None)


ODD = ["CAST(x'E16263' AS TEXT)", "x'616263'", "4611686018427387904"]
QUEUED_COLUMNS = [
    *("id", "kind", "subject", "receipt", "label", "seen", "body", "made_by", "made_at"),
    *("attempts", "not_before", "claimed_until", "parked_reason", "last_error", "digest"),
    *("replaces", "acted_sequence", "handed_at"),
]
LEDGER_COLUMNS = [
    *("operation", "kind", "made_at", "card_proof", "birth_date_proof", "outcome", "reason"),
    *("decided_at", "label", "made_by", "found_origin", "found_status", "found_changed_at"),
    *("replaced_by", "note"),
]


def spoil(tools: Tools, change: str) -> None:
    with tools.outbox.engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", QUEUED_COLUMNS)
def test_whatever_the_disk_makes_of_a_row_the_queue_can_be_seen(
    tools: Tools, column: str, odd: str
) -> None:
    new, receipt = record(tools)
    _, other = record(tools, 2)
    tools.outbox.park(new.id, ParkedReason.DAMAGED, 0)
    spoil(tools, f"UPDATE outbox SET {column} = {odd} WHERE sequence = 1")
    entries = queues.queue_page(tools, None, parked=True).entries
    assert [one.receipt for one in entries] == [receipt]
    waiting = queues.queue_page(tools, None, parked=False).entries
    assert [one.receipt for one in waiting] == [other]
    assert queues.find_in_queue(tools, receipt) == entries[0]
    entry = entries[0]
    assert (entry.kind is None) == (column == "kind")
    if column != "made_at":
        assert entry.made_at is not None
    # And it can be taken out, whatever became of it.
    assert queues.hand_over(tools, receipt, "veja") == ActDone()
    assert queues.withdraw(tools, receipt, "engano") == ActDone()
    assert [one.receipt for one in queues.queue_page(tools, None, parked=False).entries] == [other]


@pytest.mark.parametrize("odd", ["4611686018427387904", "-4611686018427387904", "'abc'", "7.5"])
def test_an_impossible_instant_is_not_told(tools: Tools, odd: str) -> None:
    record(tools)
    spoil(tools, f"UPDATE outbox SET made_at = {odd}")
    entry = only(tools)
    assert (entry.made_at, entry.age_seconds) == (None, None)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", LEDGER_COLUMNS)
def test_whatever_the_disk_makes_of_a_receipt_the_ledger_can_be_seen(
    tools: Tools, column: str, odd: str
) -> None:
    receipts = []
    for number in (1, 2):
        new, receipt = record(tools, number)
        had = Found(Origin.NONE, MembershipStatus.ACTIVE, 5)
        tools.outbox.settle([Settlement(new.id, Outcome.REJECTED, Reason.SUPERSEDED, 7, had)], 7)
        receipts.append(receipt)
    spoil(tools, f"UPDATE receipts SET {column} = {odd} WHERE counter = 1")
    other, entry = queues.ledger_page(tools, None).entries
    assert [entry.receipt, other.receipt] == receipts
    assert (other.outcome, other.reason) == (Outcome.REJECTED, Reason.SUPERSEDED)
    assert (entry.kind is None) == (column == "kind")
    assert (entry.outcome is None) == (column == "outcome")
    assert (entry.reason is None) == (column == "reason")
    assert (entry.found is None) == (column in ("found_origin", "found_status"))
    assert queues.find_in_queue(tools, receipts[0]) == entry


def test_a_person_whose_waiting_wish_cannot_be_read_is_told_its_receipt(tools: Tools) -> None:
    _, receipt = record(tools)
    spoil(tools, "UPDATE outbox SET receipt = CAST(x'E16263' AS TEXT)")
    assert tools.outbox.record(new_operation(person(1))) == AlreadyWaiting(receipt)
