"""A batch of one device: what its operations meet, read at once; what they leave, written at once.

A statement for each operation and table would take many times what the decision takes. In between,
an operation sees here what the earlier ones of its batch did.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select

from kiosk.database.statements import driver_sql, insert_sql, sql_in_order
from kiosk.domain import emails
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.domain.people import Person
from kiosk.registry import feeds, people
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.claims import Asked
from kiosk.registry.cursors import Cursors, ReadCursor
from kiosk.registry.tables import Change, DeviceState, devices, operations
from kiosk.wire.messages import FoundMessage

_ID_BYTES = 16
# A list of any length is one parameter, so that the statement is always the same. Ids are bytes,
# which JSON cannot carry: they come one behind the other, with a list of where each begins.
_begins = func.json_each(bindparam("begins")).table_valued("value")
_ids = select(func.substr(bindparam("ids"), _begins.c.value, literal_column(str(_ID_BYTES))))
_KNOWN = driver_sql(
    select(
        operations.c.id,
        operations.c.wish,
        operations.c.device,
        operations.c.digest,
        operations.c.outcome,
        operations.c.reason,
        operations.c.decided_at,
        operations.c.person_id,
        operations.c.found_origin,
        operations.c.found_status,
        operations.c.found_changed_at,
    ).where(or_(operations.c.id.in_(_ids), operations.c.wish.in_(_ids)))
)
_FIRST = driver_sql(
    select(
        operations.c.digest,
        operations.c.outcome,
        operations.c.reason,
        operations.c.decided_at,
        operations.c.person_id,
        operations.c.found_origin,
        operations.c.found_status,
        operations.c.found_changed_at,
    ).where(operations.c.id == bindparam("id"))
)
_USED = driver_sql(
    select(operations.c.receipt).where(
        operations.c.device == bindparam("device"),
        operations.c.receipt.in_(
            select(func.json_each(bindparam("receipts")).table_valued("value"))
        ),
    )
)
_STATE = sql_in_order(
    select(devices.c.state).where(devices.c.device == bindparam("device")), "device"
)
_REACHED = "UPDATE devices SET last_sequence = ? WHERE device = ? AND last_sequence < ?"
_PLACE = sql_in_order(
    select(devices.c.name, devices.c.site).where(devices.c.device == bindparam("device")), "device"
)
_RECORD = insert_sql(operations)
_REVOKED = (DeviceState.REVOKED, DeviceState.STOLEN)


@dataclass(frozen=True, slots=True)
class First:
    """The answer an operation got when it was first decided, and what the registry had then."""

    digest: bytes
    outcome: str
    reason: str | None
    decided_at: int
    owner: str | None = None
    found: FoundMessage | None = None


def find_first(driver: sqlite3.Connection, operation: str) -> First | None:
    """Return the first answer to an operation, by its id; anything may be asked for."""
    try:
        wanted = bytes.fromhex(operation)
    except ValueError:
        return None
    row = driver.execute(_FIRST, {"id": wanted}).fetchone()
    if row is None:
        return None
    digest, outcome, reason, decided_at, owner, *had = row
    return First(digest, outcome, reason, decided_at, owner, feeds.found_message(*had))


class Batch:
    """What a batch is decided by, and what it changes.

    Args:
        driver: The driver's connection, in a transaction that keeps other writers out from its
            beginning.
        device: Who delivers.
        understood: The operations.

    Attributes:
        driver: The driver's connection, for what cannot wait for the end of the batch.
        end: Last position of the feed when the batch began.
        known: First answers by id.
        granted: First answers by wish, to operations of this device alone.
        used: Receipts of this device under which an operation is known.
        is_revoked: The device was revoked or reported stolen.
    """

    def __init__(
        self, driver: sqlite3.Connection, device: str, understood: Sequence[Asked]
    ) -> None:
        self.device = device
        self.known: dict[bytes, First] = {}
        self.granted: dict[bytes, First] = {}
        self.driver = driver
        self._first_position = self._next_position = feeds.next_position(self.driver)
        self.end = self._first_position - 1
        state = self.driver.execute(_STATE, (device,)).fetchone()
        self.is_revoked = state is not None and state[0] in _REVOKED
        self._look_up(understood)
        asked_receipts = json.dumps([one.message.receipt for one in understood])
        rows = self.driver.execute(_USED, {"device": device, "receipts": asked_receipts})
        self.used: set[str] = {row[0] for row in rows}
        found = people.find_claimed(self.driver, (one.claim for one in understood))
        self._people = {person.person_id: person for person in found}
        self._by_card = {person.card_number: person.person_id for person in found}
        self._by_cpf = {person.cpf: person.person_id for person in found}
        self._altered: dict[str, dict[str, Any]] = {}
        self._cursors: dict[str, ReadCursor | None] = {}
        self._changes: list[feeds.Row] = []
        self._told: list[tuple[int, bytes]] = []
        self._last_sequence = 0
        self._left: dict[str, list[tuple[object, ...]]] = {}
        self._place: tuple[str, str] | None = None
        self._noted: list[Event] = []

    def person_of(self, claim: Claim) -> Person | None:
        """Return whom a claim names, as earlier operations of the batch have left them.

        A card names one person; an e-mail names one together with the CPF.
        """
        kind, value = claim.identifier.kind, claim.identifier.value
        if kind is IdentifierKind.CARD:
            person_id = self._by_card.get(value)
        elif kind is IdentifierKind.EMAIL and claim.cpf is not None:
            person_id = self._by_cpf.get(claim.cpf)
        else:
            return None
        if person_id is None:
            return None
        changes = self._altered.pop(person_id, None)
        if changes is not None:
            self._people[person_id] = replace(self._people[person_id], **changes)
        person = self._people[person_id]
        if kind is IdentifierKind.EMAIL and (
            person.email is None or emails.key(person.email) != value
        ):
            return None
        return person

    def cursor_of(self, text: str, cursors: Cursors) -> ReadCursor | None:
        """Return what a cursor says; what was recorded without line has one and the same.

        Where it is of a history that was lost with a younger copy of the registry, its place is
        that of the last change told before it was issued: its device knew that one, and none after.
        """
        if text not in self._cursors:
            cursor = cursors.read(text)
            if cursor is not None and not feeds.tells_of_this_feed(self.driver, cursor, self.end):
                cursor = replace(cursor, position=feeds.told_by(self.driver, cursor.issued_at))
            self._cursors[text] = cursor
        return self._cursors[text]

    def alter(self, person: Person, **changes: Any) -> None:
        """Note what an operation has changed of a person, for the next one that names them."""
        self._altered.setdefault(person.person_id, {}).update(changes)

    def tell(self, at: int, what: Change, person_id: str) -> int:
        """Tell every device that an account changed; return the position in the feed."""
        position = self._next_position
        self._next_position += 1
        self._changes.append((position, at, what.value, person_id, None, None))
        return position

    def instant_of(self, position: int) -> int | None:
        """Return when a change was told, milliseconds since 1970; None for the position 0."""
        if position >= self._first_position:
            return self._changes[position - self._first_position][1]
        return feeds.instant_of(self.driver, position)

    def place(self) -> tuple[str, str]:
        """Return name and site of the device, which few batches have to know; empty for none."""
        if self._place is None:
            row = self.driver.execute(_PLACE, (self.device,)).fetchone() or ("", "")
            self._place = (row[0] or "", row[1] or "")
        return self._place

    def leave(self, sql: str, row: tuple[object, ...]) -> None:
        """Keep a row for a statement that is carried out with all its rows at the end."""
        self._left.setdefault(sql, []).append(row)

    def record(self, at: int, asked: Asked, row: tuple[object, ...]) -> None:
        """Keep an operation, and tell its device what became of it.

        Args:
            at: Registry time, milliseconds since 1970, UTC.
            asked: The operation.
            row: In the order of the table's columns.
        """
        self.used.add(asked.message.receipt)
        self.leave(_RECORD, row)
        self._told.append((at, asked.id))
        # What a machine says that is one no more tells nobody how far its numbers have come.
        if not self.is_revoked:
            self._last_sequence = max(self._last_sequence, asked.counter)

    def note(
        self, at: int, what: str, asked: Asked, person_id: str | None, detail: str | None
    ) -> None:
        """Write an operation into the audit."""
        self._noted.append(Event(at, what, self.device, asked.id, person_id, detail))

    def note_events(self, events: Sequence[Event]) -> None:
        """Write into the audit what is not of an operation."""
        self._noted += events

    def write(self) -> None:
        """Write everything that was told, left, recorded and noted."""
        outcomes = [
            (self._next_position + place, at, Change.OUTCOME.value, None, operation, self.device)
            for place, (at, operation) in enumerate(self._told)
        ]
        feeds.append(self.driver, [*self._changes, *outcomes])
        for sql, rows in self._left.items():
            self.driver.executemany(sql, rows)
        if self._last_sequence:
            self.driver.execute(_REACHED, (self._last_sequence, self.device, self._last_sequence))
        if self._noted:
            append(self.driver, self._noted)

    def _look_up(self, understood: Sequence[Asked]) -> None:
        """Find what is known of the operations, and of others sent for the same wishes."""
        wanted = {key for asked in understood for key in (asked.id, asked.wish)}
        begins = list(range(1, _ID_BYTES * len(wanted), _ID_BYTES))
        values = {"ids": b"".join(wanted), "begins": json.dumps(begins)}
        for row in self.driver.execute(_KNOWN, values):
            operation, wish, device, digest, outcome, reason, decided_at, owner, *had = row
            first = First(digest, outcome, reason, decided_at, owner, feeds.found_message(*had))
            self.known[operation] = first
            if device == self.device:
                self.granted[wish or operation] = first
