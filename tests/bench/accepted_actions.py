"""One accepted action beside what a commit of the same bytes takes by itself."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from time import perf_counter

from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Recorded
from tests.bench.comparisons import Comparison, alternate
from tests.factories import credential_of, new_operation, operation_id, person
from tests.seals import DEVICE, sealed

ACTION_AIM = 1.7
# As argon2-cffi writes a hash with its default parameters: 97 characters.
_HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "c" * 21 + "g$" + "a" * 42 + "c"
_RECEIPT = (
    "INSERT INTO receipts (operation, kind, made_at, card_proof, birth_date_proof, label, made_by)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_ROW = (
    "INSERT INTO outbox (sequence, id, kind, subject, receipt, label, seen, body, made_by, made_at,"
    " digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_AUDIT = "INSERT INTO audit (at, event, operation, detail, link) VALUES (?, ?, ?, NULL, ?)"


def measure(folder: Path, rounds: int, actions: int) -> list[Comparison]:
    """Measure in rounds of many actions each, on files that grow alike.

    What is recorded is made beforehand, the password's hash included. All connections have the
    store's own settings (write-ahead log, ``synchronous=FULL``), and so the same single fsync.

    Args:
        folder: Where the databases lie; what matters is the disk below it.
        rounds: How often each of them has its turn.
        actions: In each turn.
    """
    for name in ("ours", "rows", "bytes"):
        (folder / name).mkdir()
    engine = open_store(folder / "ours")
    outbox = Outbox(engine, load_identity(engine).code)
    open_store(folder / "rows").dispose()
    try:
        with (
            closing(connect(folder / "rows" / FILE_NAME)) as rows,
            closing(connect(folder / "bytes" / FILE_NAME)) as plain,
        ):
            plain.execute("CREATE TABLE said (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")

            def ours() -> float:
                return _microseconds(lambda new: recorded(outbox, new), made, actions)

            def same_rows() -> float:
                return _microseconds(lambda new: _insert_rows(rows, new), made_too, actions)

            def same_bytes() -> float:
                return _microseconds(lambda new: _insert_bytes(plain, new), made_again, actions)

            made, made_too, made_again = operations(), operations(), operations()
            for warm_up in (ours, same_rows, same_bytes):
                warm_up()
            beside_bytes = alternate(ours, same_bytes, rounds)
            beside_rows = alternate(ours, same_rows, rounds)
    finally:
        engine.dispose()
    name = "Uma ação aceita (Outbox.record)"
    return [
        Comparison(
            name, "um commit FULL dos mesmos bytes, sqlite3", "µs", *beside_bytes, ACTION_AIM
        ),
        Comparison(name, "as mesmas três linhas pelo sqlite3", "µs", *beside_rows, ACTION_AIM),
    ]


def _microseconds(
    act: Callable[[NewOperation], None], made: Iterator[NewOperation], actions: int
) -> float:
    ready = list(islice(made, actions))
    begun = perf_counter()
    for new in ready:
        act(new)
    return (perf_counter() - begun) / actions * 1_000_000


def operations(first: int = 1, device: str = DEVICE) -> Iterator[NewOperation]:
    """Yield registrations of one person after another, as the form makes them."""
    for number in count(first):
        who = person(number)
        operation = operation_id()
        body = sealed(credential_of(who, _HASH), operation.hex, device=device)
        # Digests of people are spread over their index, as those of the product are.
        subject = hashlib.sha256(who.card_number.encode()).digest()
        yield new_operation(who, id=operation, subject=subject, body=body)


def recorded(outbox: Outbox, new: NewOperation) -> None:
    """Record an operation, which must be nobody's waiting one."""
    assert isinstance(outbox.record(new), Recorded)


def _insert_rows(connection: sqlite3.Connection, new: NewOperation) -> None:
    operation = new.id.bytes
    connection.execute("BEGIN IMMEDIATE")
    proofs = (new.card_proof, new.birth_date_proof)
    counter = connection.execute(
        _RECEIPT, (operation, new.kind, new.made_at, *proofs, new.label, new.made_by)
    ).lastrowid
    receipt = str(ReceiptNumber("K7Q2MT", counter or 0))
    connection.execute(
        _ROW,
        (
            counter,
            operation,
            new.kind,
            new.subject,
            receipt,
            new.label,
            None,
            new.body,
            new.made_by,
            new.made_at,
            # As long as a digest, which is not what a row costs.
            new.subject,
        ),
    )
    # As long as a link.
    connection.execute(_AUDIT, (new.made_at, "recorded", operation, new.subject))
    connection.execute("COMMIT")


def _insert_bytes(connection: sqlite3.Connection, new: NewOperation) -> None:
    said = b"".join((new.id.bytes * 3, new.subject, new.card_proof or b"", new.birth_date_proof))
    said += new.subject * 2 + new.body
    said += f"{new.kind * 2}{new.label * 2}{new.made_by * 2}{new.made_at}K7Q2MT-0000".encode()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO said VALUES (NULL, ?)", (said,))
    connection.execute("COMMIT")


def connect(path: Path) -> sqlite3.Connection:
    """Open a file with the store's own settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
