import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.database.damages import find_damage, says_damaged
from kiosk.domain.restorations import Damage
from tests.damages import PAGE, cut, flip, leaves_of

ROWS = 3000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "a.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE p (a INTEGER PRIMARY KEY, b TEXT)")
        connection.execute("CREATE TABLE c (a INTEGER REFERENCES p (a))")
        connection.execute("CREATE INDEX i ON p (b)")
        connection.executemany(
            "INSERT INTO p VALUES (?, ?)", [(n, f"{n:050d}") for n in range(ROWS)]
        )
        connection.execute("INSERT INTO c VALUES (1)")
        connection.execute("CREATE TABLE gone AS SELECT * FROM p")
        connection.execute("DROP TABLE gone")
        connection.commit()
    return path.read_bytes()


@pytest.fixture
def path(whole: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "with ? and # and %20.sqlite3"
    file.write_bytes(whole)
    return file


@pytest.mark.parametrize("full", [True, False, None])
def test_a_whole_file_is_whole_and_stays_as_it_is(path: Path, full: bool | None) -> None:
    left = path.read_bytes()
    assert find_damage(path, full=full) is None
    assert path.read_bytes() == left


def test_a_file_that_is_not_there_or_empty_is_for_the_caller_to_judge(tmp_path: Path) -> None:
    assert find_damage(tmp_path / "none") is None
    (tmp_path / "empty").touch()
    assert find_damage(tmp_path / "empty") is None


@pytest.mark.parametrize("start", [0, 16, 18, 19, 21, 44, 56])
def test_a_header_that_no_program_writes_is_found(path: Path, start: int) -> None:
    flip(path, 1, start, start + 1)
    assert find_damage(path, full=False) is Damage.NO_DATABASE


def test_every_page_that_is_flipped_is_found_but_for_free_ones(path: Path) -> None:
    whole = path.read_bytes()
    trunk = int.from_bytes(whole[32:36], "big")
    free = {
        int.from_bytes(whole[at : at + 4], "big")
        for at in range((trunk - 1) * PAGE + 8, trunk * PAGE, 4)
    }
    pages = set(range(1, len(whole) // PAGE + 1)) - free
    assert len(pages) > 80
    for page in pages:
        flip(path, page)
        assert find_damage(path, full=True) is not None, page
        flip(path, page)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["p", "i"])
def test_pages_of_tables_and_indexes_are_found_by_the_quick_check_too(
    path: Path, name: str
) -> None:
    flip(path, leaves_of(path, name)[2])
    assert find_damage(path, full=False) is Damage.BROKEN_PAGES


def test_an_index_that_says_otherwise_is_found_by_the_full_check_alone(path: Path) -> None:
    leaf = leaves_of(path, "i")[2]
    content = path.read_bytes()
    at = content.index(b"0000", (leaf - 1) * PAGE, leaf * PAGE)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"-")
    assert find_damage(path, full=False) is None
    assert find_damage(path, full=True) is Damage.BROKEN_PAGES
    assert find_damage(path) is Damage.BROKEN_PAGES


def test_a_file_too_large_for_the_full_check_gets_the_quick_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO c VALUES (?)", (ROWS + 1,))
        connection.commit()
    assert find_damage(path) is Damage.BROKEN_REFERENCES
    monkeypatch.setattr("kiosk.database.damages.FULL_CHECK_BYTES", PAGE)
    assert find_damage(path) is None


@pytest.mark.parametrize("less", [1, PAGE, 20 * PAGE + 7])
def test_a_file_that_was_cut_off_is_found(path: Path, less: int) -> None:
    cut(path, path.stat().st_size - less)
    assert find_damage(path, full=False) is Damage.TRUNCATED


@pytest.mark.parametrize("content", [b"x", b"letters " * 1000, bytes(8 * PAGE)])
def test_what_is_no_database_is_found(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a"
    file.write_bytes(content)
    assert find_damage(file) is Damage.NO_DATABASE


def test_a_file_that_cannot_be_read_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        find_damage(tmp_path)


def test_a_file_that_another_holds_is_no_damage(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.database.damages.BUSY_TIMEOUT_SECONDS", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            find_damage(path)


def test_a_look_that_is_interrupted_says_nothing_of_the_file(path: Path) -> None:
    def interrupt(connection: sqlite3.Connection) -> None:
        connection.set_progress_handler(lambda: 1, 1)

    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        find_damage(path, full=True, begins=interrupt)


def test_an_error_of_the_driver_alone_says_nothing_of_the_file() -> None:
    assert not says_damaged(sqlite3.ProgrammingError("closed"))


_DIE_IN_LOG = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("INSERT INTO c VALUES (2)")
os.kill(os.getpid(), 9)
"""
_DIE_IN_CHANGE = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_spill=1")
connection.execute("PRAGMA cache_size=1")
connection.execute("BEGIN")
connection.execute("UPDATE p SET b = 'changed' || b")
os.kill(os.getpid(), 9)
"""


def test_the_log_of_a_program_that_died_is_looked_at_and_left_as_it_is(path: Path) -> None:
    subprocess.run([sys.executable, "-c", _DIE_IN_LOG, os.fspath(path)], check=False)
    log = path.with_name(f"{path.name}-wal")
    left = (path.read_bytes(), log.read_bytes())
    assert left[1]
    assert find_damage(path) is None
    assert (path.read_bytes(), log.read_bytes()) == left


def test_a_change_that_was_interrupted_is_undone(path: Path, whole: bytes) -> None:
    subprocess.run([sys.executable, "-c", _DIE_IN_CHANGE, os.fspath(path)], check=False)
    assert path.with_name(f"{path.name}-journal").exists()
    assert path.read_bytes() != whole
    assert find_damage(path) is None
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT count(*) FROM p WHERE b LIKE 'changed%'"
        assert connection.execute(query).fetchone() == (0,)
