import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from kiosk.database.migrations import create
from kiosk.database.statements import driver_of
from kiosk.domain.audit_chains import EMPTY, Break, BreakKind, Head, Verdict
from kiosk.registry.audit_trails import (
    TRAIL,
    Event,
    append,
    last_events,
    note,
    verify_trail,
)
from kiosk.registry.databases import FILE_NAME, SCRIPTS, default_url, open_database
from tests.kiosk.registry.workbench import Workbench


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def fill(registry: Workbench, count: int = 10) -> Head:
    with registry.engine.begin() as connection:
        events = (Event(number, "import", detail=f"added={number}") for number in range(count))
        return append(driver_of(connection), events)


def tamper(path: Path, statement: str, *values: object) -> None:
    """Do what somebody does who has the file: the guards go first, and come back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        kept = guards.fetchall()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement, values)
        for _, sql in kept:
            connection.execute(sql)


def rewrite_from(path: Path, number: int, count: int) -> None:
    """Put another chain, which fits, in the place of the end."""
    tamper(path, "DELETE FROM audit WHERE id >= ?", number)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        rows = [(7, "import", None, None, None, "added=0")] * count
        TRAIL.append(connection, rows)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit SET detail = 'added=7' WHERE id = 4", (BreakKind.ALTERED, 4)),
        ("UPDATE audit SET at = at + 1 WHERE id = 4", (BreakKind.ALTERED, 4)),
        ("UPDATE audit SET what = 'import ' WHERE id = 1", (BreakKind.ALTERED, 1)),
        ("UPDATE audit SET device = 'K7Q2MT' WHERE id = 10", (BreakKind.ALTERED, 10)),
        ("UPDATE audit SET person_id = 'P1' WHERE id = 10", (BreakKind.ALTERED, 10)),
        ("UPDATE audit SET operation_id = zeroblob(16) WHERE id = 4", (BreakKind.ALTERED, 4)),
        ("UPDATE audit SET link = zeroblob(32) WHERE id = 4", (BreakKind.ALTERED, 4)),
        # The same digits, as another kind of value.
        ("UPDATE audit SET detail = CAST(detail AS BLOB) WHERE id = 4", (BreakKind.ALTERED, 4)),
        ("UPDATE audit SET id = 40 WHERE id = 10", (BreakKind.MISSING, 10)),
        ("DELETE FROM audit WHERE id = 4", (BreakKind.MISSING, 4)),
        ("DELETE FROM audit WHERE id = 1", (BreakKind.MISSING, 1)),
        ("DELETE FROM audit WHERE id IN (3, 4, 5)", (BreakKind.MISSING, 3)),
        ("DELETE FROM audit WHERE id > 7", (BreakKind.TRUNCATED, 8)),
        ("DELETE FROM audit", (BreakKind.TRUNCATED, 1)),
    ],
)
def test_whatever_is_done_to_the_table_shows(
    registry: Workbench, path: Path, statement: str, expected: tuple[BreakKind, int]
) -> None:
    fill(registry)
    assert verify_trail(registry.engine).broken is None
    tamper(path, statement)
    assert verify_trail(registry.engine).broken == Break(*expected)


def test_an_end_that_was_written_anew_is_a_fork_and_one_that_is_shorter_was_cut(
    registry: Workbench, path: Path
) -> None:
    head = fill(registry)
    rewrite_from(path, 5, 6)
    assert verify_trail(registry.engine).broken == Break(BreakKind.FORKED, 1)
    rewrite_from(path, 5, 2)
    assert verify_trail(registry.engine).broken == Break(BreakKind.TRUNCATED, 7)
    # One that is longer has another line where the sealed end was.
    rewrite_from(path, 5, 20)
    assert verify_trail(registry.engine, [head]).broken == Break(BreakKind.FORKED, 1)


def test_lines_that_another_hand_wrote_behind_the_end_have_no_seal(
    registry: Workbench, path: Path
) -> None:
    fill(registry)
    rewrite_from(path, 11, 2)
    assert verify_trail(registry.engine).broken == Break(BreakKind.UNSEALED, 11)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE name = 'audit_seal'",
        "DELETE FROM meta WHERE name = 'audit_key'",
        "UPDATE meta SET value = zeroblob(72) WHERE name = 'audit_seal'",
        "UPDATE meta SET value = 'x' WHERE name = 'audit_seal'",
    ],
)
def test_a_seal_that_is_none_shows(registry: Workbench, path: Path, statement: str) -> None:
    fill(registry)
    tamper(path, statement)
    assert verify_trail(registry.engine).broken == Break(BreakKind.UNSEALED, 1)


def test_an_old_copy_in_its_place_is_whole_by_itself_and_shows_against_a_head_kept_elsewhere(
    registry: Workbench, path: Path, tmp_path: Path
) -> None:
    early = fill(registry)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "o")) as old:
        source.backup(old)
    late = fill(registry, 3)
    assert verify_trail(registry.engine, [early, late]) == Verdict(13, late, None)
    registry.engine.dispose()
    (tmp_path / "o").replace(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    engine = open_database(default_url(tmp_path))
    assert verify_trail(engine).broken is None
    assert verify_trail(engine, [early]).broken is None
    assert verify_trail(engine, [early, late]).broken == Break(BreakKind.TRUNCATED, 11)
    engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit SET at = 0", "DELETE FROM audit"])
def test_the_program_itself_cannot_take_a_line_back(registry: Workbench, statement: str) -> None:
    fill(registry)
    with (
        pytest.raises(IntegrityError, match="only ever appended to"),
        registry.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)


def test_threads_that_write_together_make_one_chain(registry: Workbench) -> None:
    begin = threading.Barrier(4)

    def write(act: Callable[[int], object]) -> None:
        begin.wait()
        for number in range(25):
            act(number)

    def push(_number: int) -> None:
        registry.push(registry.message(), registry.message())

    def try_sign_in(number: int) -> None:
        registry.throttle.begin("K7Q2MT", f"{number:012d}", None)

    def note_one(number: int) -> None:
        with registry.engine.begin() as connection:
            note(connection, Event(number, "device_renamed", "K7Q2MT"))

    acts: tuple[Callable[[int], object], ...] = (push, try_sign_in, note_one, note_one)
    threads = [threading.Thread(target=write, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    verdict = verify_trail(registry.engine)
    assert verdict.broken is None
    # Behind twenty names that were swept out nothing is counted, and nothing written.
    tried = [
        event for _, event in last_events(registry.engine, 200) if event.what == "sign_in_tried"
    ]
    assert verdict.lines == 25 * 2 + 25 + 25 + len(tried)
    assert tried


def test_a_transaction_that_comes_to_nothing_leaves_no_line(registry: Workbench) -> None:
    head = fill(registry)
    with registry.engine.connect() as connection:
        transaction = connection.begin()
        note(connection, Event(1, "device_renamed", "K7Q2MT"))
        transaction.rollback()
    assert verify_trail(registry.engine) == Verdict(10, head, None)


def test_a_new_registry_has_an_empty_chain_and_a_seal(registry: Workbench) -> None:
    assert verify_trail(registry.engine) == Verdict(0, EMPTY, None)
    assert last_events(registry.engine, 5) == []


def test_what_an_older_program_wrote_is_chained_as_found_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    create(path, SCRIPTS, "0005")
    operation = os.urandom(16)
    with closing(sqlite3.connect(path)) as old:
        old.execute("INSERT INTO audit (at, what, person_id) VALUES (1, 'import_email', 'P1')")
        old.execute(
            "INSERT INTO audit (at, what, device, operation_id, detail)"
            " VALUES (2, 'reset_rejected', 'K7Q2MT', ?, 'stale')",
            (operation,),
        )
        old.commit()
    engine = open_database(default_url(tmp_path))
    lines = last_events(engine, 10)
    assert lines[:2] == [
        (1, Event(1, "import_email", person_id="P1")),
        (2, Event(2, "reset_rejected", "K7Q2MT", operation, None, "stale")),
    ]
    assert (lines[2][0], lines[2][1].what, lines[2][1].detail) == (3, "chain_began", "before=2")
    assert verify_trail(engine).broken is None
    engine.dispose()
    tamper(path, "UPDATE audit SET detail = NULL WHERE id = 2")
    engine = open_database(default_url(tmp_path))
    assert verify_trail(engine).broken == Break(BreakKind.ALTERED, 2)
    engine.dispose()
