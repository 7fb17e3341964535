"""The chain of a store that was put together from a backup and from what could still be read."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kiosk.database.migrations import bring_up_to_date, create
from kiosk.domain.audit_chains import Head
from kiosk.domain.restorations import Damage
from kiosk.store.audit_checks import check_audit
from kiosk.store.audit_merges import lay_audit_over
from kiosk.store.audit_trails import TRAIL, Event, append, keep_known, known_head, report
from kiosk.store.backups import Backups
from kiosk.store.files import FILE_NAME, SCRIPTS, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.restore_reports import unread_reports
from tests.damages import flip, leaves_of, root_of
from tests.factories import new_operation, person

NOW = 1_700_000_000_000
DAMAGED = ["page 1", "some of the audit", "all of the audit"]


@pytest.fixture
def backup(migrated_store: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = shutil.copy(migrated_store, tmp_path / "backup")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        write(connection, 1, 10)
        yield connection


@pytest.fixture
def salvaged(backup: sqlite3.Connection, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """What went on from the backup for ten lines more."""
    with closing(sqlite3.connect(tmp_path / "salvaged", isolation_level=None)) as connection:
        backup.backup(connection)
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{verb}")
        write(connection, 11, 20)
        yield connection


def write(where: sqlite3.Connection, first: int, last: int) -> Head:
    return append(
        where, *(Event(number, "recorded", None, str(number)) for number in range(first, last + 1))
    )


def merged(backup: sqlite3.Connection, tmp_path: Path) -> tuple[list[str], str]:
    """Lay over; return what the lines after the backup's say, and what is told of it."""
    backup.execute("ATTACH ? AS salvaged", (str(tmp_path / "salvaged"),))
    backup.execute("BEGIN IMMEDIATE")
    lay_audit_over(backup, NOW)
    backup.execute("COMMIT")
    backup.execute("DETACH salvaged")
    assert TRAIL.verify(backup).broken is None
    rows = backup.execute("SELECT event, detail FROM audit WHERE id > 10 ORDER BY id").fetchall()
    (told,) = (detail for event, detail in rows if event == "chain_restored")
    return ["!" if event == "chain_restored" else detail for event, detail in rows], told


def test_lines_that_fit_stay_what_they_were(
    backup: sqlite3.Connection, salvaged: sqlite3.Connection, tmp_path: Path
) -> None:
    head = TRAIL.head(salvaged)
    lines, told = merged(backup, tmp_path)
    assert lines == [*map(str, range(11, 21)), "!"]
    assert told == f"known={head} kept=20 copies=0"
    # Whoever knew the end of the damaged one finds it again.
    assert TRAIL.verify(backup, [head]).broken is None
    assert report(backup, 20).link == head.link
    assert report(backup, 20).restorations == 1


@pytest.mark.parametrize(
    "change", ["DELETE FROM audit WHERE id = 14", "UPDATE audit SET at = 0 WHERE id = 14"]
)
def test_lines_behind_a_broken_one_follow_as_copies_that_are_told(
    backup: sqlite3.Connection, salvaged: sqlite3.Connection, tmp_path: Path, change: str
) -> None:
    head = TRAIL.head(salvaged)
    salvaged.execute(change)
    is_gone = change.startswith("DELETE")
    lines, told = merged(backup, tmp_path)
    copies = [15, 16, 17, 18, 19, 20] if is_gone else [14, 15, 16, 17, 18, 19, 20]
    assert lines == ["11", "12", "13", "!", *map(str, copies)]
    assert told == f"known={head} kept=13 copies={len(copies)}"


def test_where_nothing_was_salvaged_the_backup_is_all_there_is(
    backup: sqlite3.Connection, salvaged: sqlite3.Connection, tmp_path: Path
) -> None:
    salvaged.execute("DELETE FROM audit")
    head = TRAIL.head(backup)
    assert merged(backup, tmp_path) == (["!"], f"known={head} kept=10 copies=0")


def test_what_the_registry_was_told_is_in_the_chain_and_no_longer_held_against_it(
    backup: sqlite3.Connection, salvaged: sqlite3.Connection, tmp_path: Path
) -> None:
    known = Head(18, bytes(32))
    keep_known(backup, known)
    salvaged.execute("DELETE FROM audit WHERE id > 12")
    lines, told = merged(backup, tmp_path)
    assert lines == ["11", "12", "!"]
    assert told == f"known={known} kept=12 copies=0"
    assert known_head(backup) is None


def test_without_a_backup_all_that_was_salvaged_is_taken(
    salvaged: sqlite3.Connection, migrated_store: Path, tmp_path: Path
) -> None:
    head = TRAIL.head(salvaged)
    path = shutil.copy(migrated_store, tmp_path / "empty")
    with closing(sqlite3.connect(path, isolation_level=None)) as empty:
        lines, told = merged(empty, tmp_path)
    assert lines == [*map(str, range(11, 21)), "!"]
    assert told == f"known={head} kept=20 copies=0"


def test_a_backup_of_an_older_program_is_chained_and_the_rest_follows(tmp_path: Path) -> None:
    for name, last in (("backup", 10), ("salvaged", 20)):
        create(tmp_path / name, SCRIPTS, "0006")
        with closing(sqlite3.connect(tmp_path / name)) as older:
            older.executemany(
                "INSERT INTO audit (id, at, event, detail) VALUES (?, 0, 'recorded', ?)",
                [(number, str(number)) for number in range(1, last + 1) if number != 15],
            )
            older.commit()
        bring_up_to_date(tmp_path / name, SCRIPTS)
    with closing(sqlite3.connect(tmp_path / "backup", isolation_level=None)) as backup:
        lines, told = merged(backup, tmp_path)
    copies = [number for number in range(11, 21) if number != 15]
    assert lines == ["before=10", "!", *map(str, copies)]
    assert told.endswith(" kept=11 copies=9")


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("what", DAMAGED)
def test_a_store_that_was_restored_has_a_whole_chain_and_says_so(tmp_path: Path, what: str) -> None:
    path = tmp_path / FILE_NAME
    engine = open_store(tmp_path)
    outbox = Outbox(engine, load_identity(engine).code)
    for number in range(1, 101):
        outbox.record(new_operation(person(number)))
    assert Backups(path, lambda: 0.0).make_if_due() == "made"
    for number in range(101, 301):
        outbox.record(new_operation(person(number)))
    known = outbox.chain(None).head
    engine.dispose()
    pages = [1, leaves_of(path, "audit")[-2], root_of(path, "audit")]
    flip(path, pages[DAMAGED.index(what)])
    restored = open_store(tmp_path)
    (told,) = unread_reports(restored)
    assert told.found in (Damage.BROKEN_PAGES, Damage.NO_DATABASE)
    events, detail = _told(restored)
    report = Outbox(restored, "K7Q2MT").chain(known.number)
    restored.dispose()
    verdict = check_audit(path, None)
    assert verdict is not None
    assert verdict.broken is None
    assert events[-1] == "restored"
    assert report.restorations == 1
    if what == "page 1":
        assert (report.link, detail) == (known.link, f"known={known} kept=300 copies=0")
    elif what == "some of the audit":
        assert detail.startswith(f"known={known} kept=")
        assert events.count("chain_restored") == 1
        assert 200 < events.count("recorded") < 300
        # The number may have been taken by another line since.
        assert report.link != known.link
    else:
        assert events == [*["recorded"] * 100, "chain_restored", "restored"]
        assert detail.endswith(" kept=100 copies=0")


def _told(engine: Engine) -> tuple[list[str], str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT event, detail FROM audit ORDER BY id")).all()
    return [row[0] for row in rows], next(row[1] for row in rows if row[0] == "chain_restored")
