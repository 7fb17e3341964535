"""What makes this machine a device of its registry: its key, and what was agreed at enrolment."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.database.engines import reading
from kiosk.store.kept_gates import drop
from kiosk.store.registry_keys import pin
from kiosk.store.tables import meta, receipts
from kiosk.wire.device_keys import DeviceKey, load_key, make_key
from kiosk.wire.messages import KeyAnnouncement

SIGNING_KEY, NEXT_KEY = "signing_key", "next_signing_key"
_AGREED, _CODE = "enrolment", "device_code"
_SET = insert(meta).values(key=bindparam("name"), value=bindparam("content"))
_SET = _SET.on_conflict_do_update(index_elements=["key"], set_={"value": _SET.excluded.value})


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed at enrolment, besides key and code.

    Attributes:
        registry: Address of the registry.
        ca: PEM of the one authority whose certificates are believed; None for the public ones.
        face: ``kiosk`` or ``desk``.
        key_made_at: When the present key was made, by this machine's clock.
    """

    registry: str
    ca: str | None
    name: str
    site: str
    face: str
    key_made_at: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolled machine.

    Attributes:
        code: Begins its receipts.
    """

    code: str
    key: DeviceKey
    agreed: Agreed


class EnrolmentStore:
    """Reads and writes them.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> Enrolment | None:
        """Return the enrolment; None where there is none, or none that can be read."""
        with reading(self._engine).connect() as connection:
            return enrolment_in({row.key: row.value for row in connection.execute(select(meta))})

    def own_code(self) -> str | None:
        """Return the code that this machine keeps: it is a device already, or has given receipts.

        None where the registry may give it another.
        """
        with reading(self._engine).connect() as connection:
            known = {row.key: row.value for row in connection.execute(select(meta))}
            has_given = connection.execute(select(func.max(receipts.c.counter))).scalar()
        code = known.get(_CODE)
        is_kept = bool(has_given) or enrolment_in(known) is not None
        return code.decode() if is_kept and code is not None else None

    def next_key(self) -> DeviceKey:
        """Return the key that is to be taken, on disk before anybody is asked to take it.

        After an answer that was lost it is the same one.
        """
        with self._engine.begin() as connection:
            kept = connection.execute(select(meta.c.value).where(meta.c.key == NEXT_KEY)).scalar()
            try:
                return load_key(kept or b"")
            except ValueError:
                key = make_key()
                connection.execute(_SET, {"name": NEXT_KEY, "content": key.secret})
                return key

    def enrolled(
        self, code: str, key: DeviceKey, agreed: Agreed, announcement: KeyAnnouncement
    ) -> Enrolment:
        """Keep what was agreed, the key that was taken, and whom this machine trusts.

        Raises:
            NotVouchedFor: The announcement was made by nobody; nothing is kept.
        """
        with self._engine.begin() as connection:
            pin(connection, announcement)
            drop(connection)
            connection.execute(_SET, {"name": _CODE, "content": code.encode()})
            _keep(connection, key, agreed)
        return Enrolment(code, key, agreed)

    def renewed(self, key: DeviceKey, made_at: int, agreed: Agreed) -> None:
        """Keep the key that has taken the place of the old one."""
        with self._engine.begin() as connection:
            _keep(connection, key, msgspec.structs.replace(agreed, key_made_at=made_at))


def enrolment_in(known: Mapping[str, bytes]) -> Enrolment | None:
    """Return the enrolment that a store's table of single values tells of, if it does."""
    try:
        agreed = msgspec.json.decode(known[_AGREED], type=Agreed)
        return Enrolment(known[_CODE].decode(), load_key(known[SIGNING_KEY]), agreed)
    except (KeyError, ValueError):
        return None


def _keep(connection: Connection, key: DeviceKey, agreed: Agreed) -> None:
    connection.execute(_SET, {"name": SIGNING_KEY, "content": key.secret})
    connection.execute(_SET, {"name": _AGREED, "content": msgspec.json.encode(agreed)})
    connection.execute(delete(meta).where(meta.c.key == NEXT_KEY))
