"""An encrypted store is put right as a plain one is, around pages whose seal does not fit."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.database.damages import find_damage
from kiosk.database.drivers import connect
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import create, schema_version
from kiosk.database.sealed_pages import opens_with
from kiosk.domain.restorations import Damage
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.backups import BackupResult, Backups, backups_of
from kiosk.store.copy_openings import open_copy
from kiosk.store.exports import export_outbox
from kiosk.store.files import FILE_NAME, SCRIPTS, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.restore_reports import unread_reports
from kiosk.store.suspicions import suspicion_of
from tests.damages import PAGE, cut, flip, leaves_of, root_of
from tests.factories import new_operation, person

pytestmark = pytest.mark.usefixtures("expected_stumbles")

KEY = StoreKey(bytes(range(32)))
BEFORE, AFTER = 60, 60


@dataclass(frozen=True)
class Life:
    closed: Path
    cut_off: Path
    code: str


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("life")
    closed, cut_off = folder / "closed", folder / "cut_off"
    engine = open_store(closed, KEY)
    code = load_identity(engine).code
    outbox = Outbox(engine, code)
    for number in range(BEFORE):
        outbox.record(new_operation(person(number)))
    Backups(closed / FILE_NAME, lambda: 0.0, key=KEY).make_if_due()
    for number in range(BEFORE, BEFORE + AFTER):
        outbox.record(new_operation(person(number)))
    shutil.copytree(closed, cut_off)
    engine.dispose()
    return Life(closed, cut_off, code)


@pytest.fixture
def data_dir(life: Life, tmp_path: Path) -> Path:
    return Path(shutil.copytree(life.closed, tmp_path / "data"))


@pytest.fixture
def cut_off(life: Life, tmp_path: Path) -> Path:
    return Path(shutil.copytree(life.cut_off, tmp_path / "data"))


@dataclass(frozen=True)
class Restored:
    reports: list[Damage]
    lost_at_most: int | None
    waiting: set[int]
    code: str


def reopen(data_dir: Path) -> Restored:
    engine = open_store(data_dir, KEY)
    try:
        reports = unread_reports(engine)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT sequence FROM outbox").all()
        return Restored(
            [one.found for one in reports],
            reports[0].lost_at_most if reports else None,
            {row[0] for row in rows},
            load_identity(engine).code,
        )
    finally:
        engine.dispose()
        assert find_damage(data_dir / FILE_NAME, full=True, key=KEY) is None
        assert opens_with(data_dir / FILE_NAME, KEY)


def one_bit(path: Path, page: int, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[(page - 1) * PAGE + at] ^= 1
    path.write_bytes(content)


def middle(path: Path, table: str) -> int:
    leaves = leaves_of(path, table, KEY)
    return leaves[len(leaves) // 2]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "page 1": lambda path: flip(path, 1),
    "header": lambda path: flip(path, 1, 16, 100),
    "one bit of page 1": lambda path: one_bit(path, 1, 3000),
    "the seal of page 1": lambda path: flip(path, 1, 4090, 4096),
    "some receipts": lambda path: flip(path, middle(path, "receipts")),
    "one bit of a receipt": lambda path: one_bit(path, middle(path, "receipts"), 2500),
    "the seal of receipts": lambda path: flip(path, middle(path, "receipts"), 4040, 4041),
    "some operations": lambda path: flip(path, middle(path, "outbox")),
    "one bit of an operation": lambda path: one_bit(path, middle(path, "outbox"), 2500),
    "all operations": lambda path: flip(path, root_of(path, "outbox", KEY)),
    "audit": lambda path: flip(path, root_of(path, "audit", KEY)),
    "identity": lambda path: flip(path, root_of(path, "meta", KEY)),
    "revision": lambda path: flip(path, root_of(path, "alembic_version", KEY)),
    "index": lambda path: flip(path, root_of(path, "sqlite_autoindex_outbox_1", KEY)),
    "a page less": lambda path: cut(path, path.stat().st_size - PAGE),
    "half": lambda path: cut(path, path.stat().st_size // 2 + 17),
    "nothing": lambda path: cut(path, 0),
    "no file": lambda path: path.unlink(),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}
# Nothing that was acknowledged lies there, or only its seal.
HARMLESS = {"page 1", "header", "one bit of page 1", "the seal of page 1", "the seal of receipts"}
HARMLESS |= {"some receipts", "one bit of a receipt", "audit", "identity", "revision", "index"}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_is_found_set_aside_and_restored(
    name: str, life: Life, data_dir: Path
) -> None:
    store = data_dir / FILE_NAME
    DAMAGES[name](store)
    left = store.read_bytes() if store.exists() else None
    restored = reopen(data_dir)
    assert len(restored.reports) == 1
    kept = data_dir / "quarantine" / "1" / FILE_NAME
    assert (kept.read_bytes() if kept.exists() else None) == left
    assert restored.code == life.code
    everything = set(range(1, BEFORE + AFTER + 1))
    assert set(range(1, BEFORE + 1)) <= restored.waiting <= everything
    lost = len(everything - restored.waiting)
    assert restored.lost_at_most is None or lost <= restored.lost_at_most
    if name in HARMLESS:
        assert lost == 0
    if name == "one bit of an operation":
        # What a bit garbles is one row, or the two that meet there, though the driver opens none of
        # its page.
        assert lost <= 2


def test_without_a_backup_all_comes_from_the_damaged_file(life: Life, data_dir: Path) -> None:
    shutil.rmtree(data_dir / "backups")
    one_bit(
        data_dir / FILE_NAME, root_of(data_dir / FILE_NAME, "sqlite_autoindex_outbox_1", KEY), 99
    )
    restored = reopen(data_dir)
    assert restored.waiting == set(range(1, BEFORE + AFTER + 1))
    assert restored.code == life.code


def test_what_is_only_in_the_log_is_read_after_a_power_cut(life: Life, cut_off: Path) -> None:
    log = cut_off / f"{FILE_NAME}-wal"
    assert log.stat().st_size > 100 * PAGE
    assert b"SQLite" not in log.read_bytes()
    restored = reopen(cut_off)
    assert restored.reports == []
    assert restored.waiting == set(range(1, BEFORE + AFTER + 1))


def test_page_1_that_was_being_written_when_the_power_went_is_in_the_log(cut_off: Path) -> None:
    flip(cut_off / FILE_NAME, 1, 0, 2048)
    restored = reopen(cut_off)
    assert restored.reports == []
    assert restored.waiting == set(range(1, BEFORE + AFTER + 1))


def test_a_log_with_a_broken_frame_is_laid_over_and_told(life: Life, cut_off: Path) -> None:
    log = cut_off / f"{FILE_NAME}-wal"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    restored = reopen(cut_off)
    assert restored.reports == [Damage.BROKEN_LOG]
    assert restored.code == life.code
    assert len(restored.waiting) >= BEFORE + AFTER - 20


def test_an_older_schema_is_migrated_on_an_encrypted_copy(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    create(path, SCRIPTS, "0001", KEY)
    engine = open_store(tmp_path, KEY)
    engine.dispose()
    kept = [one for one in tmp_path.iterdir() if ".before-" in one.name]
    assert [opens_with(one, KEY) for one in (path, *kept)] == [True, True]
    assert schema_version(kept[0], KEY) == "0001"


def test_a_damaged_page_makes_no_backup_and_is_looked_into(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "backups")
    store = data_dir / FILE_NAME
    flip(store, middle(store, "receipts"), 300, 301)
    backups = Backups(store, lambda: 0.0, key=KEY)
    assert backups.make_if_due() is BackupResult.DAMAGED
    assert backups_of(data_dir) == []
    assert list((data_dir / "backups").iterdir()) == []
    assert suspicion_of(store).exists()


def test_a_queue_is_exported_beside_the_program_that_runs_on_it(
    data_dir: Path, tmp_path: Path
) -> None:
    engine = open_store(data_dir, KEY)
    export = export_outbox(data_dir, tmp_path / "queue", 1, force=False, key=KEY)
    engine.dispose()
    assert (export.count, export.damaged) == (BEFORE + AFTER, 0)


def test_a_damaged_copy_is_begun_anew_under_the_same_key(tmp_path: Path) -> None:
    copy = AccountCopy(tmp_path, key=KEY)
    copy.apply([CopiedAccount(f"{n:032x}", "active", "a", "usable") for n in range(500)], "c")
    copy.close()
    path = tmp_path / "copy.sqlite3"
    flip(path, 3)
    again = open_copy(tmp_path, ended_suddenly=True, key=KEY)
    assert (again.size(), again.cursor()) == (0, None)
    again.apply([CopiedAccount("a", "active", "a", "none")], "d")
    again.close()
    assert opens_with(path, KEY)
    with closing(connect(path, KEY)) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    assert [one.name for one in (tmp_path / "quarantine").iterdir()] == ["1"]
