import threading
from itertools import count, product
from random import Random
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Engine, text

from kiosk.database.statements import driver_of
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Origin
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, OutboxCounts
from kiosk.sync.policies import LONGEST_RETRY_AFTER_SECONDS, Pacer
from kiosk.sync.pushes import MOST_STUMBLES, Pusher
from kiosk.sync.registries import LineFailed, NotAuthorised, RegistryStumbled, Unreachable
from kiosk.wire.messages import Answer, PushRequest, PushResponse
from tests.factories import new_operation, person
from tests.fakes import FakeClock, FakeRegistry
from tests.seals import DEVICE, opened


@pytest.fixture
def ages() -> dict[UUID, float]:
    return {}


@pytest.fixture
def pusher(
    outbox: Outbox, registry: FakeRegistry, clock: FakeClock, ages: dict[UUID, float]
) -> Pusher:
    return Pusher(outbox, registry, DEVICE, clock, ages.get, Pacer(Random(1)))


def queue(outbox: Outbox, clock: FakeClock, count: int) -> list[NewOperation]:
    news = [new_operation(person(n), made_at=clock.now_ms()) for n in range(1, count + 1)]
    for new in news:
        outbox.record(new)
    return news


def test_nothing_to_do(pusher: Pusher, registry: FakeRegistry) -> None:
    assert not pusher.push_once().tried
    assert registry.pushed == []


def test_answers_good_and_bad_leave_the_queue(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    known, stranger = queue(outbox, clock, 2)
    registry.add(person(1))
    done = pusher.push_once()
    assert [(one.id, one.outcome, one.reason) for one in done.settled] == [
        (known.id, Outcome.ACCEPTED, None),
        (stranger.id, Outcome.REJECTED, Reason.IDENTITY_MISMATCH),
    ]
    assert outbox.counts() == OutboxCounts(0, 0)


def test_a_backlog_goes_in_batches_of_a_hundred(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 120)
    while pusher.push_once().tried:
        pass
    assert [len(one.deliveries) for one in registry.pushed] == [100, 20]


@pytest.mark.parametrize("failure", [Unreachable("ConnectError"), NotAuthorised()])
def test_a_failed_line_gives_everything_back(
    failure: Exception, pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 3)
    registry.failures.append(failure)
    with pytest.raises(LineFailed):
        pusher.push_once()
    assert outbox.counts() == OutboxCounts(3, 0)
    clock.turn(3)
    assert len(pusher.push_once().settled) == 3


def test_the_longest_retry_after_is_kept(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 1)
    registry.failures.append(Unreachable("HTTP 503", LONGEST_RETRY_AFTER_SECONDS))
    with pytest.raises(LineFailed):
        pusher.push_once()
    clock.turn(LONGEST_RETRY_AFTER_SECONDS - 1)
    assert not pusher.push_once().tried
    clock.turn(1)
    assert pusher.push_once().tried


def test_retry_after_is_kept(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 1)
    registry.failures.append(Unreachable("HTTP 503", retry_after=40.0))
    with pytest.raises(LineFailed) as failed:
        pusher.push_once()
    assert failed.value.pause_seconds == 40.0
    clock.turn(39)
    assert not pusher.push_once().tried
    clock.turn(1)
    assert pusher.push_once().tried


def test_an_answer_lost_on_the_way_is_heard_again_without_a_second_effect(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    (new,) = queue(outbox, clock, 1)
    registry.add(person(1))
    registry.lost_answers.append(Unreachable("ReadError"))
    with pytest.raises(LineFailed):
        pusher.push_once()
    clock.turn(3)
    assert [one.outcome for one in pusher.push_once().settled] == [Outcome.ACCEPTED]
    assert registry.effects == [new.id.hex]


@pytest.mark.usefixtures("expected_stumbles")
def test_a_batch_that_cannot_be_read_is_parked_down_to_the_one(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    news = queue(outbox, clock, 9)
    poison = news[4].id.hex
    registry.unreadable = lambda operation: operation == poison
    done = pusher.push_once()
    assert {one.id for one in done.settled} == {one.id for one in news} - {news[4].id}
    assert outbox.counts() == OutboxCounts(1, 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_line_lost_in_the_middle_of_halving_loses_nothing(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    news = queue(outbox, clock, 4)
    poison = news[0].id.hex
    registry.unreadable = lambda operation: operation == poison
    registry.lost_answers.append(Unreachable("ReadError"))
    with pytest.raises(LineFailed):
        pusher.push_once()
    assert outbox.counts() == OutboxCounts(4, 1)
    clock.turn(3)
    assert len(pusher.push_once().settled) == 3


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("perhaps", None),
        ("rejected", "because"),
        ("rejected", None),
        ("accepted", "not_covered"),
        ("withdrawn", None),
    ],
)
def test_an_answer_that_is_not_understood_parks_its_row_alone(
    outcome: str,
    reason: str | None,
    pusher: Pusher,
    outbox: Outbox,
    registry: FakeRegistry,
    clock: FakeClock,
) -> None:
    odd, plain = queue(outbox, clock, 2)

    def garble(answer: Answer) -> Answer:
        if answer.id != odd.id.hex:
            return answer
        return msgspec.structs.replace(answer, outcome=outcome, reason=reason)

    registry.garble = garble
    assert [one.id for one in pusher.push_once().settled] == [plain.id]
    assert outbox.counts() == OutboxCounts(1, 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_missing_answer_parks_its_row(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock, store: Engine
) -> None:
    queue(outbox, clock, 1)
    registry.garble = lambda _: None
    assert pusher.push_once().settled == ()
    with store.connect() as connection:
        reason = connection.execute(text("SELECT parked_reason FROM outbox")).scalar()
    assert reason == "no_answer"


def test_seen_is_the_cursor_of_the_moment_in_which_the_person_acted(
    pusher: Pusher, outbox: Outbox, copy: AccountCopy, registry: FakeRegistry, clock: FakeClock
) -> None:
    copy.apply([], "1:7")
    queue(outbox, clock, 1)
    copy.apply([], "1:9")
    pusher.push_once()
    assert registry.pushed[0].deliveries[0].operation.seen == "1:7"


def test_only_the_first_delivery_in_the_same_breath_says_acted_now(
    pusher: Pusher,
    outbox: Outbox,
    registry: FakeRegistry,
    clock: FakeClock,
    ages: dict[UUID, float],
) -> None:
    (new,) = queue(outbox, clock, 1)
    ages[new.id] = 0.2
    registry.lost_answers.append(Unreachable("ReadError"))
    with pytest.raises(LineFailed):
        pusher.push_once()
    clock.turn(3)
    pusher.push_once()
    assert [one.deliveries[0].acted_now for one in registry.pushed] == [True, False]


def test_a_persons_two_operations_go_in_order_in_one_batch(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    registry.add(person(1))
    for kind in (OperationKind.REGISTER, OperationKind.RESET):
        outbox.record(new_operation(person(1), kind, made_at=clock.now_ms()))
    assert [one.outcome for one in pusher.push_once().settled] == [Outcome.ACCEPTED] * 2


@pytest.mark.usefixtures("expected_stumbles")
def test_what_nobody_foresaw_sets_one_row_aside(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock, store: Engine
) -> None:
    news = queue(outbox, clock, 9)
    odd = news[4]

    def stumble(operation: str) -> bool:
        if operation == odd.id.hex:
            raise ZeroDivisionError
        return False

    registry.unreadable = stumble
    assert len(pusher.push_once().settled) == 8
    assert outbox.counts() == OutboxCounts(1, 1)
    with store.connect() as connection:
        row = connection.execute(text("SELECT id, parked_reason FROM outbox")).one()
    assert tuple(row) == (odd.id.bytes, "internal")


@pytest.mark.usefixtures("expected_stumbles")
def test_a_program_that_fails_at_everything_blames_no_row(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 3)

    def stumble(_operation: str) -> bool:
        raise ZeroDivisionError

    registry.unreadable = stumble
    for _ in range(12):
        with pytest.raises(LineFailed, match="internal"):
            pusher.push_once()
        clock.turn(400)
    assert outbox.counts() == OutboxCounts(3, 0)


@pytest.mark.usefixtures("expected_stumbles")
def test_an_odd_row_alone_in_the_queue_is_set_aside_after_some_tries(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    queue(outbox, clock, 1)

    def stumble(_operation: str) -> bool:
        raise ZeroDivisionError

    registry.unreadable = stumble
    for _ in range(7):
        with pytest.raises(LineFailed):
            pusher.push_once()
        clock.turn(400)
    assert pusher.push_once().settled == ()
    assert outbox.counts() == OutboxCounts(1, 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_row_that_the_disk_has_changed_is_never_sent(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock, store: Engine
) -> None:
    changed, whole = queue(outbox, clock, 2)
    with store.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET body = :body WHERE id = :id"),
            {"body": changed.body + b" ", "id": changed.id.bytes},
        )
    assert [one.id for one in pusher.push_once().settled] == [whole.id]
    assert [one.operation.id for one in registry.pushed[0].deliveries] == [whole.id.hex]
    with store.connect() as connection:
        assert connection.execute(text("SELECT parked_reason FROM outbox")).scalar() == "damaged"


class Meeting:
    """A registry that answers no full batch before another one is there too, for the first two."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.both = threading.Barrier(2, timeout=30)
        self.failing: set[int] = set()
        self.count = count()
        self.met: list[PushRequest] = []

    def push(self, request: PushRequest) -> PushResponse:
        number = next(self.count)
        if number < 2:
            self.met.append(request)
            self.both.wait()
            if number in self.failing:
                raise Unreachable("ReadTimeout")
        return self.registry.push(request)


@pytest.fixture
def meeting(registry: FakeRegistry) -> Meeting:
    return Meeting(registry)


@pytest.fixture
def pipelined(outbox: Outbox, meeting: Meeting, clock: FakeClock) -> Pusher:
    return Pusher(outbox, meeting, DEVICE, clock, lambda _: None, Pacer(Random(1)))  # type: ignore[arg-type]


def cards_in(request: PushRequest) -> list[str]:
    bodies = (msgspec.json.decode(opened(one.operation)) for one in request.deliveries)
    return [body["identifier"] for body in bodies]


def test_while_one_full_batch_is_decided_another_peoples_is_on_its_way(
    pipelined: Pusher, outbox: Outbox, meeting: Meeting, clock: FakeClock
) -> None:
    for kind in (OperationKind.REGISTER, OperationKind.RESET):
        for number in range(1, 151):
            outbox.record(new_operation(person(number), kind, made_at=clock.now_ms()))
    assert len(pipelined.push_once().settled) == 100
    first, second = (cards_in(request) for request in meeting.met)
    assert (len(first), len(second)) == (100, 100)
    assert not set(first) & set(second)
    while pipelined.push_once().tried:
        pass
    assert outbox.counts() == OutboxCounts(0, 0)
    kinds: dict[str, list[str]] = {}
    for request in meeting.registry.pushed:
        for card, one in zip(cards_in(request), request.deliveries, strict=True):
            kinds.setdefault(card, []).append(one.operation.kind)
    assert list(kinds.values()) == [["register", "reset"]] * 150


@pytest.mark.parametrize("failing", [{0}, {1}, {0, 1}])
def test_of_two_on_the_way_what_was_answered_is_settled_and_the_rest_comes_back(
    failing: set[int], pipelined: Pusher, outbox: Outbox, meeting: Meeting, clock: FakeClock
) -> None:
    queue(outbox, clock, 250)
    meeting.failing = failing
    settled: list[UUID] = []
    failures = 0
    for _ in range(20):
        try:
            done = pipelined.push_once()
        except LineFailed as failure:
            failures += 1
            settled += [one.id for one in failure.settled]
            clock.turn(400)
            continue
        settled += [one.id for one in done.settled]
        if not done.tried:
            break
    # Both fail in one round: the line is waited for once.
    assert failures == 1
    assert len(settled) == len(set(settled)) == 250
    assert outbox.counts() == OutboxCounts(0, 0)


def test_what_is_on_the_way_when_the_program_ends_is_settled(
    pusher: Pusher, outbox: Outbox, clock: FakeClock
) -> None:
    queue(outbox, clock, 350)
    assert len(pusher.push_once().settled) == 100
    pusher.close()
    # Of those claimed ahead, nothing is lost and nothing is sent for nothing.
    assert outbox.counts() == OutboxCounts(50, 0)


class Stumbling:
    """A registry that fails itself at some operations, or at as many requests as it is told."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.at: set[str] = set()
        self.requests = 0

    def push(self, request: PushRequest) -> PushResponse:
        asked = {one.operation.id for one in request.deliveries}
        if self.requests or asked & self.at:
            self.requests = max(0, self.requests - 1)
            raise RegistryStumbled("HTTP 500")
        return self.registry.push(request)


@pytest.fixture
def stumbling(registry: FakeRegistry) -> Stumbling:
    return Stumbling(registry)


@pytest.fixture
def beside_it(outbox: Outbox, stumbling: Stumbling, clock: FakeClock) -> Pusher:
    return Pusher(outbox, stumbling, DEVICE, clock, lambda _: None, Pacer(Random(1)))  # type: ignore[arg-type]


def test_a_registry_that_fails_at_the_first_of_a_person_gets_none_of_the_later(
    beside_it: Pusher,
    outbox: Outbox,
    registry: FakeRegistry,
    stumbling: Stumbling,
    clock: FakeClock,
) -> None:
    who, other = person(1), person(2)
    registry.add(who)
    registry.add(other)
    first, second = new_operation(who), new_operation(who, OperationKind.RESET)
    for new in (first, second, new_operation(other)):
        outbox.record(new)
    stumbling.at = {first.id.hex}
    assert len(beside_it.push_once().settled) == 1
    assert outbox.counts() == OutboxCounts(2, 0)
    stumbling.at = set()
    clock.turn(61)
    done = beside_it.push_once()
    assert [(one.id, one.outcome) for one in done.settled] == [
        (first.id, Outcome.ACCEPTED),
        (second.id, Outcome.ACCEPTED),
    ]


@pytest.mark.usefixtures("expected_stumbles")
def test_one_that_waited_behind_another_is_not_held_when_that_is_parked(
    beside_it: Pusher,
    outbox: Outbox,
    registry: FakeRegistry,
    stumbling: Stumbling,
    clock: FakeClock,
) -> None:
    who = person(1, origin=Origin.PORTAL)
    registry.add(who)
    first, second = new_operation(who), new_operation(who, OperationKind.RESET)
    outbox.record(first)
    outbox.record(second)
    stumbling.at = {first.id.hex}
    for number in range(10, 30):
        outbox.record(new_operation(person(number)))
        beside_it.push_once()
        clock.turn(61)
    assert outbox.counts() == OutboxCounts(1, 1)
    assert registry.effects == [second.id.hex]


def test_a_registry_that_comes_back_in_the_middle_of_a_round_parks_nobody(
    beside_it: Pusher, outbox: Outbox, stumbling: Stumbling, clock: FakeClock
) -> None:
    queue(outbox, clock, 8)
    for _ in range(12):
        stumbling.requests = 10**6
        with pytest.raises(LineFailed, match="HTTP 500"):
            beside_it.push_once()
        clock.turn(400)
    stumbling.requests = 5
    assert len(beside_it.push_once().settled) == 8
    assert outbox.counts() == OutboxCounts(0, 0)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("is_well", [True, False])
def test_one_alone_at_which_the_registry_fails_gets_a_way_out_where_all_else_goes_well(
    beside_it: Pusher, outbox: Outbox, stumbling: Stumbling, clock: FakeClock, is_well: bool
) -> None:
    (odd,) = queue(outbox, clock, 1)
    stumbling.at = {odd.id.hex}
    failures = 0
    for _ in range(30):
        if is_well:
            beside_it.heard_elsewhere()
        try:
            if not beside_it.push_once().tried:
                break
        except LineFailed as failure:
            failures += not failure.is_of_line
        clock.turn(400)
    assert failures == (MOST_STUMBLES - 1 if is_well else 30)
    assert outbox.counts() == OutboxCounts(1, 1 if is_well else 0)


def test_what_was_answered_before_the_line_failed_is_told(
    pusher: Pusher, outbox: Outbox, registry: FakeRegistry, clock: FakeClock
) -> None:
    first, second = queue(outbox, clock, 2)
    calls: list[int] = []

    def before() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Unreachable("ReadError")

    registry.before_push = before
    registry.unreadable = lambda _: len(calls) == 1
    with pytest.raises(LineFailed) as failed:
        pusher.push_once()
    assert [one.id for one in failed.value.settled] == [first.id]
    assert failed.value.is_of_line
    assert outbox.counts() == OutboxCounts(1, 0)
    assert second.id in failed.value.tried


NOT_TEXT = "CAST(x'E16263' AS TEXT)"
# What is not said to the registry may be changed by the disk without harm to what is.
SAID = ["id", "kind", "receipt", "acted_sequence", "seen", "made_at", "body", "replaces", "digest"]
UNSAID = [
    *("subject", "label", "made_by", "attempts", "not_before", "claimed_until", "last_error"),
    "handed_at",
]


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("odd", [NOT_TEXT, "x''", "4611686018427387904"])
@pytest.mark.parametrize("column", [*SAID, *UNSAID])
def test_whatever_the_disk_makes_of_a_column_every_other_row_is_delivered(
    column: str,
    odd: str,
    pusher: Pusher,
    outbox: Outbox,
    registry: FakeRegistry,
    clock: FakeClock,
    store: Engine,
) -> None:
    before, changed, after = queue(outbox, clock, 3)
    with store.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET {column} = {odd} WHERE sequence = 2"))
    settled = [one.id for one in pusher.push_once().settled]
    delivered = [one.operation.id for one in registry.pushed[0].deliveries]
    if column in SAID:
        assert settled == [before.id, after.id]
        assert outbox.counts() == OutboxCounts(1, 1)
        with store.connect() as connection:
            reason = connection.execute(text("SELECT parked_reason FROM outbox")).scalar()
        assert reason == "damaged"
        assert not pusher.push_once().tried
    else:
        assert settled == [before.id, changed.id, after.id]
        assert outbox.counts() == OutboxCounts(0, 0)
    assert delivered == [one.hex for one in settled]


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize(
    ("column", "odd"),
    [
        *product(("kind", "receipt", "seen"), (NOT_TEXT, "x'616263'")),
        *product(("made_at",), (NOT_TEXT, "7.5", "'abc'")),
        *product(("body",), (NOT_TEXT, "7.5", "'abc'")),
    ],
)
def test_a_row_of_an_older_program_is_sent_only_while_it_can_be_read(
    column: str, odd: str, pusher: Pusher, outbox: Outbox, clock: FakeClock, store: Engine
) -> None:
    queue(outbox, clock, 1)
    with store.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET digest = NULL, {column} = {odd}"))
    assert pusher.push_once().settled == ()
    assert outbox.counts() == OutboxCounts(1, 1)


def test_a_pooled_connection_reads_as_before_afterwards(
    pusher: Pusher, outbox: Outbox, clock: FakeClock, store: Engine
) -> None:
    queue(outbox, clock, 1)
    pusher.push_once()
    with store.connect() as connection:
        assert driver_of(connection).text_factory is str
