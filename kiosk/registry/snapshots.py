"""Snapshots: all accounts as of one place in the feed, in a file that devices fetch in pieces.

For kiosks there is another file, of all digests.
"""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, case, func, literal_column, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of, driver_sql
from kiosk.registry.clocks import Clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.feeds import last_position, mark_of, tells_of_this_feed
from kiosk.registry.snapshot_files import SnapshotCard, SnapshotFiles
from kiosk.registry.tables import digests, people
from kiosk.wire.messages import ACCOUNTS, DIGESTS, SnapshotResponse

# Whoever gets an older one reads a little more of the feed; a new one costs the registry seconds.
LATELY_MS = 10 * 60_000
_STILL_READ_SECONDS = 10 * 60
_AFTER_A_FAILURE_SECONDS = 60
_ROWS = 2000

_log = logging.getLogger(__name__)
_LINES = msgspec.json.Encoder()
_shared = (
    select(people.c.email_key)
    .where(people.c.email_key.is_not(None))
    .group_by(people.c.email_key)
    .having(func.count() > literal_column("1"))
    .subquery()
)
# By ref, so that a device appends where it would otherwise insert here and there; with the plus,
# people are read as they lie and sorted, which takes half the time of going through the index.
_EVERYONE = driver_sql(
    select(
        people.c.ref,
        people.c.status,
        people.c.origin,
        case(
            (people.c.email.is_(None), literal_column("'none'")),
            (_shared.c.email_key.is_not(None), literal_column("'shared'")),
            else_=literal_column("'usable'"),
        ),
    )
    .outerjoin(_shared, _shared.c.email_key == people.c.email_key)
    .order_by(literal_column("+people.ref"))
)
# In the order in which they lie there, and will lie on the device.
_EVERY_CARD = driver_sql(
    select(digests.c.card, digests.c.verifier)
    .where(digests.c.verifier.is_not(None))
    .order_by(digests.c.card)
)
_LINES_OF = {ACCOUNTS: _EVERYONE, DIGESTS: _EVERY_CARD}


class Snapshots:
    """What devices fetch whose cursor is gone.

    Args:
        engine: The registry's database.
        cursors: Issues and reads cursors.
        clock: The registry's time.
        holds: What is in the files, ``accounts`` or ``digests``.
    """

    def __init__(
        self, engine: Engine, cursors: Cursors, clock: Clock, holds: str = ACCOUNTS
    ) -> None:
        self._engine = reading(engine)
        self._cursors = cursors
        self._clock = clock
        self._holds = holds
        self._files = SnapshotFiles(folder_beside(Path(str(engine.url.database)), holds))
        self._lock = threading.Lock()
        # What one has begun, another that is done would take for what a dead program left.
        self._making = threading.Lock()
        self._maker: threading.Thread | None = None
        self._not_before = 0.0
        self._read_at: dict[str, float] = {}

    def ask(self) -> SnapshotResponse:
        """Return a file made lately, or begin to make one, one at a time."""
        with self._lock:
            card = self._recent()
            if card is not None:
                return SnapshotResponse(
                    ready=True,
                    id=card.id,
                    cursor=card.cursor,
                    count=card.count,
                    size=card.size,
                    sha256=card.sha256,
                    holds=self._holds,
                )
            is_making = self._maker is not None and self._maker.is_alive()
            if not is_making and time.monotonic() >= self._not_before:
                self._maker = threading.Thread(target=self._make, name="snapshot", daemon=True)
                self._maker.start()
        return SnapshotResponse(ready=False)

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return some bytes of a file, none beyond its end.

        Raises:
            SnapshotGone: There is no such file, or no longer.
        """
        content = self._files.read(name, offset, length)
        with self._lock:
            self._read_at[name] = time.monotonic()
        return content

    def make(self) -> SnapshotCard:
        """Make a file now, in the thread of whoever asks, and remove what is old."""
        with self._making:
            made_at = self._clock()
            with self._engine.connect() as connection:
                last = last_position(connection)
                cursor = self._cursors.issue(last, mark_of(driver_of(connection), last))
                chunks = _chunks(connection, _LINES_OF[self._holds])
                card = self._files.write(made_at, cursor, chunks)
            now = time.monotonic()
            with self._lock:
                self._read_at = {
                    name: at for name, at in self._read_at.items() if now - at < _STILL_READ_SECONDS
                }
                self._files.prune(made_at, frozenset(self._read_at))
        return card

    def _make(self) -> None:
        try:
            card = self.make()
        except Exception as failure:  # noqa: BLE001
            # A full disk, say: devices are told to ask again, and the next one tries anew.
            _log.error("snapshot_failed", extra={"error": failure})
            self._not_before = time.monotonic() + _AFTER_A_FAILURE_SECONDS
        else:
            _log.info("snapshot_made", extra={"snapshot": card.id, "count": card.count})

    def _recent(self) -> SnapshotCard | None:
        """Return the newest file, where it is of this feed and not old."""
        now = self._clock()
        card = next(iter(self._files.cards(now)), None)
        if card is None or abs(now - card.made_at) > LATELY_MS:
            return None
        known = self._cursors.read(card.cursor)
        if known is None:
            return None
        with self._engine.connect() as connection:
            # The registry may have been restored from an older copy since.
            last = last_position(connection)
            return card if tells_of_this_feed(driver_of(connection), known, last) else None


def folder_beside(database: Path, holds: str = ACCOUNTS) -> Path:
    """Return where the files of a database lie; another one beside it has a folder of its own."""
    kind = "snapshots" if holds == ACCOUNTS else f"{holds}-snapshots"
    return database.with_name(f"{database.name}.{kind}")


def _chunks(connection: Connection, statement: str) -> Iterator[tuple[int, bytes]]:
    # Straight from the driver: a million rows are only passed on, some thousands at a time.
    rows = driver_of(connection).execute(statement)
    while chunk := rows.fetchmany(_ROWS):
        yield len(chunk), _LINES.encode_lines(chunk)
