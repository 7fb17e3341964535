"""Release codes at a device, also without line: taken at the kiosk once, made at the desk."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from kiosk.domain import release_codes
from kiosk.domain.gates import CodeFault
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import (
    Release,
    find_slot_at_kiosk,
    is_over_at_kiosk,
    read,
    subject_of,
)
from kiosk.store.audit_trails import note
from kiosk.store.identities import DeviceIdentity
from kiosk.store.kept_gates import KeptGate
from kiosk.store.tables import spent_codes

_KEPT_MS = 24 * 3600 * 1000
_SPEND = (
    insert(spent_codes)
    .values(code=bindparam("digest"), at=bindparam("now"))
    .on_conflict_do_nothing()
)
_FORGET = delete(spent_codes).where(spent_codes.c.at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class TakenCode:
    """A code that was right here; it travels with the operation, and the registry looks again.

    Attributes:
        slot: The minute in which it was given; None where this kiosk has no key to tell by.
    """

    code: str = field(repr=False)
    slot: int | None


class ReleaseCodes:
    """Takes codes at one device, and makes them for others.

    Args:
        engine: The store.
        identity: Which device this is.
        gates: The keys that are here.
        steady_ms: The present instant, of a time that never goes back.
    """

    def __init__(
        self,
        engine: Engine,
        identity: DeviceIdentity,
        gates: KeptGate,
        steady_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._identity = identity
        self._gates = gates
        self._steady_ms = steady_ms

    def take(self, purpose: OperationKind, claim: Claim, typed: str) -> TakenCode | CodeFault:
        """Use a code up, on disk when it returns; a fault says why it was not.

        A kiosk without its key takes any code, and the registry alone judges it.
        """
        code = read(typed)
        if code is None:
            return CodeFault.MALFORMED if typed.strip() else CodeFault.MISSING
        held = self._gates.key_of(self._identity.code)
        if held is None:
            return TakenCode(code, None)
        now = self._steady_ms()
        release = Release(self._identity.code, purpose, subject_of(claim))
        slot = find_slot_at_kiosk(held.kiosk_key, release, code, now)
        if slot is None:
            is_over = is_over_at_kiosk(held.kiosk_key, release, code, now)
            return CodeFault.EXPIRED if is_over else CodeFault.WRONG
        # By the minute, not by what was typed: the half that is not verified here says nothing.
        digest = self._identity.spent_proof(f"{purpose}|{release.subject}|{slot}")
        with self._engine.begin() as connection:
            connection.execute(_FORGET, {"before": now - _KEPT_MS})
            is_new = connection.execute(_SPEND, {"digest": digest, "now": now}).rowcount == 1
        return TakenCode(code, slot) if is_new else CodeFault.USED

    def make(self, wanted: Release) -> str | None:
        """Return a code as it is read out; None where the keys of that kiosk are not both here.

        That it was given stands in this device's audit before anybody reads it.
        """
        held = self._gates.key_of(wanted.kiosk)
        keys = None if held is None else held.pair
        if keys is None:
            return None
        now = self._steady_ms()
        with self._engine.begin() as connection:
            told = f"kiosk={wanted.kiosk} purpose={wanted.purpose}"
            note(connection, now, "release_code_given", None, told)
        return release_codes.written(release_codes.make(keys, wanted, now))
