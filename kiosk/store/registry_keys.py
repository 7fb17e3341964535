"""What this device knows of its registry's keys: whom it trusts, and what it seals to."""

import logging
import threading

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.database.engines import reading
from kiosk.store.tables import delivered, meta
from kiosk.wire.key_announcements import NotVouchedFor, verified
from kiosk.wire.messages import KeyAnnouncement, KeyStatement, encode
from kiosk.wire.sealed_bodies import SealingKey

_KEY = "registry_keys"
_READ = select(meta.c.value).where(meta.c.key == _KEY)
_SET = insert(meta).values(key=_KEY, value=bindparam("announcement"))
_SET = _SET.on_conflict_do_update(index_elements=["key"], set_={"value": _SET.excluded.value})
_ANNOUNCEMENT = msgspec.json.Decoder(KeyAnnouncement)

_log = logging.getLogger(__name__)


def pin(connection: Connection, announcement: KeyAnnouncement) -> None:
    """Let a device trust the registry that made an announcement from its next start on.

    For enrolment, which knows by other means whom it speaks to. What another registry took in, and
    only that one can open, is not kept any longer.

    Args:
        connection: In the transaction that keeps the enrolment.
        announcement: As it came.

    Raises:
        NotVouchedFor: It was made by nobody.
    """
    verified(announcement, announcement.identity)
    known = _pinned(connection.execute(_READ).scalar())
    if known is not None and known != announcement.identity:
        connection.execute(delete(delivered))
    connection.execute(_SET, {"announcement": encode(announcement)})


def _pinned(kept: bytes | None) -> bytes | None:
    try:
        return None if kept is None else _ANNOUNCEMENT.decode(kept).identity
    except (msgspec.DecodeError, ValueError):
        return None


class RegistryKeys:
    """Keeps the last announcement that the pinned registry vouches for. Any thread may ask.

    It is kept as it came, signature and all, so that what the disk has changed is noticed.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._identity: bytes | None = None
        self._current: SealingKey | None = None
        self._said_at = 0
        self._is_refusing = False
        with reading(engine).connect() as connection:
            kept = connection.execute(_READ).scalar()
        if kept is not None:
            self._read(kept)

    def current(self) -> SealingKey | None:
        """Return the key to seal to; None where none is known yet."""
        return self._current

    def identity(self) -> bytes | None:
        """Return the public half of what vouches for the registry; None where none is known."""
        return self._identity

    def is_refusing(self) -> bool:
        """Tell whether the last announcement was not the pinned registry's."""
        return self._is_refusing

    def learn(self, announcement: KeyAnnouncement) -> bool:
        """Take an announcement for true where it may be; return whether it was.

        Enrolment has pinned the registry, and where its word cannot be read any more the first
        one does. Afterwards one counts that this registry has signed, and
        that was not said before the one that is known; all others change nothing.
        """
        with self._lock:
            try:
                statement = verified(announcement, self._identity or announcement.identity)
            except NotVouchedFor:
                self._refuse()
                return False
            self._is_refusing = False
            known = self._current
            if known is not None and known.public_key == statement.public_key:
                return True
            if statement.said_at < self._said_at:
                # What somebody has kept, or a process that has not heard of the new key.
                _log.info("older_key_word_left_aside")
                return False
            self._adopt(announcement, statement)
            return True

    def _adopt(self, announcement: KeyAnnouncement, statement: KeyStatement) -> None:
        key = SealingKey(statement.public_key)
        with self._engine.begin() as connection:
            connection.execute(_SET, {"announcement": encode(announcement)})
        self._take_up(announcement, statement, key)
        _log.info("sealing_key_adopted", extra={"key": key.id.hex()})

    def _take_up(
        self, announcement: KeyAnnouncement, statement: KeyStatement, key: SealingKey
    ) -> None:
        self._identity, self._said_at = announcement.identity, statement.said_at
        self._current = key

    def _read(self, kept: bytes) -> None:
        try:
            announcement = _ANNOUNCEMENT.decode(kept)
            statement = verified(announcement, announcement.identity)
        except (msgspec.DecodeError, ValueError, NotVouchedFor):
            _log.error("registry_keys_unreadable")
            return
        self._take_up(announcement, statement, SealingKey(statement.public_key))

    def _refuse(self) -> None:
        if not self._is_refusing:
            _log.error("sealing_key_not_vouched_for")
        self._is_refusing = True
