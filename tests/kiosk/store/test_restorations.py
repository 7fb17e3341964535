"""Every kind of damage is done to a store that has lived: 120 operations settled or waiting before
its backup, 120 after it.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kiosk.complaints import Complaint
from kiosk.database.damages import find_damage
from kiosk.database.migrations import create
from kiosk.domain.operations import Outcome
from kiosk.domain.receipts import parse
from kiosk.domain.restorations import Damage, RestoreReport
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.backups import Backups, backups_of
from kiosk.store.files import FILE_NAME, SCRIPTS, open_store
from kiosk.store.identities import DeviceIdentity, load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Recorded, Settlement
from kiosk.store.receipt_numbers import RECEIPT_JUMP
from kiosk.store.restorations import set_aside_if_damaged
from kiosk.store.restore_reports import mark_read, unread_reports
from kiosk.store.suspicions import suspicion_of
from tests.damages import PAGE, cut, flip, leaves_of, root_of
from tests.factories import new_operation, person

pytestmark = pytest.mark.usefixtures("expected_stumbles")

BEFORE, AFTER = 120, 120
NOW = 1_700_000_000_000

Receipts = dict[int, tuple[bytes, str | None]]


@dataclass(frozen=True)
class Life:
    """A data directory as it was left, cleanly and as a power cut finds it, and what was in it."""

    closed: Path
    cut_off: Path
    identity: DeviceIdentity
    receipts: Receipts
    waiting: set[int]
    backed_up: Receipts


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("life")
    closed, cut_off = folder / "closed", folder / "cut_off"
    engine = open_store(closed)
    identity = load_identity(engine)
    outbox = Outbox(engine, identity.code)
    _record(outbox, range(1, BEFORE + 1))
    _settle(outbox, engine, range(1, 41))
    Backups(closed / FILE_NAME, lambda: 0.0).make_if_due()
    backed_up, _ = _content(engine)
    # Big pages of audit, receipts and outbox have come into the file; the rest is in the log.
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(  # type: ignore[union-attr]
            "PRAGMA wal_checkpoint(TRUNCATE)"
        )
    _record(outbox, range(BEFORE + 1, BEFORE + AFTER + 1))
    _settle(outbox, engine, range(100, 160))
    receipts, waiting = _content(engine)
    shutil.copytree(closed, cut_off)
    engine.dispose()
    return Life(closed, cut_off, identity, receipts, waiting, backed_up)


@pytest.fixture
def data_dir(life: Life, tmp_path: Path) -> Path:
    return Path(shutil.copytree(life.closed, tmp_path / "data"))


@pytest.fixture
def cut_off(life: Life, tmp_path: Path) -> Path:
    return Path(shutil.copytree(life.cut_off, tmp_path / "data"))


def _record(outbox: Outbox, numbers: range) -> None:
    for number in numbers:
        assert isinstance(outbox.record(new_operation(person(number))), Recorded)


def _settle(outbox: Outbox, engine: Engine, counters: range) -> None:
    from uuid import UUID

    known, _ = _content(engine)
    outbox.settle(
        [Settlement(UUID(bytes=known[one][0]), Outcome.ACCEPTED, None, NOW) for one in counters],
        NOW,
    )


def _content(engine: Engine) -> tuple[Receipts, set[int]]:
    with engine.connect() as connection:
        receipts = connection.execute(text("SELECT counter, operation, outcome FROM receipts"))
        waiting = connection.execute(text("SELECT sequence FROM outbox"))
        return {row[0]: (row[1], row[2]) for row in receipts}, {row[0] for row in waiting}


@dataclass(frozen=True)
class Restored:
    reports: list[RestoreReport]
    receipts: Receipts
    waiting: set[int]
    next_receipt: int
    code: str


def reopen(data_dir: Path) -> Restored:
    """Open, look, record one more, and close."""
    engine = open_store(data_dir)
    try:
        identity = load_identity(engine)
        receipts, waiting = _content(engine)
        recorded = Outbox(engine, identity.code).record(new_operation(person(9999)))
        assert isinstance(recorded, Recorded)
        number = parse(recorded.receipt)
        assert number is not None
        return Restored(unread_reports(engine), receipts, waiting, number.counter, identity.code)
    finally:
        engine.dispose()
        assert find_damage(data_dir / FILE_NAME, full=True) is None


def receipts_leaf(path: Path, at: float) -> int:
    leaves = leaves_of(path, "receipts")
    return leaves[int(at * (len(leaves) - 1))]


def outbox_leaf(path: Path, at: float) -> int:
    leaves = leaves_of(path, "outbox")
    return leaves[int(at * (len(leaves) - 1))]


def free_trunk(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[32:36], "big")


DAMAGES: dict[str, tuple[Callable[[Path], object], Damage]] = {
    "page 1": (lambda path: flip(path, 1), Damage.NO_DATABASE),
    "header": (lambda path: flip(path, 1, 0, 100), Damage.NO_DATABASE),
    "format": (lambda path: flip(path, 1, 18, 19), Damage.NO_DATABASE),
    "schema": (lambda path: flip(path, 1, 100, PAGE), Damage.BROKEN_PAGES),
    "first receipts": (lambda path: flip(path, receipts_leaf(path, 0)), Damage.BROKEN_PAGES),
    "some receipts": (lambda path: flip(path, receipts_leaf(path, 0.5)), Damage.BROKEN_PAGES),
    "last receipts": (lambda path: flip(path, receipts_leaf(path, 1)), Damage.BROKEN_PAGES),
    "all receipts": (lambda path: flip(path, root_of(path, "receipts")), Damage.BROKEN_PAGES),
    "some operations": (lambda path: flip(path, outbox_leaf(path, 0.5)), Damage.BROKEN_PAGES),
    "last operations": (lambda path: flip(path, outbox_leaf(path, 1)), Damage.BROKEN_PAGES),
    "all operations": (lambda path: flip(path, root_of(path, "outbox")), Damage.BROKEN_PAGES),
    "audit": (lambda path: flip(path, root_of(path, "audit")), Damage.BROKEN_PAGES),
    "identity": (lambda path: flip(path, root_of(path, "meta")), Damage.BROKEN_PAGES),
    "revision": (lambda path: flip(path, root_of(path, "alembic_version")), Damage.BROKEN_PAGES),
    "index": (
        lambda path: flip(path, root_of(path, "sqlite_autoindex_outbox_1")),
        Damage.BROKEN_PAGES,
    ),
    "free pages": (lambda path: flip(path, free_trunk(path)), Damage.BROKEN_PAGES),
    "a page less": (lambda path: cut(path, path.stat().st_size - PAGE), Damage.TRUNCATED),
    "half": (lambda path: cut(path, path.stat().st_size // 2 + 17), Damage.TRUNCATED),
    "a header": (lambda path: cut(path, 60), Damage.NO_DATABASE),
    "nothing": (lambda path: cut(path, 0), Damage.EMPTY),
    "no file": (lambda path: path.unlink(), Damage.MISSING),
    "letters": (lambda path: path.write_bytes(b"letters " * 4096), Damage.NO_DATABASE),
}
# Damage outside of what is acknowledged costs nothing.
HARMLESS = {"page 1", "header", "format", "schema", "audit", "identity", "revision"}
HARMLESS |= {"index", "free pages"}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_is_found_set_aside_and_restored(
    name: str, life: Life, data_dir: Path
) -> None:
    store = data_dir / FILE_NAME
    damage, found = DAMAGES[name]
    damage(store)
    left = store.read_bytes() if store.exists() else None
    restored = reopen(data_dir)

    (report,) = restored.reports
    assert (report.found, report.number, report.quarantine) == (found, 1, "quarantine/1")
    assert report.backup == "device-000001.sqlite3"
    kept = data_dir / "quarantine" / "1" / FILE_NAME
    assert (kept.read_bytes() if kept.exists() else None) == left
    assert restored.code == life.identity.code
    # Whatever was there is there, each under its own number, and nothing that was not.
    assert life.backed_up.keys() <= restored.receipts.keys() <= life.receipts.keys()
    assert all(restored.receipts[one][0] == life.receipts[one][0] for one in restored.receipts)
    # What was answered before the backup does not wait again.
    assert not restored.waiting & {one for one, (_, out) in life.backed_up.items() if out}
    assert not restored.waiting & {one for one, (_, out) in restored.receipts.items() if out}
    lost = len(life.waiting - restored.waiting)
    assert report.lost_at_most is None or lost <= report.lost_at_most
    assert restored.next_receipt > max(restored.receipts) + RECEIPT_JUMP
    assert restored.next_receipt > max(life.receipts)
    if name in HARMLESS:
        assert lost == 0
        assert life.waiting == restored.waiting
        assert report.lost_at_most == 0
        assert not report.may_have_lost


@pytest.mark.parametrize(
    "name", ["first receipts", "some receipts", "last receipts", "some operations", "half"]
)
def test_what_lies_beside_the_damage_is_read(name: str, life: Life, data_dir: Path) -> None:
    DAMAGES[name][0](data_dir / FILE_NAME)
    restored = reopen(data_dir)
    (report,) = restored.reports
    assert report.salvaged_receipts > 0
    # A page holds some forty receipts or a dozen operations.
    lost = life.waiting - restored.waiting
    if name != "half":
        assert len(lost) <= 50
    assert report.salvaged_operations > 0


def test_without_a_backup_all_comes_from_the_damaged_file(life: Life, data_dir: Path) -> None:
    shutil.rmtree(data_dir / "backups")
    flip(data_dir / FILE_NAME, root_of(data_dir / FILE_NAME, "sqlite_autoindex_outbox_1"))
    restored = reopen(data_dir)
    (report,) = restored.reports
    assert report.backup is None
    assert (restored.receipts, restored.waiting) == (life.receipts, life.waiting)
    assert restored.code == life.identity.code


@pytest.mark.parametrize("name", ["header", "schema"])
def test_without_a_backup_a_damaged_first_page_is_made_again(
    name: str, life: Life, data_dir: Path
) -> None:
    shutil.rmtree(data_dir / "backups")
    DAMAGES[name][0](data_dir / FILE_NAME)
    restored = reopen(data_dir)
    assert (restored.receipts, restored.waiting) == (life.receipts, life.waiting)
    assert restored.code == life.identity.code


@pytest.mark.parametrize("name", ["identity", "letters"])
def test_a_device_that_cannot_know_who_it_is_says_so_and_touches_nothing(
    name: str, data_dir: Path
) -> None:
    shutil.rmtree(data_dir / "backups")
    store = data_dir / FILE_NAME
    DAMAGES[name][0](store)
    left, names = store.read_bytes(), {one.name for one in data_dir.iterdir()}
    for _ in range(2):
        with pytest.raises(Complaint, match="Nada foi tocado"):
            open_store(data_dir)
    assert store.read_bytes() == left
    assert {one.name for one in data_dir.iterdir()} == names


def test_a_damaged_backup_is_passed_over(life: Life, data_dir: Path) -> None:
    (backup,) = backups_of(data_dir)
    newer = backup.with_name("device-000007.sqlite3")
    shutil.copy(backup, newer)
    flip(newer, 3)
    flip(data_dir / FILE_NAME, 1)
    restored = reopen(data_dir)
    assert restored.reports[0].backup == "device-000001.sqlite3"
    assert restored.waiting == life.waiting


def test_what_a_migration_kept_stands_in_for_a_backup(life: Life, data_dir: Path) -> None:
    (backup,) = backups_of(data_dir)
    backup.rename(data_dir / f"{FILE_NAME}.before-0002")
    (data_dir / FILE_NAME).write_bytes(b"letters " * 1000)
    restored = reopen(data_dir)
    assert restored.reports[0].backup == f"{FILE_NAME}.before-0002"
    assert restored.receipts == life.backed_up


def test_an_operation_that_the_disk_has_changed_is_not_taken(life: Life, data_dir: Path) -> None:
    store = data_dir / FILE_NAME
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE outbox SET body = x'00' WHERE sequence IN (50, 230)")
        connection.commit()
    flip(store, root_of(store, "sqlite_autoindex_outbox_1"))
    restored = reopen(data_dir)
    # The backup has the one as it was recorded, the other is gone, and that is told.
    assert life.waiting - restored.waiting == {230}
    assert restored.reports[0].lost_at_most == 1
    with closing(sqlite3.connect(store)) as connection:
        body = connection.execute("SELECT body FROM outbox WHERE sequence = 50").fetchone()[0]
    assert body != b"\x00"


def test_an_operation_whose_receipt_is_gone_is_kept_under_its_number(
    life: Life, data_dir: Path
) -> None:
    shutil.rmtree(data_dir / "backups")
    store = data_dir / FILE_NAME
    gone = 239
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DELETE FROM receipts WHERE counter = ?", (gone,))
        connection.commit()
    assert find_damage(store) is Damage.BROKEN_REFERENCES
    restored = reopen(data_dir)
    assert restored.waiting == life.waiting
    assert restored.receipts[gone] == life.receipts[gone]


def test_an_answer_that_only_the_audit_tells_still_counts(life: Life, data_dir: Path) -> None:
    store = data_dir / FILE_NAME
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE receipts SET outcome = NULL WHERE counter = 155")
        connection.commit()
    flip(store, root_of(store, "sqlite_autoindex_outbox_1"))
    restored = reopen(data_dir)
    assert restored.receipts == life.receipts
    assert restored.waiting == life.waiting


def test_what_was_restored_cannot_be_withdrawn_as_if_it_had_never_left(data_dir: Path) -> None:
    flip(data_dir / FILE_NAME, 1)
    reopen(data_dir)
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as connection:
        least = connection.execute(
            "SELECT min(attempts) FROM outbox WHERE sequence <= 300"
        ).fetchone()[0]
    assert least == 1


def test_a_report_is_told_until_somebody_has_read_it(data_dir: Path) -> None:
    flip(data_dir / FILE_NAME, 1)
    assert len(reopen(data_dir).reports) == 1
    engine = open_store(data_dir)
    assert len(unread_reports(engine)) == 1
    mark_read(engine, 1, "M1", NOW)
    mark_read(engine, 1, "M1", NOW)
    assert unread_reports(engine) == []
    with engine.connect() as connection:
        events = connection.execute(
            text("SELECT event FROM audit WHERE event LIKE 'restore%' ORDER BY id")
        ).scalars()
        assert list(events) == ["restored", "restore_read"]
    engine.dispose()


def test_what_the_registry_said_is_asked_for_again(data_dir: Path) -> None:
    copy = AccountCopy(data_dir)
    copy.apply([CopiedAccount("a", "active", "none", "none")], "c1")
    copy.close()
    open_store(data_dir).dispose()
    copy = AccountCopy(data_dir)
    assert copy.cursor() == "c1"
    copy.close()
    flip(data_dir / FILE_NAME, 1)
    open_store(data_dir).dispose()
    assert (data_dir / "quarantine" / "1" / "copy.sqlite3").exists()
    copy = AccountCopy(data_dir)
    assert (copy.cursor(), copy.size()) == (None, 0)
    copy.close()


def test_a_second_damage_is_a_second_report_in_a_folder_of_its_own(data_dir: Path) -> None:
    for _ in range(2):
        flip(data_dir / FILE_NAME, 1)
        open_store(data_dir).dispose()
    reports = reopen(data_dir).reports
    assert [one.quarantine for one in reports] == ["quarantine/1", "quarantine/2"]
    assert sorted(one.name for one in (data_dir / "quarantine").iterdir()) == ["1", "2"]


@pytest.mark.parametrize("is_read", [False, True])
def test_a_number_is_not_used_again_where_its_folder_is_gone(is_read: bool, data_dir: Path) -> None:
    for number in (1, 2):
        flip(data_dir / FILE_NAME, 1)
        engine = open_store(data_dir)
        if is_read:
            mark_read(engine, number, "M1", NOW)
        engine.dispose()
        shutil.rmtree(data_dir / "quarantine")
    flip(data_dir / FILE_NAME, 1)
    told = [one.quarantine for one in reopen(data_dir).reports]
    assert told == [f"quarantine/{number}" for number in ((3,) if is_read else (1, 2, 3))]


def _older_store(data_dir: Path, rows: int) -> None:
    """Put a store of the first schema into a data directory, with operations that wait."""
    store = data_dir / FILE_NAME
    data_dir.mkdir()
    create(store, SCRIPTS, "0001")
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("INSERT INTO meta VALUES ('device_code', ?)", (b"K7Q2MT",))
        connection.execute("INSERT INTO meta VALUES ('subject_key', ?)", (bytes(32),))
        for number in range(1, rows + 1):
            operation, proof = number.to_bytes(16, "big"), number.to_bytes(32, "big")
            connection.execute(
                "INSERT INTO receipts (counter, operation, kind, made_at, birth_date_proof)"
                " VALUES (?, ?, 'reset', 0, ?)",
                (number, operation, proof),
            )
            connection.execute(
                "INSERT INTO outbox (sequence, id, kind, subject, receipt, label, body, made_by,"
                " made_at) VALUES (?, ?, 'reset', ?, 'r', 'l', x'00', 'self', 0)",
                (number, operation, proof),
            )
        connection.commit()


@pytest.mark.parametrize("has_backup", [False, True])
def test_a_damaged_store_of_an_older_schema_is_restored_and_migrated(
    has_backup: bool, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    _older_store(data_dir, rows=60)
    store = data_dir / FILE_NAME
    if has_backup:
        (data_dir / "backups").mkdir()
        shutil.copy(store, data_dir / "backups" / "device-000003.sqlite3")
    flip(store, root_of(store, "sqlite_autoindex_outbox_1"))
    restored = reopen(data_dir)
    assert restored.code == "K7Q2MT"
    assert restored.waiting == set(range(1, 61))
    assert restored.reports[0].salvaged_operations == 60
    assert restored.reports[0].lost_at_most == 0


def test_a_healthy_store_is_left_alone(life: Life, data_dir: Path) -> None:
    restored = reopen(data_dir)
    assert (restored.reports, restored.receipts) == ([], life.receipts)
    assert not (data_dir / "quarantine").exists()
    assert restored.next_receipt == max(life.receipts) + 1


def test_the_log_of_a_program_that_died_is_read_as_ever(life: Life, cut_off: Path) -> None:
    assert (cut_off / f"{FILE_NAME}-wal").stat().st_size > 0
    restored = reopen(cut_off)
    assert (restored.reports, restored.receipts) == ([], life.receipts)
    assert restored.waiting == life.waiting


def test_a_log_that_is_gone_after_an_unclean_end_is_noticed(life: Life, cut_off: Path) -> None:
    (cut_off / f"{FILE_NAME}-wal").unlink()
    restored = reopen(cut_off)
    (report,) = restored.reports
    assert report.found is Damage.MISSING_LOG
    assert report.lost_at_most is None
    assert report.may_have_lost
    assert restored.receipts == life.backed_up
    assert restored.next_receipt > max(life.receipts)


def test_a_file_older_than_its_backup_takes_nothing_from_it(life: Life, cut_off: Path) -> None:
    engine = open_store(cut_off)
    Backups(cut_off / FILE_NAME, lambda: 0.0).make_if_due()
    left = shutil.copytree(cut_off, cut_off.with_name("left"))
    engine.dispose()
    (left / f"{FILE_NAME}-wal").unlink()
    restored = reopen(left)
    assert restored.reports[0].found is Damage.MISSING_LOG
    assert restored.reports[0].backup == "device-000002.sqlite3"
    assert (restored.receipts, restored.waiting) == (life.receipts, life.waiting)


def test_a_log_that_goes_with_a_clean_end_is_not_missed(data_dir: Path) -> None:
    assert not (data_dir / f"{FILE_NAME}-wal").exists()
    assert not (data_dir / "device.running").exists()
    assert reopen(data_dir).reports == []


def test_a_log_broken_in_its_middle_is_noticed_and_read_behind_the_break(
    life: Life, cut_off: Path
) -> None:
    log = cut_off / f"{FILE_NAME}-wal"
    with log.open("r+b") as file:
        file.seek(32 + 100 * (24 + PAGE) + 24 + 2000)
        file.write(b"\xff" * 64)
    left = log.read_bytes()
    restored = reopen(cut_off)
    (report,) = restored.reports
    assert report.found is Damage.BROKEN_LOG
    assert (cut_off / "quarantine" / "1" / log.name).read_bytes() == left
    # SQLite alone would have stopped at the break, some thirty operations after the backup.
    assert restored.receipts == life.receipts
    assert restored.waiting == life.waiting
    assert report.may_have_lost


def test_a_log_without_its_header_is_noticed_and_read(life: Life, cut_off: Path) -> None:
    with (cut_off / f"{FILE_NAME}-wal").open("r+b") as file:
        file.write(bytes(32))
    restored = reopen(cut_off)
    assert restored.reports[0].found is Damage.BROKEN_LOG
    assert restored.waiting == life.waiting


def test_the_torn_end_of_a_log_is_no_damage(life: Life, cut_off: Path) -> None:
    log = cut_off / f"{FILE_NAME}-wal"
    cut(log, log.stat().st_size - 100)
    restored = reopen(cut_off)
    assert restored.reports == []
    assert len(life.receipts) - len(restored.receipts) <= 1


@pytest.mark.parametrize("what", ["nothing", "no file"])
def test_the_log_is_read_where_the_file_below_it_is_gone(
    what: str, life: Life, cut_off: Path
) -> None:
    DAMAGES[what][0](cut_off / FILE_NAME)
    restored = reopen(cut_off)
    (report,) = restored.reports
    assert report.found is DAMAGES[what][1]
    assert restored.waiting == life.waiting


def test_a_newer_file_is_refused_untouched_damaged_or_not(data_dir: Path) -> None:
    store = data_dir / FILE_NAME
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
        connection.commit()
    for damage in (False, True):
        if damage:
            flip(store, root_of(store, "sqlite_autoindex_outbox_1"))
        left = store.read_bytes()
        with pytest.raises(Complaint, match="Atualize o programa"):
            open_store(data_dir)
        assert store.read_bytes() == left


def test_a_damaged_revision_is_not_taken_for_a_newer_one(life: Life, data_dir: Path) -> None:
    store = data_dir / FILE_NAME
    (leaf,) = leaves_of(store, "alembic_version")
    content = store.read_bytes()
    at = content.index(b"00", (leaf - 1) * PAGE, leaf * PAGE)
    with store.open("r+b") as file:
        file.seek(at)
        file.write(b"9")
    restored = reopen(data_dir)
    assert restored.reports[0].found is Damage.BROKEN_PAGES
    assert restored.waiting == life.waiting


def test_another_programs_database_is_refused_untouched(data_dir: Path) -> None:
    store = data_dir / FILE_NAME
    store.unlink()
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE theirs (a TEXT)")
        connection.commit()
    left = store.read_bytes()
    with pytest.raises(Complaint, match="não é um banco de dados deste programa"):
        open_store(data_dir)
    assert store.read_bytes() == left


def test_a_full_disk_leaves_the_damaged_file_where_it_is(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = data_dir / FILE_NAME
    flip(store, 1)
    left = store.read_bytes()

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("kiosk.store.salvages.shutil.copyfile", no_room)
        with pytest.raises(Complaint, match="espaço"):
            open_store(data_dir)
    assert store.read_bytes() == left
    assert not (data_dir / "restoring").exists()
    assert len(reopen(data_dir).reports) == 1


def test_a_store_under_suspicion_is_checked_in_full(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = data_dir / FILE_NAME
    # An index that lacks a row: found by the full check alone.
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'IS NOT NULL', 'IS NULL')"
            " WHERE name = 'outbox_parked'"
        )
        connection.commit()
    monkeypatch.setattr("kiosk.database.damages.FULL_CHECK_BYTES", 0)
    open_store(data_dir).dispose()
    assert not (data_dir / "quarantine").exists()
    suspicion_of(store).touch()
    assert len(reopen(data_dir).reports) == 1
    assert not suspicion_of(store).exists()


def test_a_file_that_can_be_made_again_is_set_aside(tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert set_aside_if_damaged(copy) is None
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.commit()
    assert set_aside_if_damaged(copy) is None
    flip(copy, 2)
    left = copy.read_bytes()
    assert set_aside_if_damaged(copy) == "quarantine/1"
    assert not copy.exists()
    assert (tmp_path / "quarantine" / "1" / copy.name).read_bytes() == left
