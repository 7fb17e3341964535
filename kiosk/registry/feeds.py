"""The feed of changes: what is appended to it, and what a device reads from it.

Positions grow in the order of commit. On SQLite that holds because one writer holds the lock from
its first statement; a database with several writers has to take a lock before it draws a position.
"""

import hashlib
import sqlite3
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, and_, bindparam, func, literal_column, or_, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of, driver_sql, insert_sql
from kiosk.registry import people
from kiosk.registry.clocks import Clock
from kiosk.registry.cursors import MARK_BYTES, Cursors, ReadCursor
from kiosk.registry.people import Account
from kiosk.registry.tables import changes, devices, digests, operations
from kiosk.wire.messages import (
    AccountChange,
    DigestKey,
    DigestLine,
    DigestPage,
    FoundMessage,
    OutcomeChange,
    PullRequest,
    PullResponse,
)

MAX_PAGE = 1000
# Some 200 KB; at least as many as one change ever tells.
MAX_DIGESTS = 4000

Row = tuple[int, int, str, str | None, bytes | None, str | None]
"""Position, instant, what, person, operation, device: the columns of the table."""

_APPEND = insert_sql(changes)
_WHEN = driver_sql(select(changes.c.at).where(changes.c.position == bindparam("position")))
_ROW = driver_sql(
    select(changes.c.at, changes.c.what, changes.c.person_id, changes.c.operation_id).where(
        changes.c.position == bindparam("position")
    )
)
_TOLD_BY = driver_sql(
    select(changes.c.position)
    .where(changes.c.at <= bindparam("instant"))
    .order_by(changes.c.position.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0"))
)
_LAST_SEQUENCE = select(devices.c.last_sequence).where(devices.c.device == bindparam("code"))
# A position once given is never given again, whatever is deleted, as AUTOINCREMENT does it.
_NEXT = (
    "SELECT 1 + max(coalesce((SELECT max(position) FROM changes), 0),"
    " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0))"
)
_LAST = select(func.coalesce(func.max(changes.c.position), 0))
_EVERYTHING = (
    select(
        changes.c.position,
        changes.c.person_id,
        changes.c.operation_id,
        operations.c.outcome,
        operations.c.reason,
        operations.c.decided_at,
        operations.c.found_origin,
        operations.c.found_status,
        operations.c.found_changed_at,
    )
    .outerjoin(operations, operations.c.id == changes.c.operation_id)
    .where(changes.c.position > bindparam("after"), changes.c.position <= bindparam("last"))
    .order_by(changes.c.position)
    .limit(bindparam("limit"))
)
_is_own = and_(changes.c.operation_id.is_not(None), changes.c.device == bindparam("device"))
_PAGE = _EVERYTHING.where(or_(changes.c.person_id.is_not(None), _is_own))
_OWN_PAGE = _EVERYTHING.where(_is_own)
_DIGESTS = driver_sql(
    select(digests.c.position, digests.c.card, digests.c.verifier)
    .where(digests.c.position > bindparam("after"), digests.c.position <= bindparam("reached"))
    .order_by(digests.c.position)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)


class CursorGone(Exception):
    """The cursor is not one of this registry's: the device has to begin again."""


def next_position(driver: sqlite3.Connection) -> int:
    """Return the position of the change that is told next, in a transaction that may write."""
    position: int = driver.execute(_NEXT).fetchone()[0]
    return position


def append(driver: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Tell changes.

    Args:
        driver: In the transaction in which their positions were drawn, none other in between.
        rows: See ``Row``.
    """
    driver.executemany(_APPEND, rows)


def instant_of(driver: sqlite3.Connection, position: int) -> int | None:
    """Return when a change was told, milliseconds since 1970; None for the position 0."""
    row = driver.execute(_WHEN, {"position": position}).fetchone()
    return None if row is None else row[0]


def mark_of(driver: sqlite3.Connection, position: int) -> bytes:
    """Return what tells the change at a place from another one that might stand there."""
    row = driver.execute(_ROW, {"position": position}).fetchone()
    return hashlib.sha256(repr(row).encode()).digest()[:MARK_BYTES]


def tells_of_this_feed(driver: sqlite3.Connection, cursor: ReadCursor, last: int) -> bool:
    """Tell whether a cursor is of the feed as it is.

    One that is not was issued before the registry was restored from an older copy, and knows of
    changes that are gone.

    Args:
        driver: The database.
        cursor: Issued by this registry.
        last: Position of the newest change.
    """
    if cursor.position > last:
        return False
    return cursor.mark is None or cursor.mark == mark_of(driver, cursor.position)


def told_by(driver: sqlite3.Connection, instant: int) -> int:
    """Return the position of the last change told by an instant, 0 where there is none.

    Args:
        driver: The database.
        instant: Registry time, milliseconds since 1970, UTC.
    """
    row = driver.execute(_TOLD_BY, {"instant": instant}).fetchone()
    return 0 if row is None else int(row[0])


def last_position(connection: Connection) -> int:
    """Return the position of the newest change, 0 before the first."""
    position: int = connection.execute(_LAST).scalar_one()
    return position


class Feed:
    """What devices pull.

    Args:
        engine: The registry's database.
        cursors: Issues and reads cursors.
        clock: The registry's time.
        digest_key: What digests are made with.
    """

    def __init__(
        self, engine: Engine, cursors: Cursors, clock: Clock, digest_key: DigestKey
    ) -> None:
        self._engine = reading(engine)
        self._cursors = cursors
        self._clock = clock
        self._digest_key = digest_key

    def read(self, request: PullRequest, *, digests: bool = False) -> PullResponse:
        """Return the next page for a device.

        Several changes of one person within a page are told once, as the account stands now.

        Args:
            request: Of the device.
            digests: It gets digests and no accounts.

        Raises:
            CursorGone: The cursor was not made here, or not of the feed as it is: the registry was
                restored from an older copy since.
        """
        limit = max(1, min(request.limit, MAX_PAGE))
        with self._engine.connect() as connection:
            last = last_position(connection)
            driver = driver_of(connection)
            after = self._position(driver, request.after, last)
            values = {"after": after, "last": last, "device": request.device, "limit": limit + 1}
            rows = connection.execute(_OWN_PAGE if digests else _PAGE, values).all()
            more = len(rows) > limit
            rows = rows[:limit]
            reached = rows[-1].position if more else last
            page = None
            if digests:
                lines, until = _lines(driver, after, reached)
                if until < reached:
                    reached, more = until, True
                    rows = [row for row in rows if row.position <= reached]
                page = DigestPage(key=self._digest_key, lines=lines)
            wanted = {row.person_id: None for row in rows if row.person_id is not None}
            accounts = people.by_ids(connection, wanted)
            cursor = self._cursors.issue(reached, mark_of(driver, reached))
            sequence = connection.execute(_LAST_SEQUENCE, {"code": request.device}).scalar()
        told: dict[str, AccountChange | OutcomeChange] = {}
        for row in rows:
            if row.person_id is None:
                told[row.operation_id.hex()] = OutcomeChange(
                    operation=row.operation_id.hex(),
                    outcome=row.outcome,
                    reason=row.reason,
                    decided_at=row.decided_at,
                    found=found_message(row.found_origin, row.found_status, row.found_changed_at),
                )
            else:
                account = accounts[row.person_id]
                # The place is that of the last change, so that the page still reads in order.
                told.pop(account.ref, None)
                told[account.ref] = _told(account)
        return PullResponse(
            changes=list(told.values()),
            cursor=cursor,
            more=more,
            now=self._clock(),
            last_sequence=sequence,
            digests=page,
        )

    def _position(self, driver: sqlite3.Connection, cursor: str | None, last: int) -> int:
        if cursor is None:
            return 0
        known = self._cursors.read(cursor)
        if known is None or not tells_of_this_feed(driver, known, last):
            raise CursorGone
        return known.position


def _lines(driver: sqlite3.Connection, after: int, reached: int) -> tuple[list[DigestLine], int]:
    """Return the digests of a stretch of the feed, or of its beginning, and its last position."""
    values = {"after": after, "reached": reached, "limit": MAX_DIGESTS + 1}
    rows = driver.execute(_DIGESTS, values).fetchall()
    if len(rows) > MAX_DIGESTS:
        # A position is told as a whole, or not yet.
        reached = rows[-1][0] - 1
    lines = [DigestLine(card, slow or b"") for at, card, slow in rows if at <= reached]
    return lines, reached


def found_message(
    origin: str | None, status: str | None, changed_at: int | None
) -> FoundMessage | None:
    """Return what the registry had, from the columns of an operation."""
    if origin is None or status is None:
        return None
    return FoundMessage(origin=origin, status=status, changed_at=changed_at)


def _told(account: Account) -> AccountChange:
    person = account.person
    if person.email is None:
        email = "none"
    elif person.email_is_shared:
        email = "shared"
    else:
        email = "usable"
    return AccountChange(ref=account.ref, status=person.status, origin=person.origin, email=email)
