"""Queues that do the same: put one by one, take, acknowledge, each on disk when it ends."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, cast

from litequeue import LiteQueue  # type: ignore[import-untyped]
from persistqueue import SQLiteAckQueue
from sqlalchemy import Engine, event

from kiosk.domain.operations import Outcome
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Settlement
from kiosk.wire.messages import MAX_BATCH, MAX_BODY_BYTES
from tests.bench.accepted_actions import connect, operations, recorded

OURS, RAW = "Outbox", "sqlite3"


class Queue(Protocol):
    """A queue in a file."""

    def fill(self, waiting: Sequence[NewOperation]) -> None:
        """Put in what waits from the beginning; that this is quick matters more than the disk."""

    def cycle(self, put: Sequence[NewOperation]) -> None:
        """Put operations one by one, then take and acknowledge as many, the oldest first."""

    def tidy(self) -> None:
        """Throw away what the queue keeps of those that are acknowledged."""

    def close(self) -> None:
        """Close the file."""


class OurQueue:
    """The product's, in batches as the worker takes and settles them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine = open_store(folder)
        self._outbox = Outbox(self._engine, load_identity(self._engine).code)

    def fill(self, waiting: Sequence[NewOperation]) -> None:
        record_quickly(self._engine, waiting)

    def cycle(self, put: Sequence[NewOperation]) -> None:
        for new in put:
            recorded(self._outbox, new)
        now = put[0].made_at
        settled = 0
        while settled < len(put):
            limit = min(MAX_BATCH, len(put) - settled)
            claimed = self._outbox.claim(now, limit=limit, max_bytes=MAX_BODY_BYTES)
            answers = [Settlement(one.id, Outcome.ACCEPTED, None, now) for one in claimed]
            self._outbox.settle(answers, now)
            settled += len(claimed)
            assert claimed

    def tidy(self) -> None:
        """Nothing: receipts and audit are kept for good."""

    def close(self) -> None:
        self._engine.dispose()


class RawQueue:
    """The least that could be called an outbox: one table, one row a step, one commit a step."""

    def __init__(self, folder: Path) -> None:
        self._connection = connect(folder / "raw.sqlite3")
        self._connection.execute(
            "CREATE TABLE outbox"
            " (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL, claimed_until INTEGER)"
        )

    def fill(self, waiting: Sequence[NewOperation]) -> None:
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO outbox (body) VALUES (?)", ((new.body,) for new in waiting)
            )

    def cycle(self, put: Sequence[NewOperation]) -> None:
        connection = self._connection
        for new in put:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO outbox (body) VALUES (?)", (new.body,))
            connection.execute("COMMIT")
        for new in put:
            connection.execute("BEGIN IMMEDIATE")
            sequence, _ = connection.execute(
                "SELECT sequence, body FROM outbox WHERE claimed_until IS NULL"
                " ORDER BY sequence LIMIT 1"
            ).fetchone()
            connection.execute(
                "UPDATE outbox SET claimed_until = ? WHERE sequence = ?", (new.made_at, sequence)
            )
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM outbox WHERE sequence = ?", (sequence,))
            connection.execute("COMMIT")

    def tidy(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        self._connection.close()


class PersistQueue:
    """``persist-queue``, acknowledging, with every change committed as it is made."""

    def __init__(self, folder: Path) -> None:
        self._queue = SQLiteAckQueue(str(folder), auto_commit=True)
        self._connection = cast("sqlite3.Connection", self._queue._putter)
        self._connection.execute("PRAGMA synchronous=FULL")

    def fill(self, waiting: Sequence[NewOperation]) -> None:
        self._connection.execute("PRAGMA synchronous=OFF")
        for new in waiting:
            self._queue.put(new.body)
        self._connection.execute("PRAGMA synchronous=FULL")

    def cycle(self, put: Sequence[NewOperation]) -> None:
        for new in put:
            self._queue.put(new.body)
        for _ in put:
            item = self._queue.get(block=False, raw=True)
            self._queue.ack(id=item["pqid"])

    def tidy(self) -> None:
        self._queue.clear_acked_data(max_delete=10_000, keep_latest=0)

    def close(self) -> None:
        self._queue.close()


class LitePutQueue:
    """``litequeue``, which leaves its last commits to the system unless it is told otherwise."""

    def __init__(self, folder: Path) -> None:
        self._queue = LiteQueue(folder / "lite.sqlite3")
        self._queue.conn.execute("PRAGMA synchronous=FULL")

    def fill(self, waiting: Sequence[NewOperation]) -> None:
        with self._queue.transaction():
            for new in waiting:
                self._queue.put(_text_of(new))

    def cycle(self, put: Sequence[NewOperation]) -> None:
        for new in put:
            self._queue.put(_text_of(new))
        for _ in put:
            self._queue.done(self._queue.pop().message_id)

    def tidy(self) -> None:
        self._queue.prune()

    def close(self) -> None:
        self._queue.close()


def _text_of(new: NewOperation) -> str:
    # It takes text alone, and a sealed body is none: as many letters, made in no time.
    return new.body.hex()[: len(new.body)]


KINDS: Mapping[str, Callable[[Path], Queue]] = {
    OURS: OurQueue,
    RAW: RawQueue,
    "persist-queue": PersistQueue,
    "litequeue": LitePutQueue,
}


def open_queue(name: str, folder: Path, waiting: int) -> Queue:
    """Open a new queue of a kind with operations of as many people in it."""
    folder.mkdir(parents=True)
    queue = KINDS[name](folder)
    queue.fill(list(islice(operations(), waiting)))
    return queue


def record_quickly(engine: Engine, news: Sequence[NewOperation]) -> None:
    """Record operations in a store without waiting for the disk."""
    outbox = Outbox(engine, load_identity(engine).code)
    engine.dispose()
    event.listen(engine, "connect", _leave_it_to_the_system)
    try:
        for new in news:
            recorded(outbox, new)
    finally:
        event.remove(engine, "connect", _leave_it_to_the_system)
        engine.dispose()


def _leave_it_to_the_system(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
