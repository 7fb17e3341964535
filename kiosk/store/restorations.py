"""What is done about a damaged store before the program opens it.

The damaged file is moved whole into quarantine, the newest good backup takes its place, and every
row that can still be read from the damaged file is laid over it. All of it is put together beside
the store, under a name that counts only when it is whole; a power cut leaves either the damaged
file, and the next start begins anew, or the whole result, and the next start puts it in place.
"""

import contextlib
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.database.damages import find_damage
from kiosk.database.drivers import ERRORS, connect
from kiosk.database.files import OWNER_ONLY, beside, size_of, sync_file, sync_folder
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import (
    bring_up_to_date,
    create,
    is_known,
    is_newer,
    newer_schema,
    newest_revision,
    schema_version,
)
from kiosk.domain.restorations import Damage, RestoreReport
from kiosk.store.account_copies import FILE_NAME as COPY_NAME
from kiosk.store.backups import backups_of
from kiosk.store.disks import is_disk_full
from kiosk.store.merges import SALVAGED, Merged, has_identity, is_row, last_receipt_of, merge
from kiosk.store.quarantines import FOLDER as QUARANTINE
from kiosk.store.quarantines import next_number, quarantine
from kiosk.store.restore_reports import keep_report, last_number
from kiosk.store.running_marks import RunningMark
from kiosk.store.salvages import Salvage, readable_copy, salvage, schema_of
from kiosk.store.suspicions import suspicion_of

_WORK = "restoring"
_WORK_MODE = 0o700
_READY = ".restored-"
_FOUND_BY = ("meta", "receipts", "outbox")
_OPERATIONS = ("receipts", "outbox")
# Found so, nothing that can still be read says what came last.
_WITHOUT_LAST_WORD = (Damage.MISSING, Damage.EMPTY, Damage.MISSING_LOG, Damage.BROKEN_LOG)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Workshop:
    """The files of one restoration, in a folder that holds nothing but copies."""

    folder: Path
    key: StoreKey | None

    @property
    def empty(self) -> Path:
        return self.folder / "empty.sqlite3"

    @property
    def copy(self) -> Path:
        return self.folder / "damaged.sqlite3"

    @property
    def salvaged(self) -> Path:
        return self.folder / "salvaged.sqlite3"

    @property
    def result(self) -> Path:
        return self.folder / "result.sqlite3"


def inspect(store: Path, key: StoreKey | None = None) -> Damage | None:
    """Say what is wrong with a store that no program has open; a new one is whole.

    Raises:
        sqlite3.OperationalError: The file cannot be read, or another program holds it.
        OSError: The same.
    """
    size = size_of(store)
    if not size:
        if not _was_in_use(store):
            return None
        return Damage.MISSING if size is None else Damage.EMPTY
    if RunningMark(store).has_lost_log():
        return Damage.MISSING_LOG
    return find_damage(store, full=True if suspicion_of(store).exists() else None, key=key)


def put_right(
    store: Path, scripts: Path, now_ms: Callable[[], int], key: StoreKey | None = None
) -> RestoreReport | None:
    """Leave a store behind that is whole, whatever it was before.

    Args:
        store: The store file, open in no program.
        scripts: Folder of the Alembic environment.
        now_ms: This machine's clock, for the report.
        key: Of the store, its backups and all that is made of them; known to be the right one.

    Returns:
        What was done now, where anything was.

    Raises:
        Complaint: Neither file nor backup says which device this is, the file is of a newer
            program, or there is no room for the restoration. Nothing was moved then.
    """
    _finish(store)
    # What an interrupted restoration left are copies.
    shutil.rmtree(store.parent / _WORK, ignore_errors=True)
    damage = inspect(store, key)
    report = None
    if damage is not None:
        report = _restore(store, scripts, damage, now_ms(), key)
        _finish(store)
        said = {"damage": damage, "quarantine": report.quarantine}
        _log.error("store_restored", extra=said)
    # The end of the last program has been looked into.
    _clear_marks(store)
    return report


def is_restoration_under_way(store: Path) -> bool:
    """Tell whether a restoration has still to be brought to its end, by the next start."""
    return any(store.parent.glob(f"{store.name}{_READY}*"))


def set_aside_if_damaged(copy: Path, key: StoreKey | None = None) -> str | None:
    """Quarantine a file that can be made again, where it is damaged; an empty one may follow it.

    Args:
        copy: The file, open in no program.
        key: Of the file.

    Returns:
        The quarantine folder, or None where the file is whole.
    """
    damage = find_damage(copy, key=key)
    if damage is None:
        return None
    folder = quarantine(copy, next_number(copy.parent))
    said = {"file": copy.name, "damage": damage, "quarantine": folder}
    _log.error("file_set_aside", extra=said)
    return folder


def _was_in_use(store: Path) -> bool:
    return (
        RunningMark(store).ended_uncleanly()
        or bool(size_of(beside(store, "-wal")))
        or bool(backups_of(store.parent))
        or bool(_kept_by_migrations(store))
    )


def _kept_by_migrations(store: Path) -> list[Path]:
    kept = (one for one in store.parent.glob(f"{store.name}.before-*") if one.suffix != ".part")
    return sorted(kept, reverse=True)


def _restore(
    store: Path, scripts: Path, damage: Damage, now_ms: int, key: StoreKey | None
) -> RestoreReport:
    shop = _Workshop(store.parent / _WORK, key)
    try:
        shop.folder.mkdir(_WORK_MODE)
        report = _put_together(store, scripts, damage, now_ms, shop)
        ready = beside(store, f"{_READY}{report.number}")
        # From here on the result counts.
        shop.result.rename(ready)
        sync_folder(store.parent)
    except (OSError, *ERRORS) as error:
        if is_disk_full(error):
            raise Complaint(
                f"O arquivo {store.name} está danificado e não há espaço no disco para "
                "recuperá-lo. Libere espaço e abra o programa de novo; nada foi apagado."
            ) from None
        _log.error("restoration_stumbled", extra={"error": error})
        raise _not_put_right(store) from None
    finally:
        shutil.rmtree(shop.folder, ignore_errors=True)
    return report


def _put_together(
    store: Path, scripts: Path, damage: Damage, now_ms: int, shop: _Workshop
) -> RestoreReport:
    key = shop.key
    base = _newest_good(store, scripts, key)
    newest = newest_revision(scripts)
    create(shop.empty, scripts, newest, key)
    donors = [shop.empty] if base is None else [base, shop.empty]
    is_readable = readable_copy(store, shop.copy, donors, _FOUND_BY, key)
    schema = schema_of(shop.copy, key) if is_readable else None
    if schema is not None and is_newer(schema, scripts):
        raise newer_schema(store, schema)
    shop.result.touch(OWNER_ONLY)
    shutil.copyfile(base or shop.empty, shop.result)
    bring_up_to_date(shop.result, scripts, key)
    known = last_receipt_of(shop.result, key)
    if schema is None or not is_known(schema, scripts):
        # Where it cannot be read it is most likely that of the backup.
        schema = (base and schema_version(base, key)) or newest
    if schema == newest:
        shutil.copyfile(shop.empty, shop.salvaged)
    else:
        create(shop.salvaged, scripts, schema, key)
    found = _salvage(shop, known) if is_readable else Salvage(None)
    bring_up_to_date(shop.salvaged, scripts, key)
    with contextlib.closing(connect(shop.result, key, isolation_level=None)) as result:
        merged = merge(result, shop.salvaged, found.last_receipt, key, now_ms)
        # Somebody may have carried the folders of earlier ones away.
        number = max(next_number(store.parent), last_number(result) + 1)
        report = RestoreReport(
            number=number,
            found=damage,
            restored_at=now_ms,
            backup=None if base is None else base.name,
            salvaged_receipts=found.rows("receipts"),
            salvaged_operations=merged.salvaged_operations,
            lost_at_most=_lost_at_most(damage, found, merged),
            quarantine=f"{QUARANTINE}/{number}",
        )
        keep_report(result, report)
    if not has_identity(shop.result, key):
        raise Complaint(
            f"O arquivo {store.name} está danificado, e nem dele nem de uma cópia em backups foi "
            "possível ler o código deste aparelho. Nada foi tocado. Chame a equipe de operação: "
            "com uma cópia antiga em backups o programa se recupera; sem ela, guarde esta pasta e "
            "comece com outra (--data)."
        )
    if find_damage(shop.result, full=True, key=key) is not None:
        raise _not_put_right(store)
    if store.exists():
        shutil.copymode(store, shop.result)
    sync_file(shop.result)
    return report


def _not_put_right(store: Path) -> Complaint:
    return Complaint(
        f"O arquivo {store.name} está danificado e não foi possível recuperá-lo. Nada foi apagado; "
        "guarde esta pasta e chame a equipe de operação."
    )


def _newest_good(store: Path, scripts: Path, key: StoreKey | None) -> Path | None:
    """Return the newest backup that is whole and of this program, else what a migration kept."""
    for candidate in (*backups_of(store.parent), *_kept_by_migrations(store)):
        try:
            if size_of(candidate) and find_damage(candidate, full=True, key=key) is None:
                revision = schema_version(candidate, key)
                if revision is not None and is_known(revision, scripts):
                    return candidate
        except Complaint:
            continue
    return None


def _salvage(shop: _Workshop, known: int) -> Salvage:
    with contextlib.closing(connect(shop.salvaged, shop.key, isolation_level=None)) as into:
        # Nothing of it outlives a power cut, so nothing of it has to be on disk.
        into.execute("PRAGMA synchronous=OFF")
        into.execute("PRAGMA foreign_keys=OFF")
        into.execute("BEGIN")
        found = salvage(shop.copy, into, SALVAGED, is_row, known, shop.key)
        into.execute("COMMIT")
    return found


def _lost_at_most(damage: Damage, found: Salvage, merged: Merged) -> int | None:
    if damage in _WITHOUT_LAST_WORD or found.is_contradicted:
        return None
    if found.is_complete(*_OPERATIONS):
        return merged.orphans
    return None if merged.missing is None else merged.missing + merged.orphans


def _finish(store: Path) -> None:
    """Put a result that is ready in the place of the damaged file; each step may be the last."""
    ready = list(store.parent.glob(f"{store.name}{_READY}*"))
    if not ready:
        return
    _clear_marks(store)
    for result in ready:
        number = int(result.name.rpartition("-")[2])
        quarantine(store, number)
        # Its cursor speaks of answers that the store may have lost: they are asked for again.
        quarantine(store.with_name(COPY_NAME), number)
        result.rename(store)
        sync_folder(store.parent)


def _clear_marks(store: Path) -> None:
    RunningMark(store).lift()
    suspicion_of(store).unlink(missing_ok=True)
