"""Taking a release code at the kiosk, also without line: right, in time, and never twice."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import Release, find_slot_at_kiosk, read, subject_of
from kiosk.store.identities import DeviceIdentity
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
        slot: The minute in which it was given.
    """

    code: str = field(repr=False)
    slot: int


class ReleaseCodes:
    """Takes codes at one device.

    Args:
        engine: The store.
        identity: Which device this is.
        key: The kiosk's key of its codes.
        steady_ms: The present instant, of a time that never goes back.
    """

    def __init__(
        self, engine: Engine, identity: DeviceIdentity, key: bytes, steady_ms: Callable[[], int]
    ) -> None:
        self._engine = engine
        self._identity = identity
        self._key = key
        self._steady_ms = steady_ms

    def take(self, purpose: OperationKind, claim: Claim, typed: str) -> TakenCode | None:
        """Use a code up, on disk when it returns; None where it is wrong, void or used."""
        code = read(typed)
        if code is None:
            return None
        now = self._steady_ms()
        release = Release(self._identity.code, purpose, subject_of(claim))
        slot = find_slot_at_kiosk(self._key, release, code, now)
        if slot is None:
            return None
        # By the minute, not by what was typed: the half that is not verified here says nothing.
        digest = self._identity.spent_proof(f"{purpose}|{release.subject}|{slot}")
        with self._engine.begin() as connection:
            connection.execute(_FORGET, {"before": now - _KEPT_MS})
            is_new = connection.execute(_SPEND, {"digest": digest, "now": now}).rowcount == 1
        return TakenCode(code, slot) if is_new else None
