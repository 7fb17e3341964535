import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kiosk.store.copy_loads import CopyLoad, DamagedSnapshot
from kiosk.wire.messages import DIGESTS, SnapshotResponse
from tests.snapshots import digest_lines, facts_of, snapshot_lines

PATIENCE = 60.0


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def load(source: Path, target: Path, facts: SnapshotResponse, seconds: float = PATIENCE) -> int:
    """Load to the end; return in how many goes."""
    loading = CopyLoad(source, target, facts)
    goes = 1
    try:
        while not loading.go_on(seconds):
            goes += 1
    finally:
        loading.close()
    return goes


def rows(target: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(target)) as connection:
        return connection.execute("SELECT * FROM accounts").fetchall()


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 5000])
@pytest.mark.parametrize("seconds", [0.0, PATIENCE])
def test_every_line_becomes_a_row(source: Path, target: Path, count: int, seconds: float) -> None:
    content = snapshot_lines(count)
    source.write_bytes(content)
    load(source, target, facts_of(content, "c7"), seconds)
    said = [tuple(row) for row in map(msgspec.json.decode, content.splitlines())]
    assert rows(target) == said
    with closing(sqlite3.connect(target)) as connection:
        meta = dict(connection.execute("SELECT * FROM meta").fetchall())
        assert meta == {"cursor": "c7", "holds": "accounts"}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_it_goes_on_where_its_time_ran_out(source: Path, target: Path) -> None:
    content = snapshot_lines(5000)
    source.write_bytes(content)
    assert load(source, target, facts_of(content), 0.0) > 4
    assert len(rows(target)) == 5000


def test_lines_in_no_order_are_loaded_too(source: Path, target: Path) -> None:
    lines = snapshot_lines(3000).splitlines(keepends=True)
    content = b"".join(lines[::-1])
    source.write_bytes(content)
    load(source, target, facts_of(content))
    assert len(rows(target)) == 3000


def test_words_of_any_letters_come_through(source: Path, target: Path) -> None:
    row = ("a" * 32, "não", 'a"]\\n["b', "\n],[")
    content = msgspec.json.encode(row) + b"\n"
    source.write_bytes(content)
    load(source, target, facts_of(content))
    assert rows(target) == [row]


Spoil = Callable[[bytes, SnapshotResponse], tuple[bytes, SnapshotResponse]]


def stated(**changes: object) -> Spoil:
    return lambda content, facts: (content, msgspec.structs.replace(facts, **changes))


def with_content(change: Callable[[bytes], bytes]) -> Spoil:
    """What was fetched is not what was promised."""
    return lambda content, facts: (change(content), facts)


def promised(change: Callable[[bytes], bytes]) -> Spoil:
    """What was promised is itself nothing that can be loaded."""
    return lambda content, _: (change(content), facts_of(change(content)))


@pytest.mark.parametrize(
    "spoil",
    [
        stated(sha256="0" * 64),
        stated(count=2999),
        stated(count=3001),
        stated(size=1),
        stated(size=10**6),
        with_content(lambda content: content[:-1]),
        with_content(lambda content: content + b"\n"),
        with_content(lambda content: content.replace(b"usable", b"shared", 1)),
        with_content(lambda content: content[:50_000] + b"\0" * (len(content) - 50_000)),
        with_content(lambda _: b""),
        promised(lambda content: content.replace(b"usable", b"us\xffble", 1)),
        promised(lambda content: content.replace(b'"usable"', b"5", 1)),
        promised(lambda content: content.replace(b', "usable"', b"", 1)),
        promised(lambda content: content + content),
        promised(lambda content: content + b"\n"),
        promised(lambda content: content + b"no end of line"),
        promised(lambda content: content + b'["' + b"a" * 10**5 + b'", "", "", ""]\n'),
    ],
)
@pytest.mark.parametrize("seconds", [0.0, PATIENCE])
def test_one_that_is_not_what_was_said_does_not_count(
    source: Path, target: Path, spoil: Spoil, seconds: float
) -> None:
    content = snapshot_lines(3000)
    content, facts = spoil(content, facts_of(content))
    source.write_bytes(content)
    with pytest.raises(DamagedSnapshot):
        load(source, target, facts, seconds)


def test_what_a_dead_program_left_is_made_anew(source: Path, target: Path) -> None:
    content = snapshot_lines(3000)
    source.write_bytes(content)
    loading = CopyLoad(source, target, facts_of(content))
    assert not loading.go_on(0.0)
    loading.close()
    load(source, target, facts_of(content))
    assert len(rows(target)) == 3000


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 5000])
@pytest.mark.parametrize("seconds", [0.0, PATIENCE])
def test_digests_become_rows_of_bytes(
    source: Path, target: Path, count: int, seconds: float
) -> None:
    content = digest_lines(count)
    source.write_bytes(content)
    load(source, target, facts_of(content, "c7", DIGESTS), seconds)
    with closing(sqlite3.connect(target)) as connection:
        found = connection.execute("SELECT * FROM digests ORDER BY card").fetchall()
        meta = dict(connection.execute("SELECT * FROM meta").fetchall())
    assert found == [(number.to_bytes(15, "big"), b"v" * 15) for number in range(count)]
    assert meta == {"cursor": "c7", "holds": "digests"}
    assert rows(target) == []


@pytest.mark.parametrize("holds", [DIGESTS, "something of later"])
def test_lines_of_another_kind_are_none(source: Path, target: Path, holds: str) -> None:
    content = snapshot_lines(30)
    source.write_bytes(content)
    with pytest.raises(DamagedSnapshot):
        load(source, target, facts_of(content, "c7", holds))
