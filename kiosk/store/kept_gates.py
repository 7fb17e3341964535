"""What the registry has told of this device's gate, and the release keys it was handed."""

import threading
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.database.engines import reading
from kiosk.domain.gates import Gate
from kiosk.domain.release_codes import ReleaseKeys
from kiosk.store.tables import meta, release_keys

_GATE, _TAG = "gate", "gate_tag"
_SET = upsert(meta).values(key=bindparam("name"), value=bindparam("content"))
_SET = _SET.on_conflict_do_update(index_elements=["key"], set_={"value": _SET.excluded.value})
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class HeldKey:
    """The keys of the codes for one kiosk.

    Attributes:
        registry_key: Of the half that the registry verifies; None at the kiosk itself.
    """

    kiosk: str
    name: str
    kiosk_key: bytes = field(repr=False)
    registry_key: bytes | None = field(repr=False)

    @property
    def pair(self) -> ReleaseKeys | None:
        """Both keys, where both are here."""
        return None if self.registry_key is None else ReleaseKeys(self.kiosk_key, self.registry_key)


def drop(connection: Connection) -> None:
    """Forget everything, in the transaction of an enrolment: at another site other keys hold."""
    connection.execute(delete(release_keys))
    connection.execute(delete(meta).where(meta.c.key.in_((_GATE, _TAG))))


class KeptGate:
    """Keeps the registry's last word on it. Any thread may ask.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        with reading(engine).connect() as connection:
            known = {
                row.key: row.value
                for row in connection.execute(select(meta).where(meta.c.key.in_((_GATE, _TAG))))
            }
            rows = connection.execute(select(release_keys).order_by(release_keys.c.kiosk)).all()
        said = _text(known.get(_GATE))
        self._gate = known_gate(said)
        held = [HeldKey(*row) for row in rows if _is_whole(row)]
        self._keys = {one.kiosk: one for one in held}
        # What the disk has changed is asked for anew.
        is_whole = len(self._keys) == len(rows) and said is not None
        self._tag = _text(known.get(_TAG)) if is_whole else None

    def gate(self) -> Gate:
        """Return what has to be passed here; the manual's flow where nobody has told otherwise."""
        return self._gate

    def tag(self) -> str | None:
        """Return by what the registry tells whether this is all there is to know."""
        return self._tag

    def key_of(self, kiosk: str) -> HeldKey | None:
        """Return the keys of one kiosk; None where this device has none."""
        return self._keys.get(kiosk)

    def kiosks(self) -> tuple[HeldKey, ...]:
        """Return all keys that are here, by the code of the kiosk."""
        return tuple(self._keys.values())

    def keep(self, gate: str, tag: str, keys: tuple[HeldKey, ...]) -> None:
        """Put what the registry said in the place of all that it said before."""
        with self._lock:
            with self._engine.begin() as connection:
                drop(connection)
                for name, content in ((_GATE, gate), (_TAG, tag)):
                    connection.execute(_SET, {"name": name, "content": content.encode()})
                if keys:
                    connection.execute(
                        insert(release_keys),
                        [
                            {
                                "kiosk": one.kiosk,
                                "name": one.name,
                                "kiosk_key": one.kiosk_key,
                                "registry_key": one.registry_key,
                            }
                            for one in keys
                        ],
                    )
            self._gate, self._tag = known_gate(gate), tag
            self._keys = {one.kiosk: one for one in keys}

    def forget_keys(self) -> None:
        """Let go of every key, as where this device was shut out; the gate stays what it was."""
        with self._lock:
            if not self._keys and self._tag is None:
                return
            with self._engine.begin() as connection:
                connection.execute(delete(release_keys))
                connection.execute(delete(meta).where(meta.c.key == _TAG))
            self._keys, self._tag = {}, None


def known_gate(word: str | None) -> Gate:
    """Return a gate by its word; that of a later registry is left to the registry to judge."""
    try:
        return Gate(word or Gate.MANUAL)
    except ValueError:
        return Gate.MANUAL


def _is_whole(row: Row[Any]) -> bool:
    keys = [key for key in (row.kiosk_key, row.registry_key) if key is not None]
    return (
        isinstance(row.kiosk, str)
        and isinstance(row.name, str)
        and all(isinstance(key, bytes) and len(key) == _KEY_BYTES for key in keys)
    )


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
