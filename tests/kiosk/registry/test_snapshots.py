import hashlib
import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import event

from kiosk.registry.snapshot_files import KEPT, KEPT_WHILE_READ, SnapshotFiles, SnapshotGone
from kiosk.registry.snapshots import LATELY_MS, folder_beside
from kiosk.wire.messages import AccountChange, SnapshotResponse
from tests.kiosk.registry.workbench import Workbench

PATIENCE = 60.0


@pytest.fixture
def folder(registry: Workbench) -> Path:
    return folder_beside(Path(str(registry.engine.url.database)))


def ready(registry: Workbench) -> SnapshotResponse:
    until = monotonic() + PATIENCE
    while not (response := registry.snapshots.ask()).ready:
        assert monotonic() < until
        threading.Event().wait(0.01)
    return response


def whole(registry: Workbench, response: SnapshotResponse) -> bytes:
    return registry.snapshots.read(response.id, 0, 10**6)


def add_four(registry: Workbench) -> None:
    registry.add_person(1, email="um@exemplo.com.br")
    registry.add_person(2, email="UM@exemplo.com.br", status="cancelled")
    registry.add_person(3, email="tres@exemplo.com.br", origin="portal")
    registry.add_person(4)
    registry.tell("P1", "P2", "P3", "P4")


def test_a_snapshot_tells_what_the_feed_tells(registry: Workbench) -> None:
    add_four(registry)
    response = ready(registry)
    content = whole(registry, response)
    lines = [tuple(json.loads(line)) for line in content.splitlines()]
    told = [
        (one.ref, one.status, one.origin, one.email)
        for one in registry.pull().changes
        if isinstance(one, AccountChange)
    ]
    assert lines == sorted(told)
    assert (response.count, response.size) == (4, len(content))
    assert response.sha256 == hashlib.sha256(content).hexdigest()


def test_the_feed_goes_on_from_the_snapshot(registry: Workbench) -> None:
    add_four(registry)
    cursor = ready(registry).cursor
    assert registry.pull(cursor).changes == []
    registry.push(registry.message())
    assert isinstance(registry.pull(cursor).changes[0], AccountChange)


def test_nobody_is_a_snapshot_too(registry: Workbench) -> None:
    response = ready(registry)
    assert (response.count, response.size) == (0, 0)
    assert whole(registry, response) == b""


def test_what_commits_meanwhile_is_left_to_the_feed(registry: Workbench) -> None:
    add_four(registry)
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if threading.current_thread().name == "snapshot" and "max(" in statement:
            begun.set()
            assert go_on.wait(PATIENCE)

    # The place in the feed is read; the accounts are not yet.
    event.listen(registry.engine, "after_cursor_execute", hold)
    assert not registry.snapshots.ask().ready
    assert begun.wait(PATIENCE)
    registry.push(registry.message(body=registry.credential(4)))
    go_on.set()
    response = ready(registry)
    origins = [json.loads(line)[2] for line in whole(registry, response).splitlines()]
    assert "app_2024" not in origins
    assert len(registry.pull(response.cursor).changes) == 2


def test_one_is_made_at_a_time_and_others_are_told_to_ask_again(registry: Workbench) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def hold(*_: object) -> None:
        if threading.current_thread().name == "snapshot":
            begun.release()
            assert go_on.wait(PATIENCE)

    event.listen(registry.engine, "before_cursor_execute", hold)
    for _ in range(5):
        assert registry.snapshots.ask() == SnapshotResponse(ready=False)
    assert begun.acquire(timeout=PATIENCE)
    registry.add_person()
    assert not begun.acquire(blocking=False)
    go_on.set()
    assert ready(registry) == ready(registry)


def test_a_file_serves_for_some_minutes(registry: Workbench) -> None:
    first = ready(registry)
    registry.clock.now += LATELY_MS
    assert ready(registry) == first
    registry.clock.now += 1
    second = ready(registry)
    assert second.id != first.id
    assert whole(registry, first) == b""


def test_a_file_of_a_clock_that_was_set_back_does_not_serve_for_ever(registry: Workbench) -> None:
    first = ready(registry)
    registry.clock.now -= LATELY_MS + 1
    assert ready(registry).id != first.id


def test_a_file_beyond_the_end_of_the_feed_does_not_serve(registry: Workbench) -> None:
    add_four(registry)
    first = ready(registry)
    with registry.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM changes WHERE position > 2")
    second = ready(registry)
    assert second.id != first.id
    assert registry.pull(second.cursor).changes == []


def test_a_file_of_another_registry_does_not_serve(registry: Workbench, folder: Path) -> None:
    files = SnapshotFiles(folder)
    foreign = files.write(registry.clock.now, "cursor", [(1, b"x\n")])
    assert ready(registry).id != foreign.id


def test_an_old_file_stays_for_whoever_is_fetching_it(registry: Workbench, folder: Path) -> None:
    def make() -> SnapshotResponse:
        registry.clock.now += LATELY_MS + 1
        registry.snapshots.make()
        return ready(registry)

    made = [make() for _ in range(KEPT + 1)]
    with pytest.raises(SnapshotGone):
        whole(registry, made[0])
    for one in made[1:]:
        whole(registry, one)
    made += [make(), make()]
    assert whole(registry, made[1]) == b""
    made += [make() for _ in range(KEPT_WHILE_READ)]
    with pytest.raises(SnapshotGone):
        whole(registry, made[1])
    assert len(list(folder.glob("*.ndjson"))) <= KEPT_WHILE_READ


def test_only_the_owner_reads_them(registry: Workbench, folder: Path) -> None:
    ready(registry)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_what_a_dead_program_left_is_no_snapshot(registry: Workbench, folder: Path) -> None:
    first = ready(registry)
    for name in ("0" * 32 + ".part", "1" * 32 + ".ndjson", "2" * 32 + ".json"):
        (folder / name).write_bytes(b"{")
    (folder / f"{first.id}.ndjson").unlink()
    second = registry.snapshots.make()
    assert second.id != first.id
    assert {path.stem for path in folder.iterdir()} == {second.id}


@pytest.mark.parametrize("name", ["", "..", "../registry.sqlite3", "A" * 32, "0" * 31, "0" * 33])
def test_a_name_is_no_path(registry: Workbench, name: str) -> None:
    ready(registry)
    with pytest.raises(SnapshotGone):
        registry.snapshots.read(name, 0, 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_failure_leaves_nothing_behind_that_counts(
    registry: Workbench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="space"):
            registry.snapshots.make()
    assert SnapshotFiles(folder).cards(0) == []
    registry.snapshots.make()
    assert len(list(folder.iterdir())) == 2


@pytest.mark.usefixtures("expected_stumbles")
def test_after_a_failure_it_is_not_tried_with_each_request(
    registry: Workbench, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("no folder")
    registry.snapshots.ask()
    until = monotonic() + PATIENCE
    while not caplog.records:
        assert monotonic() < until
        threading.Event().wait(0.01)
    folder.unlink()
    for _ in range(20):
        assert not registry.snapshots.ask().ready
    assert not folder.exists()


@pytest.fixture
def chunks() -> Iterator[tuple[int, bytes]]:
    return iter([(2, b"a\nb\n"), (1, b"c\n")])


def test_pieces_make_the_whole(folder: Path, chunks: Iterator[tuple[int, bytes]]) -> None:
    files = SnapshotFiles(folder)
    card = files.write(1, "c", chunks)
    assert (card.count, card.size) == (3, 6)
    assert [files.read(card.id, offset, 4) for offset in (0, 4, 6)] == [b"a\nb\n", b"c\n", b""]
    assert files.cards(0) == [card]


@pytest.mark.parametrize(
    "name",
    [
        *("registry-2026-11-01.sqlite3", "notes.json", "0" * 32, "0" * 31 + ".json"),
        *("A" * 32 + ".json", "0" * 32 + ".json.old", "0" * 32 + ".sqlite3"),
    ],
)
def test_what_is_somebody_elses_stays(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder / name).write_bytes(b"{}")
    files = SnapshotFiles(folder)
    files.write(1, "c", [])
    files.prune(1, frozenset())
    assert (folder / name).read_bytes() == b"{}"


def test_a_card_under_another_name_is_none(folder: Path) -> None:
    files = SnapshotFiles(folder)
    card = files.write(1, "c", [])
    (folder / f"{card.id}.json").rename(folder / f"{'0' * 32}.json")
    assert files.cards(1) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 2000])
def test_a_card_that_the_disk_has_changed_is_none(folder: Path, content: bytes) -> None:
    files = SnapshotFiles(folder)
    card = files.write(0, "c", [(1, b"x\n")])
    path = folder / f"{card.id}.json"
    path.write_bytes(content or path.read_bytes().replace(b'"cursor":"c"', b'"cursor":"\xe3"'))
    assert files.cards(0) == []
    path.write_bytes(b'{"more":' + content)
    assert files.cards(0) == []


def test_two_registries_in_one_folder_keep_their_own(tmp_path: Path) -> None:
    assert folder_beside(tmp_path / "a.sqlite3") != folder_beside(tmp_path / "b.sqlite3")
    assert folder_beside(tmp_path / "a.sqlite3").parent == tmp_path
