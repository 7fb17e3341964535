import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.domain.receipts import ReceiptNumber
from kiosk.domain.restorations import RestoreReport
from kiosk.store.backups import Backups
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.receipt_ledgers import ReceiptLedger
from kiosk.store.restore_reports import unread_reports
from tests.damages import PAGE, flip, leaves_of
from tests.factories import new_operation, operation_id, person

pytestmark = pytest.mark.usefixtures("expected_stumbles")

ROWS = 300


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store in which many operations wait, as its end left it."""
    folder = tmp_path_factory.mktemp("full")
    engine = open_store(folder)
    outbox = Outbox(engine, load_identity(engine).code)
    for number in range(1, ROWS + 1):
        outbox.record(new_operation(person(number)))
    engine.dispose()
    return folder / FILE_NAME


def left(data_dir: Path) -> tuple[list[RestoreReport], list[int], ReceiptLedger]:
    """Open and close; return the reports, what waits, and the ledger."""
    engine = open_store(data_dir)
    try:
        with engine.connect() as connection:
            waiting = connection.execute(text("SELECT sequence FROM outbox")).scalars().all()
        ledger = ReceiptLedger(engine, load_identity(engine))
        return unread_reports(engine), sorted(waiting), ledger
    finally:
        engine.dispose()


def test_one_bit_of_a_receipt_does_not_take_the_operation_with_it(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    outbox = Outbox(engine, load_identity(engine).code)
    new = new_operation(person(1))
    outbox.record(new)
    outbox.record(new_operation(person(2)))
    engine.dispose()
    store = tmp_path / FILE_NAME
    page = leaves_of(store, "receipts")[-1]
    content = bytearray(store.read_bytes())
    content[content.index(new.id.bytes, (page - 1) * PAGE, page * PAGE) + 15] ^= 1
    store.write_bytes(content)
    (report,), waiting, _ = left(tmp_path)
    assert waiting == [1, 2]
    assert report.lost_at_most == 0


def test_a_wish_sent_again_after_the_backup_is_still_there(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    identity = load_identity(engine)
    outbox = Outbox(engine, identity.code)
    for number in range(1, 41):
        outbox.record(new_operation(person(number)))
    wish = new_operation(person(99), card_proof=identity.card_proof("000000000099"))
    outbox.record(wish)
    outbox.park(wish.id, "internal", 1)
    store = tmp_path / FILE_NAME
    Backups(store, lambda: 0.0).make_if_due()
    for number in range(100, 160):
        outbox.record(new_operation(person(number)))
    assert ParkedOperations(outbox).send_again(41, operation_id(), "staff", 2) is not None
    engine.dispose()
    # The pages with the newer receipt and the newer operation.
    for table in ("receipts", "outbox"):
        flip(store, leaves_of(store, table)[-1])
    _, waiting, ledger = left(tmp_path)
    assert 41 in waiting
    assert 102 not in waiting
    entry = ledger.find(ReceiptNumber(identity.code, 41), "000000000099", None)
    assert entry is not None
    assert (entry.outcome, entry.is_parked) == (None, True)


@pytest.mark.parametrize("broken", ["audit", "receipts"])
@pytest.mark.parametrize("beyond", [5_000, 0])
@pytest.mark.parametrize("told", [1, 43])
def test_a_count_of_receipts_that_lies_costs_nothing(
    told: int,
    beyond: int,
    broken: str,
    full: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk.store.salvages._BEYOND", beyond)
    store = Path(shutil.copy(full, tmp_path))
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'receipts'", (told,))
        connection.commit()
    flip(store, leaves_of(store, broken)[0])
    (report,), waiting, _ = left(tmp_path)
    # A receipt that is gone is made again from its operation.
    assert waiting == list(range(1, ROWS + 1))
    # Nothing says any more how many numbers were given.
    assert report.lost_at_most is None
