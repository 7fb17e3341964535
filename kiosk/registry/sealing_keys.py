"""The keys that devices seal to, and the identity that vouches for them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from kiosk.database.engines import reading
from kiosk.domain.decisions import MAX_SEEN_AGE_SECONDS
from kiosk.registry.clocks import Clock
from kiosk.registry.tables import DeviceState, devices, meta, sealing_keys
from kiosk.wire.key_announcements import announce
from kiosk.wire.messages import KeyAnnouncement
from kiosk.wire.sealed_bodies import key_id_of

# How long a retired key is kept at least: longer than a device may be without news before a
# supervisor has to look at what it brings.
KEPT_MS = (MAX_SEEN_AGE_SECONDS + 15 * 24 * 3600) * 1000
# So long a process may go on announcing a key that a command has retired.
_ANNOUNCED_MS = 60_000
_IDENTITY = "identity_key"
_PRIVATE_IDENTITY = select(meta.c.value).where(meta.c.name == _IDENTITY)


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key as staff see it.

    Attributes:
        id: 16 hexadecimal digits.
        made_at: Registry time, milliseconds since 1970, UTC.
        retired_at: Likewise; None for the one that is sealed to.
        kept_for: Devices that were not heard since it was retired.
        used_by: Devices with access that were heard since and seal to it all the same, or do not
            say to what they seal.
    """

    id: str
    made_at: int
    retired_at: int | None
    kept_for: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()

    def is_young(self, now: int) -> bool:
        """Tell whether it has to be kept, whoever was heard."""
        return self.retired_at is None or now - self.retired_at < KEPT_MS


class SealingKeys:
    """What a running registry opens with, and what it announces. Any thread may ask.

    Args:
        engine: The registry's database; identity and first key are made where there are none.
        clock: The registry's time.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = reading(engine)
        self._clock = clock
        self._lock = threading.Lock()
        self._identity = _load_identity(engine, clock)
        self._announced_at = 0
        self._announced = self._announce(clock())

    def private_key(self, key_id: bytes) -> X25519PrivateKey | None:
        """Return the key of an id; None where there is none, or none any more."""
        key = self._keys.get(key_id)
        if key is not None:
            return key
        # Another process may have made it, and have told devices of it.
        query = select(sealing_keys.c.private_key).where(sealing_keys.c.id == key_id)
        with self._engine.connect() as connection:
            private = connection.execute(query).scalar()
        if private is None:
            return None
        made = self._keys[key_id] = X25519PrivateKey.from_private_bytes(private)
        return made

    @property
    def identity(self) -> Ed25519PrivateKey:
        """What vouches for all that the registry says of keys."""
        return self._identity

    def announcement(self) -> KeyAnnouncement:
        """Return what devices are told now."""
        now = self._clock()
        with self._lock:
            if not 0 <= now - self._announced_at < _ANNOUNCED_MS:
                self._announced = self._announce(now)
            return self._announced

    def _announce(self, now: int) -> KeyAnnouncement:
        with self._engine.connect() as connection:
            rows = connection.execute(select(sealing_keys)).all()
        self._keys = {row.id: X25519PrivateKey.from_private_bytes(row.private_key) for row in rows}
        self._announced_at = now
        (current,) = (row.public_key for row in rows if row.retired_at is None)
        return announce(self._identity, current, now)


def kept_keys(engine: Engine) -> list[KeptKey]:
    """Return all keys, the oldest first."""
    with reading(engine).connect() as connection:
        return _kept(connection)


def rotate(engine: Engine, now: int, new: X25519PrivateKey | None = None) -> str:
    """Retire the key that is sealed to in favour of a new one; return the new one's id.

    Args:
        engine: The registry's database.
        now: Registry time, milliseconds since 1970, UTC.
        new: The new one; None draws it.
    """
    with engine.begin() as connection:
        connection.execute(
            update(sealing_keys).where(sealing_keys.c.retired_at.is_(None)).values(retired_at=now)
        )
        return _make(connection, now, new or X25519PrivateKey.generate()).hex()


def prune(engine: Engine, now: int, gone: frozenset[str] = frozenset()) -> list[str]:
    """Delete the retired keys to which nothing can be sealed any more; return their ids.

    Args:
        engine: The registry's database.
        now: Registry time, milliseconds since 1970, UTC.
        gone: Devices from which nothing will come any more.
    """
    with engine.begin() as connection:
        old = [
            key.id
            for key in _kept(connection)
            if not key.is_young(now) and gone.issuperset((*key.kept_for, *key.used_by))
        ]
        ids = [bytes.fromhex(one) for one in old]
        connection.execute(delete(sealing_keys).where(sealing_keys.c.id.in_(ids)))
    return old


def _kept(connection: Connection) -> list[KeptKey]:
    known = connection.execute(select(devices)).all()
    rows = connection.execute(select(sealing_keys).order_by(sealing_keys.c.made_at)).all()
    return [_kept_key(row, known) for row in rows]


def _kept_key(row: Row[Any], known: Sequence[Row[Any]]) -> KeptKey:
    key_id = row.id.hex()
    if row.retired_at is None:
        return KeptKey(key_id, row.made_at, None)
    unheard = {one.device for one in known if _may_not_know(_heard(one), row.retired_at)}
    using = {one.device for one in known if _may_seal_to(one, key_id)}
    return KeptKey(
        key_id,
        row.made_at,
        row.retired_at,
        tuple(sorted(unheard)),
        tuple(sorted(using - unheard)),
    )


def _may_seal_to(device: Row[Any], key_id: str) -> bool:
    """Tell whether a device that knows better, or says nothing, may still seal to a key."""
    if device.state != DeviceState.ACTIVE or device.heard_at is None:
        return False
    return device.seals_to is None or device.seals_to == key_id


def _heard(device: Row[Any]) -> int:
    """Return when a device was last told the key in use."""
    if device.heard_at is not None:
        return int(device.heard_at)
    # Its enrolment told it. Of one that was shut out meanwhile it is not known when that was.
    return int(device.state_at) if device.state == DeviceState.ACTIVE else 0


def _may_not_know(heard_at: int, retired_at: int) -> bool:
    # A process may have gone on announcing the old key for a while.
    return heard_at <= retired_at + _ANNOUNCED_MS


def _make(connection: Connection, now: int, key: X25519PrivateKey) -> bytes:
    public = key.public_key().public_bytes_raw()
    key_id = key_id_of(public)
    connection.execute(
        insert(sealing_keys).values(
            id=key_id, private_key=key.private_bytes_raw(), public_key=public, made_at=now
        )
    )
    return key_id


def _load_identity(engine: Engine, clock: Clock) -> Ed25519PrivateKey:
    """Return the identity; the first call on a new database makes it, and the first key."""
    with reading(engine).connect() as connection:
        private = connection.execute(_PRIVATE_IDENTITY).scalar()
    if private is None:
        with engine.begin() as connection:
            # Another process may have made them meanwhile; from here on none can.
            private = connection.execute(_PRIVATE_IDENTITY).scalar()
            if private is None:
                private = Ed25519PrivateKey.generate().private_bytes_raw()
                connection.execute(insert(meta).values(name=_IDENTITY, value=private))
                _make(connection, clock(), X25519PrivateKey.generate())
    return Ed25519PrivateKey.from_private_bytes(private)
