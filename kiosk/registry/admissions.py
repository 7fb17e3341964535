"""Who asks: every request but the health check is judged here before it is read."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, bindparam, select, update

from kiosk.database.statements import sql_in_order
from kiosk.domain.gates import KIOSK_FACE
from kiosk.registry.clocks import Clock
from kiosk.registry.devices import write_unless_busy
from kiosk.registry.nonces import Nonces
from kiosk.registry.problems import Refused
from kiosk.registry.tables import DeviceState, device_keys, devices
from kiosk.wire.device_keys import key_id_of, public_key
from kiosk.wire.enrolments import (
    CLOCK_PROBLEM,
    DEVICE_PROBLEM,
    REPLAY_PROBLEM,
    REVOKED_PROBLEM,
    SIGNATURE_PROBLEM,
)
from kiosk.wire.signatures import WINDOW_MS, NotSigned, Signed, verify

OVERLAP_MS = 7 * 24 * 3600 * 1000
_FIND = sql_in_order(
    select(
        device_keys.c.device,
        device_keys.c.public_key,
        device_keys.c.first_used_at,
        device_keys.c.valid_until,
        devices.c.state,
        devices.c.face,
    ).where(device_keys.c.key_id == bindparam("key_id"), devices.c.device == device_keys.c.device),
    "key_id",
)
_USE = (
    update(device_keys)
    .where(device_keys.c.key_id == bindparam("used"), device_keys.c.first_used_at.is_(None))
    .values(first_used_at=bindparam("now"))
)
_END_OTHERS = (
    update(device_keys)
    .where(
        device_keys.c.device == bindparam("of"),
        device_keys.c.key_id != bindparam("used"),
        device_keys.c.valid_until.is_(None),
    )
    .values(valid_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body.

    Attributes:
        target: Path, with the query where there is one.
        headers: All lines, in their order.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """A device that signed a request.

    Attributes:
        device: Its code.
        key_id: The key it signed with.
        is_trusted: False where it was revoked or reported stolen.
        is_kiosk: It was enrolled as one, whatever it says.
    """

    device: str
    key_id: str
    is_trusted: bool
    is_kiosk: bool

    def require_named(self, device: str) -> None:
        """Refuse a request that names another device than the one that signed it."""
        if device != self.device:
            raise Refused(403, "device", kind=DEVICE_PROBLEM)

    def require_trusted(self) -> None:
        """Refuse what a device may not ask that was revoked or reported stolen."""
        if not self.is_trusted:
            raise Refused(403, kind=REVOKED_PROBLEM)


@dataclass(frozen=True, slots=True)
class _Known:
    device: str
    public: bytes
    first_used_at: int | None
    valid_until: int | None
    state: str
    face: str | None


class Admissions:
    """Judges signatures, times and nonces.

    Args:
        engine: The registry's database.
        nonces: Those of late.
        clock: The registry's time.
    """

    def __init__(self, engine: Engine, nonces: Nonces, clock: Clock) -> None:
        self._engine = engine
        self._nonces = nonces
        self._clock = clock

    def admit(self, head: Head) -> Asker:
        """Return who signed a request.

        Raises:
            Refused: The signature cannot be believed, its time is wrong, or it came before.
        """
        found: list[_Known] = []

        def find(key_id: str) -> Ed25519PublicKey | None:
            known = self._look_up(key_id)
            if known is None or not (
                known.valid_until is None or self._clock() < known.valid_until
            ):
                return None
            found.append(known)
            return public_key(known.public)

        signed = self._verified(head, find)
        (known,) = found
        self._take(signed)
        if known.first_used_at is None:
            self._note_first_use(signed.key_id, known.device)
        return Asker(
            known.device,
            signed.key_id,
            is_trusted=known.state == DeviceState.ACTIVE,
            is_kiosk=known.face == KIOSK_FACE,
        )

    def admit_key(self, head: Head, public: bytes) -> None:
        """Make sure that a request was signed with a key that the registry does not know yet.

        Raises:
            Refused: As for ``admit``.
        """
        try:
            key = public_key(public)
        except ValueError:
            raise Refused(422, "public_key") from None
        name = key_id_of(public)
        self._take(self._verified(head, lambda key_id: key if key_id == name else None))

    def _verified(self, head: Head, find: Callable[[str], Ed25519PublicKey | None]) -> Signed:
        try:
            return verify(head.method, head.target, head.headers, find)
        except NotSigned:
            raise Refused(401, kind=SIGNATURE_PROBLEM) from None

    def _take(self, signed: Signed) -> None:
        """Judge the time and the nonce; both only now, since only its maker is told of them."""
        now = self._clock()
        is_timely = abs(signed.created_ms - now) <= WINDOW_MS
        if not is_timely or signed.created_ms < self._nonces.earliest_ms():
            raise Refused(401, kind=CLOCK_PROBLEM, now=now)
        if not self._nonces.take(signed.key_id, signed.nonce, signed.created_ms):
            raise Refused(401, kind=REPLAY_PROBLEM)

    def _look_up(self, key_id: str) -> "_Known | None":
        # One statement is a transaction of its own, and its like is made with every request.
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            row = cursor.execute(_FIND, (key_id,)).fetchone()
            cursor.close()
        finally:
            connection.close()
        return None if row is None else _Known(*row)

    def _note_first_use(self, key_id: str, device: str) -> None:
        now = self._clock()
        ended = {"of": device, "used": key_id, "until": now + OVERLAP_MS}
        # Where another writes just now, the next request does it.
        write_unless_busy(self._engine, (_USE, {"used": key_id, "now": now}), (_END_OTHERS, ended))
