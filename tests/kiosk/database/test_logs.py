import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.database.logs import has_lost_commits, lay_over
from tests.damages import PAGE, cut

HEADER, FRAME = 32, 24 + PAGE
COMMITS = 20


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A file left as a power cut leaves it: twenty commits of one frame each in its log."""
    path = tmp_path / "open" / "a.sqlite3"
    path.parent.mkdir()
    left = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(COMMITS):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{left}{suffix}")
        yield left


@pytest.fixture
def log(database: Path) -> Path:
    path = database.with_name(f"{database.name}-wal")
    assert path.stat().st_size == HEADER + COMMITS * FRAME
    return path


def spoil(log: Path, frame: int) -> None:
    with log.open("r+b") as file:
        file.seek(HEADER + frame * FRAME + 24 + 100)
        file.write(b"spoilt")


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        count: int = connection.execute("SELECT count(*) FROM t").fetchone()[0]
    return count


def test_a_whole_log_has_lost_nothing(log: Path) -> None:
    assert not has_lost_commits(log)


def test_a_log_that_is_missing_empty_or_without_a_frame_shows_nothing(log: Path) -> None:
    for size in (HEADER + 24, HEADER, 1, 0):
        cut(log, size)
        assert not has_lost_commits(log)
    log.unlink()
    assert not has_lost_commits(log)


@pytest.mark.parametrize("frame", [0, 5, COMMITS - 3])
def test_two_commits_behind_a_broken_frame_prove_a_loss(log: Path, frame: int) -> None:
    spoil(log, frame)
    assert has_lost_commits(log)


@pytest.mark.parametrize("frame", [COMMITS - 2, COMMITS - 1])
def test_the_end_of_a_log_may_be_torn(log: Path, frame: int) -> None:
    spoil(log, frame)
    assert not has_lost_commits(log)


def test_a_log_cut_off_at_its_end_shows_nothing(log: Path) -> None:
    cut(log, HEADER + 7 * FRAME + 1000)
    assert not has_lost_commits(log)


def test_what_an_earlier_round_left_is_no_sign(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        for number in range(COMMITS):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
        connection.execute("INSERT INTO t VALUES (100)")
        log = path.with_name("a.sqlite3-wal")
        assert log.stat().st_size > HEADER + COMMITS * FRAME
        assert not has_lost_commits(log)


@pytest.mark.parametrize("start", [0, 8, 16, 24])
def test_a_log_whose_header_does_not_fit_has_lost_all(log: Path, start: int) -> None:
    with log.open("r+b") as file:
        file.seek(start)
        file.write(b"spoilt")
    assert has_lost_commits(log)


def test_a_log_laid_over_a_copy_gives_what_sqlite_reads(database: Path, log: Path) -> None:
    copy = Path(shutil.copy(database, database.with_name("copy.sqlite3")))
    lay_over(log, copy)
    assert rows(copy) == rows(database) == COMMITS


@pytest.mark.parametrize("frame", [0, 5, COMMITS - 3])
def test_a_broken_log_gives_more_than_sqlite_reads(database: Path, log: Path, frame: int) -> None:
    spoil(log, frame)
    copy = Path(shutil.copy(database, database.with_name("copy.sqlite3")))
    lay_over(log, copy)
    assert rows(copy) == COMMITS
    assert rows(database) == frame


def test_what_was_not_committed_is_not_laid_over(database: Path, log: Path) -> None:
    with log.open("r+b") as file:
        # The last frame is no commit any more; its checksum says the same as before.
        file.seek(HEADER + (COMMITS - 1) * FRAME + 4)
        file.write(bytes(4))
    copy = Path(shutil.copy(database, database.with_name("copy.sqlite3")))
    lay_over(log, copy)
    assert rows(copy) == COMMITS - 1


def test_a_log_without_its_header_is_laid_over_but_for_its_first_frame(
    database: Path, log: Path
) -> None:
    with log.open("r+b") as file:
        file.write(bytes(HEADER))
    copy = Path(shutil.copy(database, database.with_name("copy.sqlite3")))
    lay_over(log, copy)
    assert rows(copy) == COMMITS
