"""Letting devices in, and changing their keys."""

import secrets
import threading
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, Engine, delete, insert, select, update

from kiosk.domain.enrolment_codes import CODE_BYTES, LIFE_MS, from_bytes, read
from kiosk.domain.gates import DESK_FACE, KIOSK_FACE
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET, DEVICE_CODE_LENGTH, is_device_code
from kiosk.registry.admissions import Asker
from kiosk.registry.audit_trails import Event, note
from kiosk.registry.clocks import Clock
from kiosk.registry.keys import Keys
from kiosk.registry.problems import Refused
from kiosk.registry.release_keys import change_keys
from kiosk.registry.tables import (
    DeviceState,
    device_keys,
    devices,
    enrolment_codes,
    operations,
)
from kiosk.wire.device_keys import key_id_of, public_key
from kiosk.wire.enrolments import (
    CODE_PROBLEM,
    TAKEN_PROBLEM,
    EnrolRequest,
    EnrolResponse,
    LookResponse,
    RenewRequest,
    RenewResponse,
)
from kiosk.wire.messages import KeyAnnouncement

FACES = (KIOSK_FACE, DESK_FACE)
LONGEST_NAME = 60
MOST_WRONG_CODES = 10
WRONG_CODES_MS = 15 * 60_000
_MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """What an administrator says of a device before it is there.

    Attributes:
        face: One of ``FACES``.
    """

    name: str
    site: str
    face: str


class Attempts:
    """Counts wrong codes per address; a code of 128 bits needs no more than this run remembers.

    Args:
        clock: The registry's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, list[int]] = {}

    def require_patience(self, address: str) -> None:
        """Refuse an address that has sent too many wrong codes.

        Raises:
            Refused: With the seconds to wait.
        """
        now = self._clock()
        with self._lock:
            recent = self._recent(address, now)
            if len(recent) >= MOST_WRONG_CODES:
                wait = max(0, recent[0] + WRONG_CODES_MS - now) // 1000 + 1
                raise Refused(429, kind=CODE_PROBLEM, retry_after=wait)

    def note_wrong(self, address: str) -> None:
        """Count a wrong code."""
        now = self._clock()
        with self._lock:
            if len(self._failures) >= _MOST_ADDRESSES:
                self._failures.clear()
            self._failures[address] = [*self._recent(address, now), now][-MOST_WRONG_CODES:]

    def _recent(self, address: str, now: int) -> list[int]:
        known = self._failures.get(address, [])
        return [at for at in known if 0 <= now - at < WRONG_CODES_MS]


class Enrolments:
    """Codes, devices and keys.

    Args:
        engine: The registry's database.
        keys: Digests codes.
        clock: The registry's time.
    """

    def __init__(self, engine: Engine, keys: Keys, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock
        self._attempts = Attempts(clock)

    def make_code(self, place: Place, device: str | None = None) -> str:
        """Make a code that lets one device in; codes that are over go.

        Args:
            place: What the device will be.
            device: Code of a device that gets its key anew; None for a new one.
        """
        now = self._clock()
        code = from_bytes(secrets.token_bytes(CODE_BYTES))
        with self._engine.begin() as connection:
            connection.execute(delete(enrolment_codes).where(enrolment_codes.c.expires_at <= now))
            connection.execute(
                insert(enrolment_codes).values(
                    digest=self._keys.code_digest(code),
                    device=device,
                    name=place.name,
                    site=place.site,
                    face=place.face,
                    made_at=now,
                    expires_at=now + LIFE_MS,
                )
            )
            _note(connection, now, "enrolment_code_made", device)
        return code

    def enrol(
        self, request: EnrolRequest, address: str, sealing_key: KeyAnnouncement
    ) -> EnrolResponse:
        """Let a device in whose key was seen to sign the request.

        Args:
            request: As it came.
            address: Whence, for the count of wrong codes.
            sealing_key: What the registry announces now.

        Raises:
            Refused: The code is none, was used by another, is over, or is not for this device.
        """
        code = self._require_form(request, address)
        now = self._clock()
        with self._engine.begin() as connection:
            let_in = self._let_in(connection, request, code, now)
        if let_in is None:
            raise self._wrong(address)
        device, place = let_in
        return EnrolResponse(
            device=device,
            name=place.name,
            site=place.site,
            face=place.face,
            now=now,
            sealing_key=sealing_key,
        )

    def look(self, request: EnrolRequest, address: str) -> LookResponse:
        """Say what ``enrol`` would make of a device; nothing is kept but the count of wrong codes.

        Args:
            request: As it came.
            address: Whence.

        Raises:
            Refused: As for ``enrol``.
        """
        code = self._require_form(request, address)
        now = self._clock()
        with self._engine.connect() as connection:
            # The real thing, taken back: it cannot say anything else than enrolling would.
            let_in = self._let_in(connection, request, code, now)
            connection.rollback()
        if let_in is None:
            raise self._wrong(address)
        _, place = let_in
        return LookResponse(name=place.name, site=place.site, face=place.face, now=now)

    def _require_form(self, request: EnrolRequest, address: str) -> str | None:
        self._attempts.require_patience(address)
        if request.device is not None and not is_device_code(request.device):
            raise Refused(422, "device")
        return read(request.code)

    def _wrong(self, address: str) -> Refused:
        self._attempts.note_wrong(address)
        return Refused(403, kind=CODE_PROBLEM)

    def _let_in(
        self, connection: Connection, request: EnrolRequest, code: str | None, now: int
    ) -> tuple[str, Place] | None:
        key_id = key_id_of(request.public_key)
        # A code that was once seen to be over stays so, whatever the clock shows later.
        connection.execute(delete(enrolment_codes).where(enrolment_codes.c.expires_at <= now))
        digest = self._keys.code_digest(code or "")
        row = connection.execute(
            select(enrolment_codes).where(enrolment_codes.c.digest == digest)
        ).one_or_none()
        if code is None or row is None:
            return None
        place = Place(row.name, row.site, row.face)
        device = _device_of(connection, key_id)
        if row.used_by is not None:
            # What answers a code that was used is only the key that has used it.
            return None if device is None or row.used_by != key_id else (device, place)
        if device is None:
            device = self._admitted(connection, request, row.device, place, now)
        elif _may_return(connection, request, row.device, device, now):
            # Its answer was lost and its code ended; it offers the same key for ever.
            add_device(connection, device, place, request.public_key, now)
            _note(connection, now, "device_enrolled", device)
        else:
            return None
        connection.execute(
            update(enrolment_codes).where(enrolment_codes.c.digest == digest).values(used_by=key_id)
        )
        return device, place

    def renew(self, asker: Asker, request: RenewRequest) -> RenewResponse:
        """Take another key of a device beside the one it asks with.

        Raises:
            Refused: The new key is none, is known, or did not sign the name of the old one.
        """
        try:
            public_key(request.public_key).verify(request.proof, asker.key_id.encode())
        except (ValueError, InvalidSignature):
            raise Refused(422, "public_key, proof") from None
        key_id = key_id_of(request.public_key)
        now = self._clock()
        with self._engine.begin() as connection:
            known = _device_of(connection, key_id)
            if known not in (None, asker.device):
                raise Refused(422, "public_key")
            if known is None:
                # Those that were taken and never used were lost on their way. Not the one that
                # asks, whose first use is noted later where another writes just now.
                connection.execute(
                    delete(device_keys).where(
                        device_keys.c.device == asker.device,
                        device_keys.c.key_id != asker.key_id,
                        device_keys.c.first_used_at.is_(None),
                    )
                )
                _add_key(connection, asker.device, request.public_key, now)
                _note(connection, now, "device_key_renewed", asker.device)
        return RenewResponse(key_id=key_id)

    def _admitted(
        self,
        connection: Connection,
        request: EnrolRequest,
        bound_to: str | None,
        place: Place,
        now: int,
    ) -> str:
        device = bound_to or request.device or _new_code(connection)
        if request.device not in (None, device):
            # Its receipts begin with another code than the one this enrolment is for.
            raise Refused(409, "device", kind=TAKEN_PROBLEM)
        state = connection.execute(
            select(devices.c.state).where(devices.c.device == device)
        ).scalar()
        if bound_to is None and state not in (None, DeviceState.UNENROLLED):
            raise Refused(409, "device", kind=TAKEN_PROBLEM)
        add_device(connection, device, place, request.public_key, now)
        _note(connection, now, "device_enrolled", device)
        return device


def add_device(connection: Connection, device: str, place: Place, public: bytes, now: int) -> None:
    """Keep a device with this one key; whatever keys it had are void.

    Args:
        connection: In a transaction.
        device: Its code.
        place: What it is.
        public: Its key.
        now: Registry time, milliseconds since 1970.
    """
    values = {
        "name": place.name,
        "site": place.site,
        "face": place.face,
        "state": DeviceState.ACTIVE.value,
        "state_at": now,
    }
    change_keys(connection, device, now)
    changed = connection.execute(update(devices).where(devices.c.device == device).values(values))
    if not changed.rowcount:
        connection.execute(insert(devices).values(device=device, **values))
    connection.execute(delete(device_keys).where(device_keys.c.device == device))
    _add_key(connection, device, public, now)


def _add_key(connection: Connection, device: str, public: bytes, now: int) -> None:
    connection.execute(
        insert(device_keys).values(
            key_id=key_id_of(public), device=device, public_key=public, made_at=now
        )
    )


def _device_of(connection: Connection, key_id: str) -> str | None:
    device: str | None = connection.execute(
        select(device_keys.c.device).where(device_keys.c.key_id == key_id)
    ).scalar()
    return device


def _may_return(
    connection: Connection, request: EnrolRequest, bound_to: str | None, device: str, now: int
) -> bool:
    """Tell whether a code that nobody has used lets a device in with a key it already has."""
    row = connection.execute(
        select(devices.c.state, device_keys.c.valid_until).where(
            devices.c.device == device_keys.c.device,
            device_keys.c.key_id == key_id_of(request.public_key),
        )
    ).one()
    # Only a code made for the device may bring back a key that another has taken the place of.
    is_good = bound_to == device or row.valid_until is None or now < row.valid_until
    names = (bound_to, request.device)
    is_same = all(name in (None, device) for name in names)
    # The administrator made it for this device after its access went; no other code undoes that.
    may_be_let_in = row.state == DeviceState.ACTIVE or bound_to == device
    return is_same and is_good and may_be_let_in


def _new_code(connection: Connection) -> str:
    while True:
        drawn = (secrets.choice(DEVICE_CODE_ALPHABET) for _ in range(DEVICE_CODE_LENGTH))
        code = "".join(drawn)
        is_known = (
            select(devices.c.device).where(devices.c.device == code),
            select(operations.c.device).where(operations.c.device == code).limit(1),
        )
        if not any(connection.execute(query).first() for query in is_known):
            return code


def _note(connection: Connection, now: int, what: str, device: str | None) -> None:
    note(connection, Event(now, what, device))
