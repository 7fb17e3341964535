"""Whether the operations of a batch pass the gate of their device, and what that uses up."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain import email_codes, release_codes
from kiosk.domain.email_codes import CodeState
from kiosk.domain.gates import DevicePolicy, Gate
from kiosk.domain.operations import Decision, Outcome, Seen
from kiosk.domain.people import Person
from kiosk.domain.release_codes import GUARDED, MINUTE_MS, Release
from kiosk.registry.batches import Batch
from kiosk.registry.claims import Asked
from kiosk.registry.keys import Keys
from kiosk.registry.release_keys import Generation, generation_of

_SPENT = "SELECT 1 FROM spent_codes WHERE code = ?"
_SPEND = "INSERT OR IGNORE INTO spent_codes (code, at) VALUES (?, ?)"
_FORGET = "DELETE FROM spent_codes WHERE at < ?"
_KEPT_MS = 40 * 24 * 3600 * 1000
_FIND_CODE = (
    "SELECT digest, issued_at, tries FROM email_codes"
    " WHERE subject = ? AND device = ? AND purpose = ?"
)
_USE_UP = "DELETE FROM email_codes WHERE subject = ? AND device = ? AND purpose = ?"
_COUNT_TRY = (
    "UPDATE email_codes SET tries = tries + 1 WHERE subject = ? AND device = ? AND purpose = ?"
)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a look at an operation found, and what it does once the operation is decided."""

    passes: bool
    statement: str | None = None
    row: tuple[object, ...] = ()


class BatchGate:
    """The gate of the device of a batch.

    Args:
        batch: The batch, in its transaction.
        keys: Of this registry.
        policy: What is asked of the device.
        now: The registry's time, milliseconds since 1970.
    """

    def __init__(self, batch: Batch, keys: Keys, policy: DevicePolicy, now: int) -> None:
        self._batch = batch
        self._keys = keys
        self._gate = policy.gate
        self._now = now
        self._looked: dict[int, _Looked] = {}
        self._release_generation = Generation()
        if self._gate is Gate.ATTENDANT:
            self._release_generation = generation_of(batch.driver, batch.device)

    def passes(self, asked: Asked, person: Person | None, seen: Seen) -> bool:
        """Tell whether an operation brings what the gate asks for."""
        if self._gate is Gate.MANUAL or asked.kind not in GUARDED:
            return True
        if self._gate is Gate.ATTENDANT:
            looked = self._look_at_release(asked, seen)
        else:
            looked = self._look_at_email_code(asked, person)
        self._looked[asked.index] = looked
        return looked.passes

    def is_over_for(self, asked: Asked) -> bool:
        """Tell whether an operation comes too late for any code by e-mail, and so guesses at none.

        A device takes back what it could not deliver at once behind that gate. What comes later was
        accepted once, by a registry that was restored from an older copy since.
        """
        return self._gate is Gate.EMAIL_CODE and asked.kind in GUARDED and not asked.acted_now

    def settle(self, asked: Asked, decision: Decision) -> None:
        """Use a code up, or count a wrong one, unless the operation was kept aside.

        At once: the next operation of the batch must not find it again.
        """
        looked = self._looked.pop(asked.index, None)
        if looked is None or looked.statement is None or decision.outcome is Outcome.QUARANTINED:
            return
        self._batch.driver.execute(looked.statement, looked.row)
        if looked.statement == _SPEND:
            self._batch.driver.execute(_FORGET, (self._now - _KEPT_MS,))

    def _look_at_release(self, asked: Asked, seen: Seen) -> _Looked:
        code = None if asked.code is None else release_codes.read(asked.code)
        if code is None:
            return _Looked(passes=False)
        device = self._batch.device
        release = Release(device, asked.kind, release_codes.subject_of(asked.claim))
        age_ms = 0 if asked.acted_now else int((seen.age_seconds or 0) * 1000)
        is_right = any(
            release_codes.is_right_at_registry(
                self._keys.release_keys(device, generation).registry,
                release,
                code,
                asked.code_slot,
                self._now,
                self._now - age_ms,
            )
            for generation in self._generations(asked.code_slot)
        )
        digest = self._keys.spent_code(release, code)
        is_spent = self._batch.driver.execute(_SPENT, (digest,)).fetchone() is not None
        if not is_right or is_spent:
            return _Looked(passes=False)
        return _Looked(passes=True, statement=_SPEND, row=(digest, self._now))

    def _generations(self, slot: int | None) -> Iterator[int]:
        """Yield of which keys a code given in some minute may be."""
        known = self._release_generation
        yield known.number
        if known.number and slot is not None and slot < known.changed_at // MINUTE_MS:
            yield known.number - 1

    def _look_at_email_code(self, asked: Asked, person: Person | None) -> _Looked:
        typed = None if asked.code is None else email_codes.read(asked.code)
        if person is None or typed is None:
            return _Looked(passes=False)
        subject = self._keys.subject_of_person(person.person_id)
        key = (subject, self._batch.device, asked.kind.value)
        row = self._batch.driver.execute(_FIND_CODE, key).fetchone()
        if row is None or not email_codes.is_open(CodeState(row[1], row[2], 0, 0), self._now):
            return _Looked(passes=False)
        if hmac.compare_digest(row[0], self._keys.email_code(*key, typed)):
            return _Looked(passes=True, statement=_USE_UP, row=key)
        return _Looked(passes=False, statement=_COUNT_TRY, row=key)
