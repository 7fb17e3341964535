import os
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.database.damages import connect_read_only, find_damage, is_damage
from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.database.engines import open_sqlite
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import (
    PAGE_BYTES,
    PageSeal,
    first_page,
    holds_nothing,
    is_plain,
    opens_with,
    seal_again,
)
from kiosk.domain.restorations import Damage
from tests.damages import flip

KEY = StoreKey(bytes(range(32)))
OTHER = StoreKey(bytes(32))
ROWS = 500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "with ? and # and %20.sqlite3"
    with closing(connect(file, KEY, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE p (a INTEGER PRIMARY KEY, b TEXT)")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO p VALUES (?, ?)", [(n, f"marked {n:0250d}") for n in range(ROWS)]
        )
        connection.execute("COMMIT")
    return file


def test_nothing_of_what_is_in_it_can_be_read_from_the_file(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) > ROWS * 50
    assert b"marked" not in content
    assert b"CREATE TABLE" not in content
    assert not is_plain(path)


def test_every_page_that_the_driver_wrote_is_whole_here_too(path: Path) -> None:
    content, seal = path.read_bytes(), PageSeal(KEY)
    pages = [content[at : at + PAGE_BYTES] for at in range(0, len(content), PAGE_BYTES)]
    assert all(seal.is_whole(page, number) for number, page in enumerate(pages, start=1))
    # A page is sealed in its place, and under its key.
    assert not seal.is_whole(pages[1], 3)
    assert not PageSeal(OTHER).is_whole(pages[1], 2)


def test_a_page_that_is_closed_here_is_read_by_the_driver(path: Path) -> None:
    seal, content = PageSeal(KEY), path.read_bytes()
    again = seal.closed(first_page(path, KEY), 1)
    assert again != content[:PAGE_BYTES]
    path.write_bytes(again + content[PAGE_BYTES:])
    with closing(connect_read_only(path, KEY)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("SELECT count(*) FROM p").fetchone()[0] == ROWS


def test_a_wrong_key_opens_no_page_and_the_right_one_opens_what_is_left(path: Path) -> None:
    assert not opens_with(path, OTHER)
    assert opens_with(path, KEY)
    flip(path, 1)
    assert opens_with(path, KEY)
    assert not opens_with(path, OTHER)


def test_the_first_bytes_of_a_file_are_no_part_of_its_key(path: Path) -> None:
    flip(path, 1, 0, 16)
    assert opens_with(path, KEY)
    with closing(connect_read_only(path, KEY)) as connection:
        assert connection.execute("SELECT count(*) FROM p").fetchone()[0] == ROWS


def test_one_turned_bit_is_found_and_costs_no_more_than_the_row_it_is_in(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5 * PAGE_BYTES + 2000] ^= 1
    path.write_bytes(content)
    assert find_damage(path, full=False, key=KEY) is Damage.BROKEN_PAGES
    seal_again(path, KEY)
    with closing(connect(path, KEY)) as connection:
        connection.text_factory = bytes
        rows = dict(connection.execute("SELECT a, b FROM p").fetchall())
    odd = [n for n, text in rows.items() if text != f"marked {n:0250d}".encode()]
    assert len(rows) == ROWS
    assert 1 <= len(odd) <= 2


@pytest.mark.parametrize(
    ("start", "end"), [(16, 17), (40, 41), (4016, 4017), (4032, 4033), (4095, 4096), (0, 4096)]
)
def test_every_byte_of_page_1_behind_the_salt_is_under_the_seal(
    path: Path, start: int, end: int
) -> None:
    flip(path, 1, start, end)
    assert find_damage(path, full=False, key=KEY) is not None


def test_a_file_that_is_short_of_pages_is_found(path: Path) -> None:
    os.truncate(path, path.stat().st_size - PAGE_BYTES)
    assert find_damage(path, full=True, key=KEY) is Damage.TRUNCATED


def test_a_file_of_zeros_says_nothing_about_its_key(path: Path) -> None:
    path.write_bytes(bytes(3 * PAGE_BYTES))
    assert holds_nothing(path)
    assert not opens_with(path, KEY)
    path.write_bytes(bytes(PAGE_BYTES) + b"x" * PAGE_BYTES)
    assert not holds_nothing(path)


def test_a_damaged_page_costs_the_running_program_that_page_and_no_other(path: Path) -> None:
    flip(path, 30)
    engine = open_sqlite(path, KEY)
    try:
        for _ in range(3):
            with (
                pytest.raises(Exception, match="malformed") as caught,
                engine.begin() as connection,
            ):
                connection.exec_driver_sql("SELECT sum(length(b)) FROM p")
            assert is_damage(caught.value)
            with engine.begin() as connection:
                count = connection.exec_driver_sql("SELECT count(*) FROM p WHERE a < 20").scalar()
            assert count == 20
    finally:
        engine.dispose()


def test_the_driver_writes_nothing_to_standard_error(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(connect(path, OTHER)) as connection, pytest.raises(DATABASE_ERRORS):
        connection.execute("SELECT count(*) FROM p")
    assert capfd.readouterr().err == ""


def test_a_key_is_in_no_representation() -> None:
    assert KEY.written() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)
    assert StoreKey.read(KEY.written().upper() + "\n") == KEY
    assert StoreKey.read("0" * 63) is None
    assert KEY.check not in (OTHER.check, KEY.written()[:32])
    with pytest.raises(ValueError, match="32 bytes"):
        StoreKey(b"short")
