"""The driven program: the device's own store, under load, saying what it has promised.

``python -m tests.faults.power.drivers ROOT SCRIPTS OPTIONS``: the folder below which all happens,
the one to which the migrations of a later program are written, and the options as JSON. Every line
that goes to ``ROOT/acknowledged`` is a mark: what is about to be done, and what was promised once
it was done.
"""

import json
import os
import random
import shutil
import sys
import threading
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from kiosk.database.keys import StoreKey
from kiosk.database.migrations import newest_revision
from kiosk.domain.operations import Outcome
from kiosk.store import files
from kiosk.store.backups import BackupResult, Backups
from kiosk.store.holds import DataDirHold
from kiosk.store.identities import DeviceIdentity, load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import ClaimedOperation, NewOperation, Recorded, Settlement
from kiosk.store.rewritings import rewrite_all
from tests import factories

# Below the root, so that the folders on the way are made under the recorder too.
DATA_DIR = Path("desk", "data")
LATER_REVISION = "9999"
# The store is encrypted, as that of every device is.
KEY = StoreKey(bytes(range(32)))
NEW_KEY = StoreKey(bytes(range(32, 64)))
_LATER = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{newest}"
def upgrade():
    # As most migrations of SQLite do: the table is made anew, filled and put in place.
    with op.batch_alter_table("outbox", recreate="always") as outbox:
        outbox.add_column(sa.Column("later", sa.Text))
    op.create_table("later", sa.Column("key", sa.Text, primary_key=True))
"""
_BODY_SIZES = (300, 700, 3_000, 9_000)
_BATCH = 20
_SAID = text(
    "SELECT sequence, kind, subject, label, body, made_by, made_at FROM outbox WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is done, and how.

    Attributes:
        seed: Of what each thread does.
        threads: That record.
        actions: Of each thread, in each of three runs of the program: a new store, a second start,
            and the start of a later program, which migrates.
        checkpoint_pages: Pages in the log that start a checkpoint; None for the product's own.
        changes_key: Before the later program begins.
        synchronous: Put in place of the product's own, to show that the fault is found.
    """

    seed: int = 1
    threads: int = 4
    actions: int = 12
    checkpoint_pages: int | None = None
    synchronous: str | None = None
    changes_key: bool = False


def digest_of(values: tuple[object, ...]) -> str:
    """Return the digest of what an operation says: id, kind, subject, label, body, who, when."""
    plain = [value.hex() if isinstance(value, bytes) else str(value) for value in values]
    return sha256(json.dumps(plain).encode()).hexdigest()


class Marks:
    """Says what is promised."""

    def __init__(self, root: Path) -> None:
        self._file = os.open(root / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def say(self, mark: str, **what: Any) -> None:
        os.write(self._file, json.dumps({"mark": mark, **what}).encode() + b"\n")


def main(root: Path, scripts: Path, options: Options) -> None:
    marks = Marks(root)
    data_dir = root / DATA_DIR
    later = _later_scripts(scripts)
    hold = DataDirHold(data_dir)
    key = KEY
    for turn in range(3):
        if turn == 2 and options.changes_key:
            marks.say("rekeying")
            rewrite_all(data_dir, KEY, NEW_KEY)
            marks.say("rekeyed")
            key = NEW_KEY
        if turn == 2:
            files.SCRIPTS = later
            marks.say("migrating")
        engine = files.open_store(data_dir, key)
        if turn == 2:
            marks.say("migrated")
        _change(engine, options)
        identity = load_identity(engine)
        marks.say("identity", code=identity.code, key=sha256(identity.subject_key).hexdigest())
        _work(engine, identity, marks, options, turn, key)
        engine.dispose()
    hold.close()


def _later_scripts(folder: Path) -> Path:
    newest = newest_revision(files.SCRIPTS)
    shutil.copytree(files.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{LATER_REVISION}_later.py").write_text(_LATER.format(newest=newest))
    return folder


def _change(engine: Engine, options: Options) -> None:
    pragmas = [
        f"{name}={value}"
        for name, value in (
            ("synchronous", options.synchronous),
            ("wal_autocheckpoint", options.checkpoint_pages),
        )
        if value is not None
    ]

    def prepare(connection: Any, *_: object) -> None:
        assert connection.execute("PRAGMA mmap_size").fetchone()[0] == 0
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    # At each use: a connection that was opened before now lies in the pool.
    event.listen(engine, "checkout", prepare)


def _work(
    engine: Engine,
    identity: DeviceIdentity,
    marks: Marks,
    options: Options,
    turn: int,
    key: StoreKey,
) -> None:
    outbox = Outbox(engine, identity.code)
    outbox.heal()
    is_over = threading.Event()
    failures: list[BaseException] = []

    def guarded(task: Any, *arguments: Any) -> None:
        try:
            task(*arguments)
        except BaseException as failure:  # noqa: BLE001  # told by the main thread
            failures.append(failure)

    recorders = [
        threading.Thread(target=guarded, args=(_record, outbox, marks, options, turn, number))
        for number in range(options.threads)
    ]
    settler = threading.Thread(target=guarded, args=(_settle, outbox, marks, is_over))
    for thread in [*recorders, settler]:
        thread.start()
    # While the others record, as the program does it.
    assert Backups(_path_of(engine), time.monotonic, key=key).make_if_due() is BackupResult.MADE
    marks.say("backed up")
    for thread in recorders:
        thread.join()
    is_over.set()
    settler.join()
    if failures:
        raise failures[0]


def _path_of(engine: Engine) -> Path:
    assert engine.url.database is not None
    return Path(engine.url.database)


def _record(outbox: Outbox, marks: Marks, options: Options, turn: int, thread: int) -> None:
    chance = random.Random(f"{options.seed} {turn} {thread}")
    first = 1 + (turn * options.threads + thread) * options.actions
    for number in range(first, first + options.actions):
        new = factories.new_operation(
            factories.person(number),
            made_at=1_700_000_000_000 + number,
            body=chance.randbytes(chance.choice(_BODY_SIZES)),
        )
        said = digest_of(_what_is_said(new))
        marks.say("recording", id=new.id.hex, digest=said)
        recorded = outbox.record(new)
        assert isinstance(recorded, Recorded)
        marks.say("recorded", id=new.id.hex, receipt=recorded.receipt)
        if number % 9 == 0:
            marks.say("settling", ids=[new.id.hex])
            if outbox.withdraw(new.id, new.made_at):
                marks.say("settled", ids=[new.id.hex])


def _what_is_said(new: NewOperation) -> tuple[object, ...]:
    return (new.id.bytes, new.kind, new.subject, new.label, new.body, new.made_by, new.made_at)


def _settle(outbox: Outbox, marks: Marks, is_over: threading.Event) -> None:
    settled = 0
    while True:
        was_over = is_over.is_set()
        claimed = outbox.claim(_now_ms(), limit=_BATCH, max_bytes=64_000)
        # Half of them are left in the queue when the program ends.
        if was_over:
            if claimed:
                outbox.release([one.id for one in claimed], error="unreachable", not_before=None)
            return
        if claimed:
            settled += 1
            _answer(outbox, marks, claimed, settled)
        else:
            is_over.wait(0.002)


def _answer(outbox: Outbox, marks: Marks, claimed: list[ClaimedOperation], settled: int) -> None:
    odd, rest = claimed[:1], claimed[1:]
    if settled % 4 == 0:
        outbox.park(odd[0].id, "unreadable", _now_ms())
        marks.say("parked", id=odd[0].id.hex)
        if settled % 8 == 0:
            _send_again(outbox, marks, odd[0])
    else:
        rest = claimed
    answered, given_back = rest[: len(rest) // 2 + 1], rest[len(rest) // 2 + 1 :]
    if answered:
        ids = [one.id.hex for one in answered]
        marks.say("settling", ids=ids)
        outbox.settle(
            [Settlement(one.id, Outcome.ACCEPTED, None, _now_ms()) for one in answered],
            _now_ms(),
        )
        marks.say("settled", ids=ids)
    if given_back:
        outbox.release([one.id for one in given_back], error="unreachable", not_before=None)


def _send_again(outbox: Outbox, marks: Marks, old: ClaimedOperation) -> None:
    new_id = factories.operation_id(_now_ms())
    with outbox.engine.connect() as connection:
        row = connection.execute(_SAID, {"id": old.id.bytes}).one()
    said = digest_of((new_id.bytes, *row[1:]))
    marks.say("settling", ids=[old.id.hex])
    marks.say("recording", id=new_id.hex, digest=said, replaces=old.id.hex)
    again = ParkedOperations(outbox).send_again(row.sequence, new_id, "staff", _now_ms())
    assert again is not None
    marks.say("recorded", id=new_id.hex, receipt=again.receipt)
    marks.say("settled", ids=[old.id.hex])


def _now_ms() -> int:
    return int(time.monotonic() * 1000)


def words_of(root: Path, scripts: Path, options: Options) -> list[str]:
    """Return the words that run this program."""
    module = "tests.faults.power.drivers"
    return ["-m", module, str(root), str(scripts), json.dumps(asdict(options))]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Options(**json.loads(sys.argv[3])))
