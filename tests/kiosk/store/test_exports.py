import hashlib
import os
import shutil
import sqlite3
import stat
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Engine, text

from kiosk.complaints import Complaint
from kiosk.database.keys import StoreKey
from kiosk.store import export_files, exports
from kiosk.store.carried_marks import CarriedMark
from kiosk.store.exports import OutboxExport, export_outbox
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import ClaimedOperation
from kiosk.store.restore_reports import unread_reports
from kiosk.wire.messages import OperationMessage
from kiosk.wire.outbox_files import MAX_LINE_BYTES, OutboxFileHeader, OutboxFileTrailer
from tests.enrolments import enrol_store
from tests.factories import new_operation, operation_id, person

NOW = 1_800_000_000_000


def read(file: Path) -> tuple[OutboxFileHeader, list[OperationMessage], OutboxFileTrailer]:
    lines = file.read_bytes().splitlines(keepends=True)
    trailer = msgspec.json.decode(lines[-1], type=OutboxFileTrailer)
    assert trailer.sha256 == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    return (
        msgspec.json.decode(lines[0], type=OutboxFileHeader),
        [msgspec.json.decode(line, type=OperationMessage) for line in lines[1:-1]],
        trailer,
    )


def claimed(outbox: Outbox) -> list[ClaimedOperation]:
    return outbox.claim(1, limit=100, max_bytes=9**9)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "pendrive"
    folder.mkdir()
    return folder / "fila.kiosk"


@pytest.fixture
def export(tmp_path: Path, target: Path) -> Callable[..., OutboxExport]:
    def run(*, force: bool = False) -> OutboxExport:
        return export_outbox(tmp_path, target, NOW, force=force)

    return run


Export = Callable[..., OutboxExport]


def spoil(store: Engine, change: str) -> None:
    with store.begin() as connection:
        connection.execute(text(change))


def test_every_unanswered_row_goes_as_a_push_would_send_it(
    outbox: Outbox, export: Export, target: Path
) -> None:
    news = [new_operation(person(number)) for number in range(4)]
    for new in news:
        outbox.record(new)
    sent = [one.message for one in claimed(outbox)]
    outbox.park(news[1].id, "not_understood", NOW)
    assert export() == OutboxExport(count=4, parked=1, damaged=0)
    header, operations, trailer = read(target)
    assert header == OutboxFileHeader(
        format="kiosk-pas-outbox",
        version=1,
        device=outbox.device_code,
        exported_at=NOW,
        count=4,
    )
    assert operations == sent
    assert trailer.count == 4


def test_one_sent_again_names_the_first(outbox: Outbox, export: Export, target: Path) -> None:
    new = new_operation(person())
    outbox.record(new)
    outbox.park(new.id, "not_understood", NOW)
    ParkedOperations(outbox).send_again(1, operation_id(), "self", NOW)
    export()
    ((one),) = read(target)[1]
    assert (one.replaces, one.sequence, one.receipt[:11]) == (
        new.id.hex,
        1,
        f"{outbox.device_code}-0002",
    )


def test_the_store_stays_as_it_is(
    store: Engine, outbox: Outbox, export: Export, tmp_path: Path
) -> None:
    outbox.record(new_operation(person()))
    claimed(outbox)
    held = "SELECT claimed_until, attempts FROM outbox"
    with store.connect() as connection:
        before = connection.execute(text(held)).all()
    store.dispose()
    content = (tmp_path / FILE_NAME).read_bytes()
    export()
    assert (tmp_path / FILE_NAME).read_bytes() == content
    with store.connect() as connection:
        assert connection.execute(text(held)).all() == before


def test_what_is_recorded_meanwhile_is_not_in_the_way(
    outbox: Outbox, export: Export, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.record(new_operation(person(1)))
    write = export_files.write

    def record_first(*args: object, **more: object) -> None:
        outbox.record(new_operation(person(2)))
        write(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(exports, "write", record_first)
    assert export().count == 1
    assert len(read(target)[1]) == 1
    assert outbox.counts().waiting == 2


def test_what_is_taken_back_meanwhile_is_not_exported(
    store: Engine, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = threading.Event()
    lock = exports._write_lock

    def lock_loudly(path: Path, key: StoreKey | None) -> AbstractContextManager[None]:
        arrived.set()
        return lock(path, key)

    monkeypatch.setattr(exports, "_write_lock", lock_loudly)
    made: list[OutboxExport] = []
    exporting = threading.Thread(
        target=lambda: made.append(export_outbox(tmp_path, target, NOW, force=False))
    )

    def carried() -> int:
        reach = CarriedMark(tmp_path).reaches()
        exporting.start()
        assert arrived.wait(30)
        return reach

    outbox = Outbox(store, "K7Q2MT", carried=carried)
    enrol_store(store, "K7Q2MT")
    news = [new_operation(person(number)) for number in (1, 2)]
    for new in news:
        outbox.record(new)
    assert outbox.withdraw(news[0].id, NOW)
    exporting.join(30)
    assert [one.count for one in made] == [1]
    # What comes later sees the mark.
    assert not Outbox(store, "K7Q2MT", carried=CarriedMark(tmp_path).reaches).withdraw(
        news[1].id, NOW
    )


def test_the_log_of_a_program_that_died_stays(outbox: Outbox, tmp_path: Path, target: Path) -> None:
    outbox.record(new_operation(person()))
    left = shutil.copytree(tmp_path, tmp_path / "left")
    log = left / f"{FILE_NAME}-wal"
    before = (log.read_bytes(), (left / FILE_NAME).read_bytes())
    assert export_outbox(left, target, NOW, force=False).count == 1
    assert (log.read_bytes(), (left / FILE_NAME).read_bytes()) == before
    assert before[0]
    engine = open_store(left)
    assert unread_reports(engine) == []
    engine.dispose()


def test_a_store_that_a_restoration_has_still_to_put_in_place_is_told(
    tmp_path: Path, target: Path
) -> None:
    (tmp_path / f"{FILE_NAME}.restored-1").touch()
    with pytest.raises(Complaint, match="interrompida"):
        export_outbox(tmp_path, target, NOW, force=False)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_CANTOPEN_ISDIR])
def test_a_store_that_is_held_is_not_called_damaged(
    code: int, outbox: Outbox, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_path: Path, _key: StoreKey | None) -> None:
        error = sqlite3.OperationalError()
        error.sqlite_errorcode = code
        raise error

    outbox.record(new_operation(person()))
    monkeypatch.setattr(exports, "_write_lock", held)
    with pytest.raises(Complaint, match="não pôde ser aberto"):
        export()


def test_only_the_owner_may_read_it_and_nothing_else_is_left(
    outbox: Outbox, export: Export, target: Path
) -> None:
    outbox.record(new_operation(person()))
    target.with_name(f".{target.name}.0123abcd.kiosk-part").write_bytes(b"of one that was killed")
    others = target.with_name(f"{target.name}.part")
    others.write_bytes(b"somebody's")
    export()
    assert sorted(target.parent.iterdir()) == [target, others]
    assert others.read_bytes() == b"somebody's"
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("has_rows", [True, False])
def test_nothing_to_export_writes_no_file(
    store: Engine, outbox: Outbox, export: Export, target: Path, has_rows: bool
) -> None:
    if has_rows:
        outbox.record(new_operation(person()))
        spoil(store, "UPDATE outbox SET made_at = 5")
    made = export()
    assert (made.count, made.parked, made.damaged) == (0, 0, int(has_rows))
    assert not target.exists()


@pytest.mark.parametrize(
    "change",
    [
        "made_at = made_at + 1",
        "body = x'00'",
        "body = 'text'",
        "kind = 7",
        "kind = CAST(x'C328' AS TEXT)",
        "id = 'text'",
        "receipt = 'K7Q2MT-0001-X', digest = NULL",
        "made_at = 'long ago', digest = NULL",
        "digest = x'00'",
    ],
)
def test_what_the_disk_has_changed_is_left_out_and_counted(
    store: Engine, outbox: Outbox, export: Export, target: Path, change: str
) -> None:
    news = [new_operation(person(number)) for number in range(3)]
    for new in news:
        outbox.record(new)
    spoil(store, f"UPDATE outbox SET {change} WHERE sequence = 2")
    made = export()
    assert (made.count, made.parked, made.damaged) == (2, 0, 1)
    header, operations, _ = read(target)
    assert header.count == 2
    assert [UUID(hex=one.id) for one in operations] == [news[0].id, news[2].id]


def test_a_row_without_a_digest_goes(store: Engine, outbox: Outbox, export: Export) -> None:
    outbox.record(new_operation(person()))
    spoil(store, "UPDATE outbox SET digest = NULL")
    assert export().count == 1


def test_a_row_that_no_reader_takes_is_left_out(outbox: Outbox, export: Export) -> None:
    recorded = outbox.record(new_operation(person(1), body=b"0" * MAX_LINE_BYTES))
    outbox.record(new_operation(person(2)))
    assert export() == OutboxExport(
        count=1, parked=0, damaged=1, damaged_receipts=(recorded.receipt,)
    )


def test_what_is_left_out_is_named_as_far_as_it_can_be(
    store: Engine, outbox: Outbox, export: Export
) -> None:
    receipts = [outbox.record(new_operation(person(number))).receipt for number in range(30)]
    spoil(store, "UPDATE outbox SET made_at = made_at + 1 WHERE sequence > 2")
    for sequence, receipt in ((3, "'K7Q2MT'"), (4, "CAST(x'C328' AS TEXT)"), (5, "7")):
        spoil(store, f"UPDATE outbox SET receipt = {receipt} WHERE sequence = {sequence}")
    made = export()
    assert (made.count, made.damaged) == (2, 28)
    assert list(made.damaged_receipts) == receipts[5:25]


def test_an_existing_file_stays(outbox: Outbox, export: Export, target: Path) -> None:
    outbox.record(new_operation(person(1)))
    export()
    before = target.read_bytes()
    outbox.record(new_operation(person(2)))
    with pytest.raises(Complaint, match="já existe"):
        export()
    assert target.read_bytes() == before
    export(force=True)
    assert len(read(target)[1]) == 2


def test_force_replaces_nothing_but_an_export(
    outbox: Outbox, tmp_path: Path, export: Export, target: Path
) -> None:
    outbox.record(new_operation(person()))
    for other in (tmp_path / FILE_NAME, target.parent):
        with pytest.raises(Complaint, match=r"não é uma fila exportada|é uma pasta"):
            export_outbox(tmp_path, other, NOW, force=True)
    assert outbox.counts().waiting == 1


@pytest.mark.parametrize("where", ["no/such/folder", "f" * 300])
def test_a_file_that_cannot_be_written_is_told(outbox: Outbox, tmp_path: Path, where: str) -> None:
    outbox.record(new_operation(person()))
    with pytest.raises(Complaint, match="não pôde ser gravado"):
        export_outbox(tmp_path, tmp_path / where, NOW, force=False)


def test_a_full_disk_leaves_nothing_behind(
    outbox: Outbox, export: Export, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.record(new_operation(person()))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Complaint, match="se há espaço"):
        export()
    assert list(target.parent.iterdir()) == []


def test_without_a_store_nothing_is_made(tmp_path: Path, target: Path) -> None:
    with pytest.raises(Complaint, match="Não há fila"):
        export_outbox(tmp_path / "elsewhere", target, NOW, force=False)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("schema", "word"), [("0001", "mais antiga"), ("9999", "mais nova")])
def test_a_store_of_another_schema_is_refused_untouched(
    store: Engine, outbox: Outbox, export: Export, target: Path, schema: str, word: str
) -> None:
    outbox.record(new_operation(person()))
    spoil(store, f"UPDATE alembic_version SET version_num = '{schema}'")
    with pytest.raises(Complaint, match=word):
        export()
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"nothing of ours" * 99])
def test_a_file_that_is_no_store_is_told(tmp_path: Path, target: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(Complaint, match="danificado ou não é deste programa"):
        export_outbox(tmp_path, target, NOW, force=False)


def test_a_store_that_was_never_used_is_told(tmp_path: Path, target: Path) -> None:
    open_store(tmp_path).dispose()
    with pytest.raises(Complaint, match="nunca foi usada"):
        export_outbox(tmp_path, target, NOW, force=False)


def test_a_store_whose_pages_are_broken_is_told(
    store: Engine, outbox: Outbox, tmp_path: Path, export: Export
) -> None:
    for number in range(200):
        outbox.record(new_operation(person(number)))
    store.dispose()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'outbox'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(Complaint, match="danificado"):
        export()


def test_memory_does_not_grow_with_the_queue(
    store: Engine, outbox: Outbox, export: Export, target: Path
) -> None:
    outbox.record(new_operation(person()))
    peaks = []
    for rows in (800, 4_000):
        multiply(store, outbox, rows)
        tracemalloc.start()
        assert export(force=True).count == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    assert peaks[1] < target.stat().st_size / 2


def multiply(store: Engine, outbox: Outbox, rows: int) -> None:
    """Make the queue as long as told, by rows that are whole."""
    with store.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for table in ("receipts", "outbox"):
            one = dict(connection.execute(text(f"SELECT * FROM {table}")).first()._mapping)  # type: ignore[union-attr]
            columns = ", ".join(one)
            marks = ", ".join(f":{name}" for name in one)
            driver.executemany(
                f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",
                (numbered(table, one, number) for number in range(2, rows + 1)),
            )


def numbered(table: str, one: dict[str, object], number: int) -> dict[str, object]:
    key = operation_id(number).bytes
    if table == "receipts":
        return one | {"counter": number, "operation": key}
    return one | {"sequence": number, "id": key, "digest": None}
