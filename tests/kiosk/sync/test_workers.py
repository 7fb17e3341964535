import threading
from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol

import pytest
from sqlalchemy import Engine, text

from kiosk.clocks import SystemClock, monotonic_ms
from kiosk.domain.operations import Outcome
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, OutboxCounts
from kiosk.store.rounds import LEASE_MS
from kiosk.sync.registries import CursorGone, Unreachable
from kiosk.sync.workers import LineState, SyncWorker
from kiosk.wire.messages import (
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    SnapshotPieceRequest,
)
from tests.factories import new_operation, person
from tests.fakes import FakeRegistry
from tests.seals import DEVICE

PATIENCE = 60.0
NEVER = threading.Event()


class Once(Random):
    """Chance that makes every pause as long as it may be."""

    def random(self) -> float:
        return 0.999


class Starter(Protocol):
    def __call__(
        self, registry: FakeRegistry, stumbled: Callable[[Exception, bool], None] = ...
    ) -> SyncWorker: ...


@pytest.fixture
def start(outbox: Outbox, copy: AccountCopy) -> Iterator[Starter]:
    started: list[SyncWorker] = []

    def begin(
        registry: FakeRegistry, stumbled: Callable[[Exception, bool], None] = lambda *_: None
    ) -> SyncWorker:
        worker = SyncWorker(
            outbox,
            copy,
            registry,
            device=DEVICE,
            clock=SystemClock(),
            pull_interval_seconds=3600,
            random=Once(),
            stumbled=stumbled,
        )
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(PATIENCE)


class Told:
    """Waits until the worker has said something that fits."""

    def __init__(self, worker: SyncWorker) -> None:
        self._worker = worker
        self._changed = threading.Condition()
        worker.watch(self._note)

    def _note(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, fits: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(fits, PATIENCE)


def act(worker: SyncWorker, outbox: Outbox, new: NewOperation) -> None:
    worker.deliveries.expect(new.id)
    outbox.record(new)
    worker.hurry(new.id)


def test_whoever_waits_hears_the_answer(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    registry.add(person())
    worker = start(registry)
    worker.start()
    new = new_operation(person())
    act(worker, outbox, new)
    settlement = worker.deliveries.wait(new.id, PATIENCE, NEVER)
    assert settlement is not None
    assert settlement.outcome is Outcome.ACCEPTED
    assert registry.pushed[0].deliveries[0].acted_now


def test_before_the_first_exchange_nothing_is_known(start: Starter, registry: FakeRegistry) -> None:
    assert start(registry).line() == LineState()


def test_a_lost_line_is_told_and_whoever_waits_is_not_kept(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    registry.failures.extend(Unreachable("ConnectError") for _ in range(50))
    worker = start(registry)
    worker.start()
    new = new_operation(person())
    act(worker, outbox, new)
    assert worker.deliveries.wait(new.id, PATIENCE, NEVER) is None
    line = worker.line()
    assert line.is_online is False
    assert line.offline_since_ms is not None
    assert line.cause == "ConnectError"
    assert outbox.counts() == OutboxCounts(1, 0)


def test_a_backlog_is_tried_again_by_itself(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    outbox.record(new_operation(person()))
    registry.failures.append(Unreachable("ConnectError"))
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: outbox.counts().waiting == 0)


def test_an_operation_behind_a_dead_programs_lease_is_tried_when_it_heals(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    outbox.record(new_operation(person()))
    outbox.claim(monotonic_ms(SystemClock()) - LEASE_MS + 300, limit=1, max_bytes=9**9)
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: outbox.counts().waiting == 0)


def test_one_success_ends_the_offline_state_and_frees_the_backlog(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    registry.failures.extend([Unreachable("ConnectError")] * 2)
    worker = start(registry)
    told = Told(worker)
    outbox.record(new_operation(person(1)))
    worker.start()
    told.until(lambda: not registry.failures)
    act(worker, outbox, new_operation(person(2)))
    told.until(lambda: outbox.counts().waiting == 0)
    assert worker.line() == LineState(is_online=True)


def test_push_goes_on_where_pull_fails(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    class NoPull(FakeRegistry):
        def pull(self, request: PullRequest) -> PullResponse:
            raise Unreachable("HTTP 500")

    worker = start(NoPull())
    worker.start()
    new = new_operation(person())
    act(worker, outbox, new)
    assert worker.deliveries.wait(new.id, PATIENCE, NEVER) is not None


def test_pull_goes_on_where_push_fails(
    start: Starter, outbox: Outbox, copy: AccountCopy, registry: FakeRegistry
) -> None:
    class NoPush(FakeRegistry):
        def push(self, request: object) -> object:  # type: ignore[override]
            raise Unreachable("HTTP 500")

    registry = NoPush()
    registry.add(person())
    outbox.record(new_operation(person()))
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: copy.size() == 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_no_exception_ends_the_loop(
    start: Starter, outbox: Outbox, store: Engine, registry: FakeRegistry
) -> None:
    registry.failures.extend([RuntimeError("bug"), RuntimeError("bug")])
    worker = start(registry)
    told = Told(worker)
    outbox.record(new_operation(person(1)))
    worker.start()
    told.until(lambda: not registry.failures)
    with store.begin() as connection:
        connection.execute(text("UPDATE outbox SET claimed_until = NULL"))
    worker.hurry()
    told.until(lambda: outbox.counts().waiting == 0)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("is_pull", [False, True])
def test_what_the_loop_survives_is_handed_on(
    is_pull: bool,
    start: Starter,
    outbox: Outbox,
    registry: FakeRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failure = RuntimeError("bug")
    failures = [] if is_pull else [failure]
    # With nothing to push only a pull asks the registry.
    registry.failures.extend([failure] if is_pull else [])

    def claim(*_: object, **__: object) -> list[object]:
        if failures:
            raise failures.pop()
        return []

    monkeypatch.setattr(outbox, "claim", claim)
    stumbles: list[tuple[Exception, bool]] = []
    worker = start(registry, lambda *told: stumbles.append(told))
    told = Told(worker)
    worker.start()
    told.until(lambda: bool(stumbles))
    worker.stop(PATIENCE)
    assert stumbles == [(failure, is_pull)]


@pytest.mark.usefixtures("expected_stumbles")
def test_a_watcher_that_stumbles_ends_nothing(
    start: Starter, outbox: Outbox, registry: FakeRegistry
) -> None:
    def stumble() -> None:
        raise RuntimeError

    worker = start(registry)
    worker.watch(stumble)
    told = Told(worker)
    worker.start()
    told.until(lambda: worker.line().is_online is True)
    outbox.record(new_operation(person()))
    worker.hurry()
    told.until(lambda: outbox.counts().waiting == 0)


def test_try_now_pulls_at_once(start: Starter, registry: FakeRegistry) -> None:
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: registry.pulls == 1)
    worker.hurry()
    told.until(lambda: registry.pulls == 2)


def test_many_people_wait_at_once(start: Starter, outbox: Outbox, registry: FakeRegistry) -> None:
    worker = start(registry)
    worker.start()
    news = [new_operation(person(number)) for number in range(8)]
    heard: list[object] = []

    def one(new: NewOperation) -> None:
        act(worker, outbox, new)
        heard.append(worker.deliveries.wait(new.id, PATIENCE, NEVER))

    threads = [threading.Thread(target=one, args=(new,)) for new in news]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(heard) == 8
    assert None not in heard


def test_stopping_before_starting_is_allowed(start: Starter, registry: FakeRegistry) -> None:
    start(registry).stop(PATIENCE)


def test_deliveries_go_between_the_pieces_of_a_snapshot(
    start: Starter, outbox: Outbox, copy: AccountCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.snapshots._FIRST_PIECE_BYTES", 500)
    monkeypatch.setattr("kiosk.sync.snapshots.MAX_PIECE_BYTES", 500)
    happened: list[str] = []

    class Busy(FakeRegistry):
        """Somebody acts during every piece."""

        def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
            happened.append("piece")
            act(worker, outbox, new_operation(person(len(happened) + 1000)))
            return super().snapshot_piece(request)

        def push(self, request: PushRequest) -> PushResponse:
            happened.append("push")
            return super().push(request)

    registry = Busy()
    for number in range(60):
        registry.add(person(number))
    registry.failures.append(CursorGone())
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: copy.size() == 60 and outbox.counts().waiting == 0)
    assert happened == ["piece", "push"] * (len(happened) // 2)
    assert len(happened) > 10


def test_loading_says_nothing_of_the_line(
    start: Starter, outbox: Outbox, copy: AccountCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.snapshots.LOADING_SECONDS", 0.0)
    monkeypatch.setattr("kiosk.store.copy_loads._BLOCK_BYTES", 100)
    pushes: list[bool | None] = []

    class LostAfterTheLastPiece(FakeRegistry):
        def push(self, request: PushRequest) -> PushResponse:
            pushes.append(worker.line().is_online)
            raise Unreachable("ConnectError")

        def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
            act(worker, outbox, new_operation(person(1)))
            return super().snapshot_piece(request)

        def pull(self, request: PullRequest) -> PullResponse:
            if request.after is not None:
                raise Unreachable("ConnectError")
            raise CursorGone

    registry = LostAfterTheLastPiece()
    for number in range(60):
        registry.add(person(number))
    worker = start(registry)
    told = Told(worker)
    worker.start()
    told.until(lambda: copy.cursor() is not None and worker.line().is_online is False)
    # A push to a line that is known to be down waits out its pause, however much is loaded.
    assert len(pushes) < 4
