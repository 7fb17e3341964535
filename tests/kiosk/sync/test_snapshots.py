import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import Outcome, Reason
from kiosk.store.account_copies import FILE_NAME, AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from kiosk.sync import snapshots
from kiosk.sync.policies import CAP_SECONDS, Pacer
from kiosk.sync.pulls import Puller, PullRound
from kiosk.sync.pushes import Pusher
from kiosk.sync.registries import CursorGone, LineFailed, NotAuthorised, Unreachable
from kiosk.wire.messages import SnapshotPieceRequest, SnapshotResponse
from tests.factories import new_operation, person
from tests.fakes import FakeClock, FakeRegistry
from tests.log_lines import lines_of

PEOPLE = 120
DEVICE = "AAAAAA"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "_FIRST_PIECE_BYTES", 1000)
    monkeypatch.setattr(snapshots, "_LEAST_PIECE_BYTES", 100)
    monkeypatch.setattr(snapshots, "MAX_PIECE_BYTES", 1000)


class Program:
    """The listening half of a device, which can be ended and started again."""

    def __init__(self, folder: Path, outbox: Outbox, registry: FakeRegistry) -> None:
        self._folder = folder
        self._outbox = outbox
        self._registry = registry
        self._begin()

    def _begin(self) -> None:
        self.copy = AccountCopy(self._folder)
        self.puller = Puller(
            self.copy, self._outbox, self._registry, DEVICE, FakeClock(), Pacer(Random(1))
        )

    def end(self) -> None:
        self.puller.close()
        self.copy.close()

    def restart(self) -> None:
        self.end()
        self._begin()

    def until(self, fits: Callable[[PullRound], bool]) -> list[PullRound]:
        """Go on until a round fits; a failure of the line is a round like any other."""
        rounds: list[PullRound] = []
        for _ in range(500):
            try:
                rounds.append(self.puller.pull_once())
            except LineFailed as failure:
                rounds.append(PullRound(True, heard=False, pause_seconds=failure.pause_seconds))
            if fits(rounds[-1]):
                return rounds
        raise AssertionError("it never ended")

    def catch_up(self) -> list[PullRound]:
        return self.until(lambda done: not done.has_more)


@pytest.fixture
def program(tmp_path: Path, outbox: Outbox, registry: FakeRegistry) -> Iterator[Program]:
    (tmp_path / "own").mkdir()
    program = Program(tmp_path / "own", outbox, registry)
    for number in range(3):
        registry.add(person(number))
    program.catch_up()
    for number in range(3, PEOPLE):
        registry.add(person(number))
    registry.forget_cursors()
    yield program
    program.end()


def left_over(folder: Path) -> list[str]:
    return [path.name for path in (folder / "own").iterdir() if "-wal" not in path.name]


def assert_replaced(program: Program, folder: Path) -> None:
    assert (program.copy.cursor(), program.copy.size()) == (f"2:{PEOPLE}", PEOPLE)
    assert sorted(left_over(folder)) == [FILE_NAME, f"{FILE_NAME}-shm"]


def test_a_cursor_that_is_gone_leads_to_a_snapshot(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    seen = []
    while program.copy.cursor() != f"2:{PEOPLE}":
        seen.append((program.copy.cursor(), program.copy.size()))
        program.puller.pull_once()
    assert set(seen) == {("1:3", 3)}
    size = len(next(iter(registry.snapshots.values())))
    assert len(registry.pieces) == -(-size // 1000)
    assert [offset for offset, _ in registry.pieces] == list(range(0, size, 1000))
    program.catch_up()
    assert_replaced(program, tmp_path)


def test_a_device_that_has_nothing_yet_takes_one_too(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    program.end()
    shutil.rmtree(tmp_path / "own")
    (tmp_path / "own").mkdir()
    program.restart()

    registry.failures.append(CursorGone())
    program.catch_up()
    assert_replaced(program, tmp_path)


def test_one_that_is_being_made_is_waited_for_while_the_line_is_up(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.unready = 3
    rounds = program.catch_up()
    waited = [one for one in rounds if one.pause_seconds]
    assert [one.pause_seconds for one in waited] == [snapshots.NOT_READY_SECONDS] * 3
    assert all(one.heard for one in waited)
    assert_replaced(program, tmp_path)


@pytest.mark.parametrize("failure", [Unreachable("ReadTimeout"), NotAuthorised()])
def test_a_line_cut_at_every_exchange_costs_that_exchange_alone(
    program: Program, registry: FakeRegistry, tmp_path: Path, failure: Exception
) -> None:
    class CutEveryOther(FakeRegistry):
        calls = 0

        def _fail(self, asks: str | None = None) -> None:
            self.calls += 1
            if self.calls % 2:
                raise failure

    registry.__class__ = CutEveryOther
    rounds = program.catch_up()
    assert sum(not one.heard and one.pause_seconds > 0 for one in rounds) > 5
    assert_replaced(program, tmp_path)
    whole = len(next(iter(registry.snapshots.values())))
    assert sum(length for _, length in registry.pieces) == whole


def test_on_a_slow_line_pieces_become_small(program: Program, registry: FakeRegistry) -> None:
    class Slow(FakeRegistry):
        def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
            if request.length > 200:
                self.pieces.append((request.offset, request.length))
                raise Unreachable("ReadTimeout")
            return super().snapshot_piece(request)

    registry.__class__ = Slow
    program.catch_up()
    assert min(length for _, length in registry.pieces) >= 100
    assert program.copy.size() == PEOPLE


def test_a_program_that_ends_at_any_step_goes_on_there(
    program: Program, registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LOADING_SECONDS", 0.0)
    monkeypatch.setattr("kiosk.store.copy_loads._BLOCK_BYTES", 2000)
    steps = 0
    while program.copy.cursor() != f"2:{PEOPLE}":
        # Each run of the program gets one step further than the one before.
        for _ in range(steps + 1):
            program.puller.pull_once()
        steps += 1
        program.restart()
        assert (program.copy.cursor(), program.copy.size()) in (
            ("1:3", 3),
            (f"2:{PEOPLE}", PEOPLE),
        )
        assert steps < 100
    program.catch_up()
    assert_replaced(program, tmp_path)
    whole = len(next(iter(registry.snapshots.values())))
    assert sum(length for _, length in registry.pieces) == whole


@pytest.mark.parametrize(
    "odd",
    [{"sha256": "0" * 64}, {"count": 1}, {"size": 100}, {"size": 10**6}, {"id": "../x"}],
)
@pytest.mark.usefixtures("expected_stumbles")
def test_one_that_is_not_what_was_said_is_asked_for_again(
    program: Program, registry: FakeRegistry, tmp_path: Path, odd: dict[str, object]
) -> None:
    said: list[SnapshotResponse] = []

    def twice(response: SnapshotResponse) -> SnapshotResponse:
        said.append(response)
        return msgspec.structs.replace(response, **odd) if len(said) < 3 else response

    registry.misstate = twice
    program.until(lambda done: len(said) == 2)
    assert (program.copy.cursor(), program.copy.size()) == ("1:3", 3)
    program.catch_up()
    assert len(said) == 3
    assert_replaced(program, tmp_path)


@pytest.mark.usefixtures("expected_stumbles")
def test_doubts_grow(program: Program, registry: FakeRegistry) -> None:
    registry.misstate = lambda response: msgspec.structs.replace(response, sha256="0" * 64)
    pauses: list[float] = []
    while len(pauses) < 12:
        done = program.puller.pull_once()
        if done.pause_seconds:
            assert done.has_more
            pauses.append(done.pause_seconds)
    assert max(pauses) > 20
    assert program.copy.size() == 3


@pytest.mark.usefixtures("expected_stumbles")
def test_one_that_is_gone_is_begun_anew(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    program.until(lambda done: len(registry.pieces) == 3)
    registry.snapshots.clear()
    rounds = program.catch_up()
    assert sum(one.pause_seconds > 0 for one in rounds) == 1
    assert_replaced(program, tmp_path)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("pieces", [0, 3])
def test_one_whose_file_has_vanished_is_begun_anew(
    program: Program, registry: FakeRegistry, tmp_path: Path, pieces: int
) -> None:
    program.until(lambda done: any((tmp_path / "own").glob("snapshot-*.json")))
    program.until(lambda done: len(registry.pieces) >= pieces)
    for part in (tmp_path / "own").glob("snapshot-*.part"):
        part.unlink()
    program.catch_up()
    assert_replaced(program, tmp_path)


def test_one_that_the_disk_had_no_room_to_begin_is_begun_anew(
    program: Program, registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("kiosk.store.snapshot_parts.create_private", full)
        with pytest.raises(OSError, match="space"):
            program.catch_up()
    program.catch_up()
    assert_replaced(program, tmp_path)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_registry_that_forgets_its_own_snapshots_cursor_is_left_alone(
    program: Program, registry: FakeRegistry
) -> None:
    class Forgetful(FakeRegistry):
        def snapshot(self, request: object) -> SnapshotResponse:
            response = super().snapshot(request)  # type: ignore[arg-type]
            self.forget_cursors()
            return response

    registry.__class__ = Forgetful
    pauses: list[float] = []
    while len(pauses) < 12:
        done = program.puller.pull_once()
        if done.pause_seconds:
            pauses.append(done.pause_seconds)
    assert max(pauses) > 20
    registry.__class__ = FakeRegistry
    program.catch_up()
    assert program.copy.size() == PEOPLE


@pytest.mark.usefixtures("expected_stumbles")
def test_a_piece_of_another_length_is_not_taken(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    class Short(FakeRegistry):
        def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
            return super().snapshot_piece(request)[:-1]

    registry.__class__ = Short
    rounds = program.until(lambda done: done.pause_seconds > 0)
    assert rounds[-1].heard
    registry.__class__ = FakeRegistry
    program.catch_up()
    assert_replaced(program, tmp_path)


@pytest.mark.usefixtures("expected_stumbles")
def test_where_there_is_no_room_nothing_is_begun(
    program: Program, registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("kiosk.store.snapshot_parts.free_bytes_of", lambda _: 10**6)
        rounds = program.until(lambda done: done.pause_seconds > 0)
    assert rounds[-1].pause_seconds == CAP_SECONDS
    assert registry.pieces == []
    program.catch_up()
    assert_replaced(program, tmp_path)


def test_a_disk_that_fails_while_loading_costs_the_loading_alone(
    program: Program, registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.until(lambda done: not done.heard)
    asked = len(registry.pieces)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="space"):
            program.until(lambda done: not done.has_more)
    assert (program.copy.cursor(), program.copy.size()) == ("1:3", 3)
    asked = len(registry.pieces)
    program.catch_up()
    assert len(registry.pieces) == asked
    assert_replaced(program, tmp_path)


def test_a_cursor_that_is_good_after_all_leaves_nothing_over(
    program: Program, registry: FakeRegistry, tmp_path: Path
) -> None:
    program.until(lambda done: len(registry.pieces) == 3)
    assert len(left_over(tmp_path)) > 2
    program.restart()
    registry._generation = 1
    program.catch_up()
    assert registry.pieces[3:] == []
    assert (program.copy.cursor(), program.copy.size()) == (f"1:{PEOPLE}", PEOPLE)
    assert sorted(left_over(tmp_path)) == [FILE_NAME, f"{FILE_NAME}-shm"]


def test_later_words_that_the_feed_has_lost_are_asked_for(
    program: Program, outbox: Outbox, registry: FakeRegistry, clock: FakeClock, store: Engine
) -> None:
    news = [new_operation(person(number)) for number in range(4)]
    for new in news:
        outbox.record(new)
    Pusher(outbox, registry, DEVICE, clock, lambda _: None, Pacer(Random(1))).push_once()
    waiting, parked = new_operation(person(8)), new_operation(person(9))
    for new in (waiting, parked):
        outbox.record(new)
    outbox.park(parked.id, "no_answer", 1)
    outbox.revise(Settlement(news[1].id, Outcome.QUARANTINED, Reason.STALE, 1), 1)
    outbox.revise(Settlement(news[2].id, Outcome.WITHDRAWN, None, 1), 1)
    registry.decide_again(news[1].id.hex, "rejected", "stale")
    program.catch_up()
    assert registry.asked_outcomes[0] == [news[1].id.hex, news[2].id.hex, parked.id.hex]
    # And whether it still knows what it took in.
    assert set(registry.asked_outcomes[1]) == {new.id.hex for new in news}
    with store.connect() as connection:
        outcomes = connection.execute(text("SELECT outcome FROM receipts ORDER BY counter"))
        assert [row[0] for row in outcomes] == [
            "accepted",
            "rejected",
            "accepted",
            "accepted",
            None,
            None,
        ]


def test_the_log_names_nobody(
    program: Program, caplog: pytest.LogCaptureFixture, registry: FakeRegistry
) -> None:
    caplog.set_level(logging.INFO)
    program.catch_up()
    told = lines_of(caplog.records)
    assert "snapshot_in_place" in told
    assert person(1).card_number not in told
