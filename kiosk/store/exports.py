"""The queue in one file, for a device whose line will not come back in time.

The store is only read, beside a running program or without one: nothing is migrated, healed or
taken out, and the same operations may still be pushed afterwards. A mark beside it says that they
may be on their way, so that none is taken back.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, create_engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from kiosk.complaints import Complaint, unusable_data_dir
from kiosk.database.damages import BUSY_TIMEOUT_SECONDS, connect_read_only, primary_code
from kiosk.database.drivers import DATABASE_ERRORS, OPERATIONAL_ERRORS, module_of
from kiosk.database.drivers import connect as connect_file
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import newest_revision
from kiosk.domain import receipts
from kiosk.store.carried_marks import CarriedMark
from kiosk.store.export_files import refuse_occupied, write
from kiosk.store.files import FILE_NAME, SCRIPTS
from kiosk.store.restorations import is_restoration_under_way
from kiosk.store.rounds import message_of
from kiosk.store.tables import meta, outbox
from kiosk.wire.messages import OperationMessage, encode
from kiosk.wire.outbox_files import FORMAT, MAX_LINE_BYTES, VERSION, OutboxFileHeader

_ROWS_AT_ONCE = 500
_MOST_NAMED = 20
_ONLY_READS = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_ROWS = select(outbox).where(outbox.c.sequence <= bindparam("last")).order_by(outbox.c.sequence)
_LAST = select(func.coalesce(func.max(outbox.c.sequence), 0))
_DEVICE = select(meta.c.value).where(meta.c.key == "device_code")
_SCHEMA = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True, slots=True)
class OutboxExport:
    """What was written.

    Attributes:
        count: Operations in the file; 0 where there was none to write, and then no file.
        parked: Those of them that a person must look at.
        damaged: Operations that the disk has changed, which were left out.
        damaged_receipts: Those of their receipts that can still be read, the first 20.
    """

    count: int
    parked: int
    damaged: int
    damaged_receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """What a row became; without content where the disk has changed it."""

    content: bytes | None
    is_parked: bool
    receipt: str | None


def export_outbox(
    data_dir: Path, target: Path, now_ms: int, *, force: bool, key: StoreKey | None = None
) -> OutboxExport:
    """Write every unanswered operation of a device into a file, parked and claimed ones too.

    The file appears under its name only once it is whole and on disk.

    Args:
        data_dir: The device's data directory.
        target: The file.
        now_ms: This machine's clock.
        force: Put it in the place of an earlier export.
        key: Of the store.

    Raises:
        Complaint: There is no store, it is of another version, or damaged; or the file cannot be
            written, or is there already.
    """
    path = data_dir / FILE_NAME
    refuse_occupied(target, force=force)
    try:
        with _reading(path, key) as connection:
            device = _device(connection, path)
            last: int = connection.execute(_LAST).scalar_one()
            if last:
                # Before they are read: nothing that is in the file can be taken back any more.
                _mark(data_dir, last, key)
        with _reading(path, key) as connection:
            # The header tells the count, and what the disk has changed is only known when read:
            # so the rows are read twice, as of one moment.
            export = _counted(connection, device, last)
            if export.count:
                found = _lines(connection, device, last)
                lines = (line.content for line in found if line.content is not None)
                header = OutboxFileHeader(
                    format=FORMAT,
                    version=VERSION,
                    device=device,
                    exported_at=now_ms,
                    count=export.count,
                )
                write(target, header, lines, force=force)
    except DatabaseError as error:
        raise _unreadable(path, error.orig) from None
    except DATABASE_ERRORS as error:
        raise _unreadable(path, error) from None
    return export


@contextlib.contextmanager
def _reading(path: Path, key: StoreKey | None) -> Iterator[Connection]:
    """Open a store so that not a byte of it changes, and hold one moment of it."""
    if is_restoration_under_way(path):
        raise Complaint(
            "A recuperação do arquivo desta máquina foi interrompida. Abra uma vez o quiosque ou o "
            "balcão nesta máquina, que a termina, e exporte depois."
        )
    if not path.is_file():
        raise Complaint(
            f"Não há fila em {path.parent}: ali nenhum quiosque ou balcão trabalhou. Confira a "
            "pasta dos dados desta máquina com --data."
        )

    def connect() -> sqlite3.Connection:
        connection = connect_read_only(path, key)
        # What the disk made of a text must not end the reading of all others.
        connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
        return connection

    engine = create_engine(
        "sqlite://",
        module=module_of(key),
        creator=connect,
        poolclass=NullPool,
        hide_parameters=True,
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection


def _device(connection: Connection, path: Path) -> str:
    """Return whose store it is, where its schema is the present one."""
    schema = str(connection.exec_driver_sql(_SCHEMA).scalar())
    wanted = newest_revision(SCRIPTS)
    if schema > wanted:
        raise Complaint(
            f"O arquivo {path.name} é de uma versão mais nova do programa (esquema {schema}). "
            "Atualize o programa; o arquivo não foi tocado."
        )
    if schema < wanted:
        raise Complaint(
            f"O arquivo {path.name} é de uma versão mais antiga do programa (esquema {schema}). "
            "Abra uma vez o quiosque ou o balcão nesta máquina, que o atualiza, e exporte depois."
        )
    code = connection.execute(_DEVICE).scalar()
    if code is None:
        raise Complaint(f"A fila em {path.parent} nunca foi usada: não há nada para exportar.")
    return str(code.decode(errors="replace"))


def _mark(data_dir: Path, last: int, key: StoreKey | None) -> None:
    """Note what is about to leave; said while the store is held open for reading.

    Whoever takes an operation back looks at the mark under the store's write lock: one that saw the
    old mark has committed before, and is then seen, and one that comes later sees the new one.
    """
    try:
        with _write_lock(data_dir / FILE_NAME, key):
            CarriedMark(data_dir).extend(last)
    except OSError:
        raise unusable_data_dir(data_dir) from None


@contextlib.contextmanager
def _write_lock(path: Path, key: StoreKey | None) -> Iterator[None]:
    """Hold a store's write lock, and write nothing.

    The caller has the store open already: the last one to close it for writing would bring the log
    of a program that died into the file, and the next start would miss it.
    """
    locking = connect_file(path, key, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    with contextlib.closing(locking):
        try:
            locking.execute("BEGIN IMMEDIATE")
        except OPERATIONAL_ERRORS as error:
            # Where this user may only read, it is not this user's program that runs.
            if primary_code(error) not in _ONLY_READS:
                raise
        yield


def _counted(connection: Connection, device: str, last: int) -> OutboxExport:
    count = parked = damaged = 0
    named: list[str] = []
    for line in _lines(connection, device, last):
        if line.content is not None:
            count += 1
            parked += line.is_parked
            continue
        damaged += 1
        if line.receipt is not None and len(named) < _MOST_NAMED:
            named.append(line.receipt)
    return OutboxExport(count, parked, damaged, tuple(named))


def _lines(connection: Connection, device: str, last: int) -> Iterator[_Line]:
    """Yield what is written for each row."""
    chunks = connection.execution_options(yield_per=_ROWS_AT_ONCE)
    with chunks.execute(_ROWS, {"last": last}) as rows:
        for row in rows:
            is_parked = row.parked_reason is not None
            yield _Line(_content(row, device), is_parked, _receipt(row, device))


def _receipt(row: Any, device: str) -> str | None:
    number = receipts.read(row.receipt) if isinstance(row.receipt, str) else None
    return row.receipt if number is not None and number.device_code == device else None


def _content(row: Any, device: str) -> bytes | None:
    try:
        message = message_of(row)
        content = encode(message)
        # An older program made no digests; what it wrote is at least an operation of this device.
        is_whole = row.digest is None or row.digest == message.digest()
        number = receipts.parse(message.receipt)
        again = msgspec.json.decode(content, type=OperationMessage)
    except (AttributeError, TypeError, ValueError, msgspec.MsgspecError):
        return None
    is_own = number is not None and number.device_code == device
    fits = len(content) < MAX_LINE_BYTES
    return content if is_whole and is_own and fits and again == message else None


def _unreadable(path: Path, error: BaseException | None) -> Complaint:
    if primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN):
        return Complaint(
            f"O arquivo {path} não pôde ser aberto. Confira se este usuário pode ler a pasta, e "
            "tente de novo."
        )
    return Complaint(
        f"O arquivo {path} está danificado ou não é deste programa, e nada foi exportado. Abra o "
        "quiosque ou o balcão nesta máquina, que recupera o que puder, e exporte depois."
    )
