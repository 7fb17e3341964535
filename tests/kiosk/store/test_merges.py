import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.database.migrations import create, newest_revision
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.audit_trails import Event, append
from kiosk.store.files import FILE_NAME, SCRIPTS, open_store
from kiosk.store.merges import Merged, has_identity, is_row, last_receipt_of, merge
from kiosk.store.outboxes import Outbox
from kiosk.store.receipt_numbers import RECEIPT_JUMP
from tests.factories import new_operation, person

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "a.sqlite3"
    create(path, SCRIPTS, newest_revision(SCRIPTS))
    return path


@pytest.fixture
def store(empty: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = shutil.copy(empty, tmp_path / "store.sqlite3")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def outbox(migrated_store: Path, tmp_path: Path) -> Iterator[Outbox]:
    shutil.copy(migrated_store, tmp_path)
    engine = open_store(tmp_path)
    yield Outbox(engine, "K7Q2MT")
    engine.dispose()


@pytest.fixture
def salvaged_path(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty, tmp_path / "salvaged.sqlite3"))


@pytest.fixture
def salvaged(salvaged_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(salvaged_path, isolation_level=None)) as connection:
        yield connection


def operation(number: int) -> bytes:
    return number.to_bytes(16, "big")


def put_receipt(
    where: sqlite3.Connection, counter: int, outcome: str | None = None, of: int | None = None
) -> None:
    where.execute(
        "INSERT INTO receipts (counter, operation, kind, made_at, birth_date_proof, outcome)"
        " VALUES (?, ?, 'reset', 0, zeroblob(32), ?)",
        (counter, operation(of or counter), outcome),
    )


def put_operation(where: sqlite3.Connection, sequence: int, of: int | None = None) -> None:
    where.execute("PRAGMA foreign_keys=OFF")
    where.execute(
        "INSERT INTO outbox (sequence, id, kind, subject, receipt, label, body, made_by, made_at)"
        " VALUES (?, ?, 'reset', zeroblob(32), 'r', 'l', x'00', 'self', 0)",
        (sequence, operation(of or sequence)),
    )


def put_line(where: sqlite3.Connection, event: str, of: int, detail: str | None = None) -> None:
    append(where, Event(9, event, operation(of), detail))


def outcomes(store: sqlite3.Connection) -> dict[int, str | None]:
    return dict(store.execute("SELECT counter, outcome FROM receipts").fetchall())


def waiting(store: sqlite3.Connection) -> list[int]:
    return [row[0] for row in store.execute("SELECT sequence FROM outbox ORDER BY sequence")]


@pytest.mark.parametrize(
    ("kept", "read", "expected"),
    [
        (None, "accepted", "accepted"),
        ("accepted", None, "accepted"),
        ("quarantined", "rejected", "rejected"),
        ("rejected", "quarantined", "rejected"),
        ("accepted", "rejected", "accepted"),
        (None, None, None),
    ],
)
def test_the_outcome_that_says_more_is_kept(
    kept: str | None,
    read: str | None,
    expected: str | None,
    store: sqlite3.Connection,
    salvaged: sqlite3.Connection,
    salvaged_path: Path,
) -> None:
    put_receipt(store, 1, kept)
    put_receipt(salvaged, 1, read)
    for where in (store, salvaged):
        put_operation(where, 1)
    merge(store, salvaged_path, 1)
    assert outcomes(store) == {1: expected}
    assert waiting(store) == ([] if expected else [1])


def test_a_number_belongs_to_the_operation_that_had_it(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    put_receipt(salvaged, 1, "accepted", of=7)
    put_operation(salvaged, 2, of=1)
    merge(store, salvaged_path, None)
    assert outcomes(store) == {1: None}
    assert waiting(store) == [1]
    assert store.execute("SELECT operation FROM receipts").fetchall() == [(operation(1),)]


def test_an_operation_read_from_the_damaged_file_is_the_newer_one(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path
) -> None:
    for where in (store, salvaged):
        put_receipt(where, 1)
        put_operation(where, 1)
    salvaged.execute("UPDATE outbox SET parked_reason = 'internal', attempts = 7")
    merged = merge(store, salvaged_path, 1)
    assert store.execute("SELECT parked_reason, attempts FROM outbox").fetchone() == ("internal", 7)
    assert merged == Merged(salvaged_operations=1, orphans=0, missing=0)


@pytest.mark.parametrize(
    ("event", "outcome", "reason"),
    [
        ("accepted", "accepted", None),
        ("rejected", "rejected", "said"),
        ("withdrawn", "withdrawn", None),
        ("sent_again", None, None),
        ("parked", None, None),
    ],
)
def test_the_audit_tells_what_a_receipt_does_not(
    event: str,
    outcome: str | None,
    reason: str | None,
    store: sqlite3.Connection,
    salvaged: sqlite3.Connection,
    salvaged_path: Path,
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    put_line(salvaged, event, 1, None if event == "accepted" else "said")
    merge(store, salvaged_path, None)
    told = store.execute("SELECT outcome, reason FROM receipts").fetchone()
    assert told == (outcome, reason)
    assert waiting(store) == ([1] if outcome is None else [])


def successor(store: sqlite3.Connection, counter: int = 1) -> tuple[str | None, int | None]:
    told: tuple[str | None, int | None] = store.execute(
        "SELECT outcome, replaced_by FROM receipts WHERE counter = ?", (counter,)
    ).fetchone()
    return told


def replace_receipt(where: sqlite3.Connection, counter: int, by: int) -> None:
    put_receipt(where, counter, "replaced")
    where.execute("UPDATE receipts SET replaced_by = ? WHERE counter = ?", (by, counter))


def test_the_audit_tells_under_which_receipt_a_wish_went_on(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    put_receipt(salvaged, 7)
    put_operation(salvaged, 7)
    put_line(salvaged, "sent_again", 1, f"staff: {ReceiptNumber('K7Q2MT', 7)}")
    merge(store, salvaged_path, None)
    assert successor(store) == ("replaced", 7)
    assert waiting(store) == [7]


@pytest.mark.parametrize("has_receipt", [False, True])
@pytest.mark.parametrize("told_by", ["receipt", "audit"])
def test_a_wish_whose_successor_is_gone_waits_under_its_old_receipt(
    told_by: str,
    has_receipt: bool,
    store: sqlite3.Connection,
    salvaged: sqlite3.Connection,
    salvaged_path: Path,
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    if told_by == "receipt":
        replace_receipt(salvaged, 1, by=7)
    else:
        put_line(salvaged, "sent_again", 1, f"staff: {ReceiptNumber('K7Q2MT', 7)}")
    if has_receipt:
        put_receipt(salvaged, 7)
    merge(store, salvaged_path, None)
    assert successor(store) == (None, None)
    assert waiting(store) == [1]


def test_a_wish_sent_again_twice_goes_back_as_far_as_an_operation_is_left(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    replace_receipt(salvaged, 1, by=7)
    replace_receipt(salvaged, 7, by=9)
    merge(store, salvaged_path, None)
    assert outcomes(store) == {1: None, 7: None}
    assert waiting(store) == [1]


@pytest.mark.parametrize("outcome", [None, "accepted"])
def test_a_wish_whose_successor_is_there_stays_sent_again(
    outcome: str | None,
    store: sqlite3.Connection,
    salvaged: sqlite3.Connection,
    salvaged_path: Path,
) -> None:
    put_receipt(store, 1)
    put_operation(store, 1)
    replace_receipt(salvaged, 1, by=7)
    if outcome is not None:
        put_receipt(salvaged, 7, outcome)
    # Without its receipt, which is then made again.
    else:
        put_operation(salvaged, 7)
    merge(store, salvaged_path, None)
    assert successor(store) == ("replaced", 7)
    assert waiting(store) == ([] if outcome else [7])


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [
        ("UPDATE receipts SET operation = zeroblob(16) WHERE counter = 2", True),
        (
            "UPDATE receipts SET operation = zeroblob(16), outcome = 'accepted' WHERE counter = 2",
            False,
        ),
        ("UPDATE outbox SET id = zeroblob(16) WHERE sequence = 2", False),
        ("UPDATE outbox SET id = zeroblob(16), digest = NULL WHERE sequence = 2", False),
    ],
)
def test_a_receipt_that_names_another_operation_is_mended_by_a_row_that_fits_its_digest(
    change: str, is_kept: bool, outbox: Outbox, tmp_path: Path, salvaged_path: Path
) -> None:
    for number in (1, 2):
        outbox.record(new_operation(person(number)))
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as lived:
        lived.execute(change)
        merge(lived, salvaged_path, 2)
        assert waiting(lived) == ([1, 2] if is_kept else [1])
        assert lived.execute(
            "SELECT count(*) FROM receipts JOIN outbox ON (counter, operation) = (sequence, id)"
        ).fetchone() == (2 if is_kept else 1,)


def test_what_the_device_is_stays_and_what_it_knew_is_the_newer(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path, tmp_path: Path
) -> None:
    for where, word in ((store, b"old"), (salvaged, b"new")):
        for key in ("device_code", "subject_key", "highest_time"):
            where.execute("INSERT INTO meta VALUES (?, ?)", (key, word))
    merge(store, salvaged_path, None)
    assert dict(store.execute("SELECT key, value FROM meta").fetchall()) == {
        "device_code": b"old",
        "subject_key": b"old",
        "highest_time": b"new",
    }
    assert has_identity(tmp_path / "store.sqlite3")


def test_a_store_without_an_identity_is_known_for_one(
    store: sqlite3.Connection, salvaged_path: Path, tmp_path: Path
) -> None:
    merge(store, salvaged_path, None)
    assert not has_identity(tmp_path / "store.sqlite3")


@pytest.mark.parametrize(("last_given", "in_store"), [(50, 3), (3, 50), (None, 50)])
def test_numbers_go_on_far_beyond_the_last(
    last_given: int | None,
    in_store: int,
    store: sqlite3.Connection,
    salvaged_path: Path,
    tmp_path: Path,
) -> None:
    put_receipt(store, in_store)
    merge(store, salvaged_path, last_given)
    assert last_receipt_of(tmp_path / "store.sqlite3") == 50 + RECEIPT_JUMP
    store.execute(
        "INSERT INTO receipts (operation, kind, made_at, birth_date_proof)"
        " VALUES (x'ff', 'reset', 0, x'ff')"
    )
    assert store.execute("SELECT max(counter) FROM receipts").fetchone()[0] == 51 + RECEIPT_JUMP


def test_what_is_gone_is_counted(
    store: sqlite3.Connection, salvaged: sqlite3.Connection, salvaged_path: Path
) -> None:
    for counter in (1, 2, 5):
        put_receipt(store, counter, "accepted")
    put_receipt(salvaged, 7)
    put_receipt(salvaged, 9)
    put_operation(salvaged, 9)
    merged = merge(store, salvaged_path, 10)
    # 6, 8 and 10 are missing after the backup's last; 7 has no answer and no operation.
    assert merged == Merged(salvaged_operations=1, orphans=1, missing=3)


RECEIPT = {"operation": bytes(16), "kind": "reset", "birth_date_proof": bytes(32), "outcome": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"outcome": "accepted"}, True),
        ({"outcome": "acceptee"}, False),
        ({"kind": "resex"}, False),
        ({"operation": bytes(15)}, False),
        ({"birth_date_proof": bytes(33)}, False),
        ({"card_proof": bytes(32)}, True),
        ({"card_proof": b""}, False),
    ],
)
def test_a_row_has_to_be_one_that_this_program_writes(
    changes: dict[str, object], expected: bool
) -> None:
    assert is_row("receipts", RECEIPT | changes) is expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("device_code", b"K7Q2MT", True),
        ("device_code", b"K7Q2M", False),
        ("device_code", b"K7Q2M\xff", False),
        ("subject_key", KEY, True),
        ("subject_key", KEY[:31], False),
        ("signing_key", KEY, True),
        ("signing_key", KEY[:31], False),
        ("next_signing_key", KEY + b"x", False),
        ("else", b"", True),
        ("else", None, False),
    ],
)
def test_an_identity_is_taken_only_where_it_can_be_one(
    key: str, value: bytes | None, expected: bool
) -> None:
    assert is_row("meta", {"key": key, "value": value}) is expected
