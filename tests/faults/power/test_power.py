"""Power lost under the device's store: nothing acknowledged is lost, and where it is, it is found.

The two disks are judged first, by what they do to files whose fate is known.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.store.files import FILE_NAME
from tests.faults.power.disks import CarelessDisk, Disk, OrderedDisk
from tests.faults.power.drivers import DATA_DIR, Options
from tests.faults.power.losses import Summary, lose_power
from tests.faults.power.recordings import (
    CAN_RECORD,
    Event,
    Kind,
    NotFollowed,
    build_recorder,
    marks_of,
    record,
)
from tests.faults.power.soaks import lines_of, quick_folder, recorded
from tests.faults.power.verdicts import REPLACED

_LOSSES = 300
# What is only sometimes lost is looked for as long as it takes, which is seldom long.
_DOZEN, _TURNS = 12, 12
_OLD, _NEW = b"o" * 4096, b"n" * 4096

needs_a_recorder = pytest.mark.skipif(not CAN_RECORD, reason="needs Linux and cc")


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_recorder(tmp_path_factory.mktemp("recorder"))


@pytest.fixture(scope="module")
def run_of_the_product(recorder: Path, tmp_path_factory: pytest.TempPathFactory) -> "Run":
    return Run(recorder, tmp_path_factory.mktemp("product"), Options(actions=10))


class Run:
    """A recorded run of the driven program.

    A failure is seen again with ``python -m tests.faults.power --keep FOLDER --seed SEED`` and
    three times as many cuts: the first recording is then the one of the test.
    """

    def __init__(self, recorder: Path, folder: Path, options: Options) -> None:
        self.seed = random.SystemRandom().randrange(10**6)
        self.place = folder / "recording-0"
        its_own = replace(options, seed=self.seed, checkpoint_pages=60)
        with quick_folder() as root:
            self.events = recorded(recorder, self.place, root, its_own)

    def lose(self, cuts: int) -> Summary:
        summary = Summary(self.seed)
        self._lose(cuts, self.seed, summary)
        return summary

    def lose_until(
        self, found: Callable[[Summary], bool], *, syncs_folders: bool = True
    ) -> Summary:
        """Lose power a dozen times, and as often again while it is not found, to an end."""
        summary = Summary(self.seed)
        for turn in range(_TURNS):
            self._lose(_DOZEN, self.seed + turn, summary, syncs_folders=syncs_folders)
            if found(summary):
                break
        return summary

    def _lose(self, cuts: int, seed: int, summary: Summary, *, syncs_folders: bool = True) -> None:
        scripts = self.place / "scripts"
        with quick_folder() as images:
            lose_power(
                self.events, cuts, seed, images, scripts, summary, syncs_folders=syncs_folders
            )


@needs_a_recorder
def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(run_of_the_product: Run) -> None:
    summary = run_of_the_product.lose(60)
    words = "\n".join(lines_of(summary))
    assert (summary.lost, summary.cuts_broken) == (0, 0), words
    # It was a test: much was looked for, the log was folded into the database often, and the
    # disks did harm.
    assert summary.checked > 1000, words
    assert summary.checkpoints > 20, words
    assert summary.torn + summary.absent > 0, words


@needs_a_recorder
def test_a_change_of_keys_loses_nothing_at_any_moment(recorder: Path, tmp_path: Path) -> None:
    run = Run(recorder, tmp_path, Options(actions=4, changes_key=True))
    summary = run.lose(60)
    words = "\n".join(lines_of(summary))
    assert (summary.lost, summary.cuts_broken) == (0, 0), words
    renamed = [one.other for one in run.events if one.kind is Kind.RENAMED]
    assert renamed.count(str(DATA_DIR / FILE_NAME)) == 3


@needs_a_recorder
@pytest.mark.usefixtures("expected_stumbles")
def test_commits_that_are_not_synced_are_missed_and_nothing_else(
    recorder: Path, tmp_path: Path
) -> None:
    run = Run(recorder, tmp_path, Options(actions=6, synchronous="NORMAL"))
    summary = run.lose_until(lambda so_far: so_far.lost > 0)
    words = "\n".join(lines_of(summary))
    assert summary.lost > 0, words
    # SQLite promises as much of NORMAL: the disks do no more harm than a disk can.
    assert summary.cuts_broken == 0, words


@needs_a_recorder
@pytest.mark.usefixtures("expected_stumbles")
def test_a_database_that_is_never_synced_is_found_damaged(recorder: Path, tmp_path: Path) -> None:
    run = Run(recorder, tmp_path, Options(actions=6, synchronous="OFF"))
    # Found by the program's own start, or by whoever looks afterwards.
    summary = run.lose_until(
        lambda so_far: so_far.lost > 0 and so_far.kinds[REPLACED] + so_far.cuts_broken > 0
    )
    words = "\n".join(lines_of(summary))
    assert summary.lost > 0, words
    assert summary.kinds[REPLACED] + summary.cuts_broken > 0, words


@needs_a_recorder
@pytest.mark.usefixtures("expected_stumbles")
def test_names_that_are_not_synced_are_missed(run_of_the_product: Run) -> None:
    summary = run_of_the_product.lose_until(lambda so_far: so_far.lost > 0, syncs_folders=False)
    assert summary.lost > 0, "\n".join(lines_of(summary))


@needs_a_recorder
def test_a_new_file_takes_its_name_when_nothing_else_is_on_its_way(
    run_of_the_product: Run,
) -> None:
    disk = CarelessDisk()
    places = 0
    for event in run_of_the_product.events:
        if event.kind is Kind.RENAMED and event.other == str(DATA_DIR / FILE_NAME):
            assert disk.names_on_the_way() == set()
            # The lock is an empty database, and nothing is ever read from its journal.
            assert disk.bytes_on_the_way() <= {str(DATA_DIR / "device.lock-journal")}
            places += 1
        disk.play(event)
    # The new store, and what the later program made of it.
    assert places == 2


@needs_a_recorder
def test_the_mark_of_a_running_program_is_made_when_nothing_else_is_on_its_way(
    run_of_the_product: Run,
) -> None:
    """A mark that arrived without the log beside the store would be taken for a lost log."""
    disk = CarelessDisk()
    marks = 0
    for event in run_of_the_product.events:
        if event.kind is Kind.CREATED and event.path.endswith(".running"):
            assert disk.names_on_the_way() == set()
            marks += 1
        disk.play(event)
    assert marks == 3


@needs_a_recorder
def test_no_name_is_on_its_way_when_something_is_acknowledged(run_of_the_product: Run) -> None:
    disk = CarelessDisk()
    marks = dict(marks_of(run_of_the_product.events))
    acknowledged = 0
    for event in run_of_the_product.events:
        if event.number in marks and marks[event.number]["mark"] == "recorded":
            # A backup is made meanwhile, and promises nothing before its end.
            backups = str(DATA_DIR / "backups")
            names = disk.names_on_the_way()
            assert {name for name in names if not name.startswith(backups)} == set()
            acknowledged += 1
        disk.play(event)
    assert acknowledged > 100


_TOUCHED = """
import os, shutil, sys
from pathlib import Path
root = Path(sys.argv[1])
(root / "folder").mkdir()
with (root / "folder" / "a").open("wb") as file:
    file.write(b"a" * 5000)
    file.flush()
    os.fsync(file.fileno())
    os.pwrite(file.fileno(), b"later", 4998)
    os.writev(file.fileno(), [b"one", b"two"])
with (root / "folder" / "a").open("ab") as file:
    file.write(b"at the end")
shutil.copy2(root / "folder" / "a", root / "copied")
os.link(root / "copied", root / "linked")
(root / "kept").write_bytes(b"kept")
(root / "kept").write_bytes(b"anew")
(root / "copied").replace(root / "renamed")
(root / "gone").touch()
(root / "gone").unlink()
(root / "gone").write_bytes(b"another of the same name")
folder = os.open(root, os.O_RDONLY)
os.fsync(folder)
inside = os.open("inside", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
os.write(inside, b"inside")
os.ftruncate(inside, 3)
os.mkdir("second", dir_fd=folder)
os.unlink("gone", dir_fd=folder)
"""


@needs_a_recorder
def test_the_log_tells_all_that_was_done(recorder: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    events = record(recorder, root, tmp_path / "log", ["-c", _TOUCHED, str(root)])
    found = {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes()
        for path in root.rglob("*")
    }
    assert len(found) == 7
    for disk in (OrderedDisk(), CarelessDisk()):
        played(disk, *events)
        assert disk.now() == found


@needs_a_recorder
@pytest.mark.parametrize(
    "words",
    [
        "import mmap; f = open(p, 'w+b'); f.write(b'1'); f.flush(); mmap.mmap(f.fileno(), 1)",
        "import os; os.close(os.open(p, os.O_CREAT)); os.truncate(p, 1)",
        "import os; os.posix_fallocate(os.open(p, os.O_CREAT | os.O_WRONLY), 0, 9)",
        "import os; os.mkdir(p); os.rename(p, p + '2')",
        "import os; os.symlink('x', p)",
    ],
)
def test_what_cannot_be_followed_is_refused(words: str, recorder: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    program = f"import sys; p = sys.argv[1] + '/a'; {words}"
    with pytest.raises(NotFollowed):
        record(recorder, root, tmp_path / "log", ["-c", program, str(root)])


def played(disk: Disk, *events: Event) -> Disk:
    for number, event in enumerate(events, 1):
        disk.play(event if event.number else replace(event, number=number))
    return disk


def event(kind: Kind, file: int = 0, at: int = 0, path: str = "", **more: object) -> Event:
    return replace(Event(0, kind, file, at, path), **more)  # type: ignore[arg-type]


def found_after(disk: Disk, path: str) -> set[bytes | None]:
    return {
        disk.lose_power(random.Random(seed)).files.get(path, b"none") for seed in range(_LOSSES)
    }


def made(path: str, data: bytes) -> list[Event]:
    return [event(Kind.CREATED, 1, path=path), event(Kind.WRITTEN, 1, data=data)]


FILE_SYNC = event(Kind.SYNCED, 1, at=1000)
FOLDER_SYNC = event(Kind.FOLDER_SYNCED, at=1000)


@pytest.mark.parametrize("disk", [OrderedDisk(), CarelessDisk()])
def test_what_is_synced_with_its_folder_is_there(disk: Disk) -> None:
    played(disk, *made("a", _OLD), FILE_SYNC, FOLDER_SYNC)
    assert found_after(disk, "a") == {_OLD}


def test_a_name_that_is_not_synced_comes_with_its_file_or_not_at_all() -> None:
    assert found_after(played(OrderedDisk(), *made("a", _OLD), FILE_SYNC), "a") == {_OLD}
    assert found_after(played(CarelessDisk(), *made("a", _OLD), FILE_SYNC), "a") == {_OLD, b"none"}


@pytest.mark.parametrize("disk", [OrderedDisk(), CarelessDisk()])
def test_a_write_over_an_old_one_may_be_there_or_torn_at_sectors_or_not(disk: Disk) -> None:
    played(disk, *made("a", _OLD), FILE_SYNC, FOLDER_SYNC)
    disk.play(Event(9, Kind.WRITTEN, 1, 0, data=_NEW))
    found = found_after(disk, "a")
    assert {_OLD, _NEW} < found
    for text in found:
        assert text is not None
        sectors = {text[place : place + 512] for place in range(0, 4096, 512)}
        assert sectors <= {_OLD[:512], _NEW[:512]}


@pytest.mark.parametrize("disk", [OrderedDisk(), CarelessDisk()])
def test_what_another_wrote_while_a_sync_ran_is_not_promised_by_it(disk: Disk) -> None:
    played(disk, *made("a", _OLD), FILE_SYNC, FOLDER_SYNC)
    disk.play(Event(11, Kind.WRITTEN, 1, 0, data=_NEW))
    disk.play(Event(12, Kind.SYNCED, 1, at=10))
    assert _OLD in found_after(disk, "a")
    disk.play(Event(14, Kind.SYNCED, 1, at=13))
    assert found_after(disk, "a") == {_NEW}


def test_a_file_grows_with_its_bytes_or_apart_from_them() -> None:
    ordered = played(OrderedDisk(), *made("a", _OLD), FILE_SYNC, FOLDER_SYNC)
    careless = played(CarelessDisk(), *made("a", _OLD), FILE_SYNC, FOLDER_SYNC)
    for disk in (ordered, careless):
        disk.play(Event(9, Kind.WRITTEN, 1, 4096, data=_NEW))
    assert found_after(ordered, "a") == {_OLD, _OLD + _NEW}
    after = {text[4096:] for text in found_after(careless, "a") if text is not None}
    assert {b"", _NEW, bytes(4096)} < after


def test_the_order_of_names_is_kept_or_not() -> None:
    """A journal that is removed before another file takes the place of the one it belongs to."""
    steps = [
        event(Kind.CREATED, 1, path="journal"),
        event(Kind.CREATED, 2, path="new"),
        FOLDER_SYNC,
        event(Kind.UNLINKED, path="journal"),
        event(Kind.RENAMED, path="new", other="main"),
    ]
    ordered, careless = played(OrderedDisk(), *steps), played(CarelessDisk(), *steps)
    kept = {"journal", "new"}
    assert names_after(ordered) == {frozenset(kept), frozenset({"new"}), frozenset({"main"})}
    assert frozenset({"journal", "main"}) in names_after(careless)


def test_a_rename_may_overtake_the_bytes_of_its_file() -> None:
    disk = played(
        OrderedDisk(), *made("a", _OLD), event(Kind.RENAMED, path="a", other="b"), FOLDER_SYNC
    )
    assert b"" in found_after(disk, "b")


def test_what_lies_in_a_folder_that_is_lost_is_lost() -> None:
    steps = [event(Kind.FOLDER_MADE, path="f"), *made("f/a", _OLD), FILE_SYNC]
    steps.append(event(Kind.FOLDER_SYNCED, at=1000, path="f"))
    assert b"none" not in found_after(played(OrderedDisk(), *steps), "f/a")
    assert b"none" in found_after(played(CarelessDisk(), *steps), "f/a")


def names_after(disk: Disk) -> set[frozenset[str]]:
    return {frozenset(disk.lose_power(random.Random(seed)).files) for seed in range(_LOSSES)}
