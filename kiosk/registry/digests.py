"""Making what kiosks know of each card: once for each person and change, a little at a time.

Who may have changed stands in the feed, so nothing else has to do anything for it; how far it was
read stands in ``meta``, and moves in the transaction that writes what was made of it.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine, bindparam, func, literal_column, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.gates import KIOSK_FACE
from kiosk.domain.people import MembershipStatus
from kiosk.registry import feeds
from kiosk.registry.clocks import Clock
from kiosk.registry.keys import Keys
from kiosk.registry.tables import Change, DeviceState, changes, devices, digests, meta, people
from kiosk.wire.identity_digests import KEY_BYTES, canonical, card_digest, verifier
from kiosk.wire.messages import DigestKey

# About a second's work, and a few milliseconds of the lock.
BATCH = 64
MEMORY_KIB = 16 * 1024
PASSES = 1
_INPUT_BYTES = 16
_THROUGH = "digests_through"
_FIND_THROUGH = driver_sql(select(meta.c.value).where(meta.c.name == bindparam("name")))
# Where another has been quicker it changes nothing.
_MOVE = (
    "INSERT INTO meta (name, value) VALUES (:name, :new)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value = :old"
)
_CHANGED = driver_sql(
    select(changes.c.position, changes.c.person_id)
    .where(changes.c.position > bindparam("after"), changes.c.person_id.is_not(None))
    .order_by(changes.c.position)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)
_ids = select(func.json_each(bindparam("ids")).table_valued("value"))
_PEOPLE = driver_sql(
    select(
        people.c.person_id, people.c.card_number, people.c.cpf, people.c.birth_date, people.c.status
    ).where(people.c.person_id.in_(_ids))
)
_MADE = driver_sql(
    select(digests.c.person_id, digests.c.card, digests.c.inputs).where(
        digests.c.person_id.in_(_ids), digests.c.verifier.is_not(None)
    )
)
_GONE = (
    "UPDATE digests SET verifier = NULL, position = ?"
    " WHERE person_id = ? AND card != ? AND verifier IS NOT NULL"
)
_SET = (
    "INSERT INTO digests (card, verifier, person_id, inputs, position) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (card) DO UPDATE SET verifier = excluded.verifier,"
    " person_id = excluded.person_id, inputs = excluded.inputs, position = excluded.position"
)
_NO_CARD = b""
_ANY_KIOSK = select(devices.c.device).where(
    devices.c.face == KIOSK_FACE, devices.c.state == DeviceState.ACTIVE.value
)


def digest_key(keys: Keys, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> DigestKey:
    """Return what this registry makes digests with, one key for all its kiosks.

    Args:
        keys: Of the registry.
        memory_kib: Of the slow verifier; other costs are another key.
        passes: Likewise.
    """
    scheme = f"1|{memory_kib}|{passes}".encode()
    key = hashlib.blake2b(scheme, digest_size=KEY_BYTES, key=keys.digests).digest()
    return DigestKey(key=key, memory_kib=memory_kib, passes=passes)


@dataclass(frozen=True, slots=True)
class Filled:
    """What one go did.

    Attributes:
        made: Verifiers.
        has_more: There is more to do at once.
    """

    made: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Person:
    person_id: str
    card_number: str = field(repr=False)
    cpf: str | None = field(repr=False)
    born: date = field(repr=False)
    is_active: bool


@dataclass(frozen=True, slots=True)
class _Line:
    person_id: str
    card: bytes
    verifier: bytes = field(repr=False)
    inputs: bytes


Compute = Callable[[Callable[[_Person], _Line], Iterable[_Person]], Iterator[_Line]]


class Digests:
    """Keeps the digests up with the people.

    Args:
        engine: The registry's database.
        key: What they are made with.
        clock: The registry's time.
        compute: Applies a function to several people: ``map``, or that of a pool of threads.
    """

    def __init__(
        self, engine: Engine, key: DigestKey, clock: Clock, compute: Compute = map
    ) -> None:
        self._engine = engine
        self._reader = reading(engine)
        self._key = key
        self._clock = clock
        self._compute = compute
        # Begins anew with another key.
        self._scheme = hashlib.blake2b(key.key, digest_size=8).hexdigest()
        self._looked = 0

    def fill(self, batch: int = BATCH) -> Filled:
        """Do what one batch of changes asks for.

        Several programs may do it at once: what the slower one has made of a batch is dropped.

        Args:
            batch: Most changes looked at.
        """
        with self._reader.connect() as connection:
            driver = driver_of(connection)
            last = feeds.last_position(connection)
            before = _through(driver)
            # Nothing has to be written to have seen that there is nothing to do.
            after = max(self._read(before), min(self._looked, last))
            rows = driver.execute(_CHANGED, {"after": after, "limit": batch}).fetchall()
            has_more = len(rows) == batch
            reached = rows[-1][0] if has_more else last
            wanted = _people(driver, {person_id for _, person_id in rows})
            made = _made(driver, wanted)
        lines = list(self._compute(self._line, self._unmade(wanted, made)))
        gone = [one for one in wanted if not one.is_active and made.get(one.person_id)]
        if (lines or gone) and not self._write(lines, gone, before, reached):
            return Filled(0, has_more=True)
        self._looked = reached
        return Filled(len(lines), has_more)

    def is_wanted(self) -> bool:
        """Tell whether there is a kiosk that could be told any."""
        with self._reader.connect() as connection:
            return connection.execute(_ANY_KIOSK).first() is not None

    def count(self) -> int:
        """Count the cards that kiosks know."""
        statement = select(func.count()).select_from(digests).where(digests.c.verifier.is_not(None))
        with self._reader.connect() as connection:
            count: int = connection.execute(statement).scalar_one()
        return count

    def _unmade(
        self, wanted: Iterable[_Person], made: dict[str, dict[bytes, bytes]]
    ) -> list[_Person]:
        return [
            one
            for one in wanted
            if one.is_active and made.get(one.person_id) != {self._card(one): self._inputs(one)}
        ]

    def _write(
        self, lines: list[_Line], gone: list[_Person], before: bytes | None, reached: int
    ) -> bool:
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            new = f"{self._scheme}:{reached}".encode()
            moved = driver.execute(_MOVE, {"name": _THROUGH, "new": new, "old": before})
            if not moved.rowcount:
                return False
            position = feeds.next_position(driver)
            row = (position, self._clock(), Change.DIGESTS.value, None, None, None)
            feeds.append(driver, [row])
            for one in gone:
                driver.execute(_GONE, (position, one.person_id, _NO_CARD))
            # All that goes before all that comes: a card may pass from one person to another.
            for line in lines:
                driver.execute(_GONE, (position, line.person_id, line.card))
            for line in lines:
                values = (line.card, line.verifier, line.person_id, line.inputs, position)
                driver.execute(_SET, values)
        return True

    def _line(self, one: _Person) -> _Line:
        slow = verifier(self._key, one.card_number, one.cpf, one.born)
        return _Line(one.person_id, self._card(one), slow, self._inputs(one))

    def _card(self, one: _Person) -> bytes:
        return card_digest(self._key, one.card_number)

    def _inputs(self, one: _Person) -> bytes:
        text = one.card_number.encode() + b"|" + canonical(one.cpf, one.born)
        return hashlib.blake2b(text, digest_size=_INPUT_BYTES, key=self._key.key).digest()

    def _read(self, through: bytes | None) -> int:
        scheme, _, position = (through or b"").decode().partition(":")
        return int(position) if scheme == self._scheme else 0


def _through(driver: sqlite3.Connection) -> bytes | None:
    row = driver.execute(_FIND_THROUGH, {"name": _THROUGH}).fetchone()
    return None if row is None else row[0]


def _people(driver: sqlite3.Connection, ids: set[str]) -> list[_Person]:
    found: list[_Person] = []
    for person_id, card, cpf, born, status in driver.execute(
        _PEOPLE, {"ids": json.dumps(sorted(ids))}
    ):
        is_active = status == MembershipStatus.ACTIVE
        # One whom the disk has changed keeps nobody else from being told.
        with contextlib.suppress(TypeError, ValueError):
            found.append(_Person(person_id, card, cpf, date.fromisoformat(born), is_active))
    return found


def _made(driver: sqlite3.Connection, wanted: list[_Person]) -> dict[str, dict[bytes, bytes]]:
    made: dict[str, dict[bytes, bytes]] = {}
    ids = json.dumps([one.person_id for one in wanted])
    for person_id, card, inputs in driver.execute(_MADE, {"ids": ids}):
        made.setdefault(person_id, {})[card] = inputs
    return made
