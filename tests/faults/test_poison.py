"""Nobody waits for an operation that cannot be read, nor for a thousand that are refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, log2
from pathlib import Path
from random import Random

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.people import Person
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Recorded
from kiosk.sync.policies import Pacer
from kiosk.sync.pushes import Pusher
from kiosk.sync.registries import LineFailed, NotUnderstood, Registry, RegistryStumbled
from kiosk.wire.messages import (
    MAX_BATCH,
    Answer,
    PushRequest,
    PushResponse,
)
from tests.factories import credential_of, new_operation, operation_id, person
from tests.fakes import FakeClock, FakeRegistry
from tests.faults.lines import Line, RegistryCore
from tests.faults.services import fill
from tests.seals import sealed

DEVICE = "K7Q2MT"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("vaga-lume azul")
FOREIGN_HASH = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("vaga-lume azul")


@dataclass
class Mill(FakeRegistry):
    """Answers in no time: by the body for one, by a list for the refused, else yes."""

    refused: frozenset[str] = frozenset()
    poison: frozenset[str] = frozenset()
    stumbles_at: frozenset[str] = frozenset()
    stumbles_always: bool = False
    requests: int = field(default=0)

    def push(self, request: PushRequest) -> PushResponse:
        self.requests += 1
        asked = [one.operation.id for one in request.deliveries]
        if not self.poison.isdisjoint(asked):
            raise NotUnderstood(422)
        if self.stumbles_always or not self.stumbles_at.isdisjoint(asked):
            raise RegistryStumbled("HTTP 500")
        return PushResponse(answers=[self._word_on(one) for one in asked])

    def _word_on(self, operation: str) -> Answer:
        is_refused = operation in self.refused
        return Answer(
            id=operation,
            outcome=Outcome.REJECTED if is_refused else Outcome.ACCEPTED,
            reason=Reason.IDENTITY_MISMATCH if is_refused else None,
            decided_at=1_700_000_000_000,
        )


@dataclass(frozen=True)
class Rounds:
    """When each operation, by its place in the queue, was answered, and how."""

    count: int
    of_place: dict[int, int]
    outcomes: dict[int, Outcome]


def operation_of(who: Person, password_hash: str = HASH) -> NewOperation:
    operation = operation_id()
    body = sealed(credential_of(who, password_hash), operation.hex, device=DEVICE)
    return new_operation(who, OperationKind.REGISTER, id=operation, body=body)


@pytest.fixture
def deliver(memory_folder: Path) -> Callable[[Sequence[NewOperation], Registry], Rounds]:
    """Queue operations, deliver round by round, and see that only the poison is left, parked."""

    def run(queued: Sequence[NewOperation], registry: Registry) -> Rounds:
        store = open_store(memory_folder)
        outbox = Outbox(store, DEVICE)
        for new in queued:
            assert isinstance(outbox.record(new), Recorded)
        place_of = {new.id: place for place, new in enumerate(queued)}
        pusher = Pusher(outbox, registry, DEVICE, FakeClock(), lambda _id: None, Pacer(Random(1)))
        of_place: dict[int, int] = {}
        outcomes: dict[int, Outcome] = {}
        rounds = 0
        while (done := pusher.push_once()).tried:
            for one in done.settled:
                of_place[place_of[one.id]] = rounds
                outcomes[place_of[one.id]] = one.outcome
            rounds += 1
        left = queue(store)
        store.dispose()
        assert left == [ParkedReason.NOT_UNDERSTOOD]
        return Rounds(rounds, of_place, outcomes)

    return run


def judge(rounds: Rounds, queued: int, refused: int, requests: int) -> None:
    """The poison stands first, the refused behind it, then the good."""
    assert rounds.count == ceil(queued / MAX_BATCH)
    assert rounds.of_place == {place: place // MAX_BATCH for place in range(1, queued)}
    assert [rounds.outcomes[place] for place in range(1, queued)] == [
        Outcome.REJECTED if place <= refused else Outcome.ACCEPTED for place in range(1, queued)
    ]
    # Beside one request a round, only the halving of the one batch with the poison in it.
    assert requests - rounds.count <= 2 * ceil(log2(MAX_BATCH))


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize(
    ("refused", "good"), [(250, 1_250), pytest.param(1_000, 10_000, marks=pytest.mark.soak)]
)
def test_thousands_wait_for_nobody(
    deliver: Callable[[Sequence[NewOperation], Registry], Rounds], refused: int, good: int
) -> None:
    queued = [operation_of(person(number)) for number in range(1, 2 + refused + good)]
    mill = Mill(
        poison=frozenset({queued[0].id.hex}),
        refused=frozenset(one.id.hex for one in queued[1 : 1 + refused]),
    )
    rounds = deliver(queued, mill)
    judge(rounds, len(queued), refused, mill.requests)


@pytest.mark.usefixtures("expected_stumbles")
def test_the_real_registry_makes_nobody_wait_either(
    deliver: Callable[[Sequence[NewOperation], Registry], Rounds], registry_engine: Engine
) -> None:
    refused, good = 150, 500
    members = [person(number) for number in range(1, 1 + good)]
    strangers = [person(1 + good + number) for number in range(refused)]
    fill(registry_engine, *members)
    # A hash of other parameters than the registry's is nothing it can take.
    poison = operation_of(person(9_999), FOREIGN_HASH)
    hashes = PasswordHashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    line = Line(RegistryCore(registry_engine, hashes, lambda: 1_700_000_000_000))
    queued = [poison, *map(operation_of, strangers), *map(operation_of, members)]
    rounds = deliver(queued, line)
    judge(rounds, len(queued), refused, line.requests)


@pytest.mark.usefixtures("expected_stumbles")
def test_nobody_waits_for_what_the_registry_itself_fails_at(memory_folder: Path) -> None:
    queued = [operation_of(person(number)) for number in range(1, 302)]
    mill = Mill(stumbles_at=frozenset({queued[0].id.hex}))
    store = open_store(memory_folder)
    outbox = Outbox(store, DEVICE)
    for new in queued:
        outbox.record(new)
    clock = FakeClock()
    pusher = Pusher(outbox, mill, DEVICE, clock, lambda _id: None, Pacer(Random(1)))
    settled = [len(pusher.push_once().settled) for _ in range(4)]
    assert settled == [99, 100, 100, 1]
    # It is tried again alone, which blames the registry; while others get through, it is parked.
    for number in range(400, 420):
        clock.turn(301)
        outbox.record(operation_of(person(number)))
        pusher.push_once()
    (row,) = queue(store)
    assert row == ParkedReason.REGISTRY_FAILED
    store.dispose()


@pytest.mark.parametrize("waiting", [1, 3])
def test_nobody_is_to_blame_where_the_registry_fails_at_everything(
    memory_folder: Path, waiting: int
) -> None:
    store = open_store(memory_folder)
    outbox = Outbox(store, DEVICE)
    for number in range(1, 1 + waiting):
        outbox.record(operation_of(person(number)))
    clock = FakeClock()
    mill = Mill(stumbles_always=True)
    pusher = Pusher(outbox, mill, DEVICE, clock, lambda _id: None, Pacer(Random(1)))
    for _ in range(20):
        with pytest.raises(LineFailed, match="HTTP 500"):
            pusher.push_once()
        clock.turn(301)
    assert queue(store) == [None] * waiting
    mill.stumbles_always = False
    assert len(pusher.push_once().settled) == waiting
    store.dispose()


def queue(store: Engine) -> list[str | None]:
    """Return why each row in the queue is parked, or None where it is not."""
    with store.begin() as connection:
        return list(connection.exec_driver_sql("SELECT parked_reason FROM outbox").scalars())
