"""What bars the operations of a batch, and what they leave to be counted.

Everything is read at once before the first decision and written with the batch.
"""

import json
from collections.abc import Sequence

from kiosk.domain.decisions import NO_BARS, Bars
from kiosk.domain.operations import Decision, OperationKind, Outcome, Reason, Seen
from kiosk.domain.people import Person
from kiosk.domain.throttles import (
    EMAIL_REST_MS,
    SWEEP_WINDOW_MS,
    Tally,
    failed,
    hold_of,
    is_sweeping,
    may_change_email,
    may_reset_again,
    may_take_a_reset,
)
from kiosk.registry.batches import Batch
from kiosk.registry.claims import Asked
from kiosk.registry.gates import BatchGate
from kiosk.registry.keys import Keys
from kiosk.registry.policies import Policies
from kiosk.registry.throttles import (
    ANYWHERE,
    COUNT,
    END_SWEEP,
    FORGIVE,
    SWEEP,
    SWEEP_OUT,
    read_standing,
    read_sweep,
)
from kiosk.registry.times import RegistryTimes

_OLDEST_RESET_MS = 31 * 24 * 3600 * 1000
_RESETS_OF = (
    "SELECT subject, at FROM resets WHERE subject IN (SELECT value FROM json_each(?)) AND at > ?"
)
_RESETS_AT = "SELECT at FROM resets WHERE device = ? AND at > ?"
_NOTE_RESET = "INSERT INTO resets (operation_id, subject, device, at) VALUES (?, ?, ?, ?)"
_FORGET_RESETS = "DELETE FROM resets WHERE device = ? AND at < ?"
_COUNTED = frozenset({Reason.IDENTITY_MISMATCH, Reason.GATE_FAILED})


class Limits:
    """Opens the books for a batch.

    Args:
        keys: Digests who was named.
        times: The registry's time.
        policies: What is asked of each device.
    """

    def __init__(self, keys: Keys, times: RegistryTimes, policies: Policies) -> None:
        self._keys = keys
        self._times = times
        self._policies = policies

    def begin(self, batch: Batch, understood: Sequence[Asked]) -> "BatchLimits":
        """Read what concerns a batch before any of it is decided."""
        return BatchLimits(
            batch, understood, self._keys, self._policies, self._times.now(batch.driver)
        )


class BatchLimits:
    """What is counted while a batch is decided.

    Args:
        batch: The batch, in its transaction.
        understood: Its operations.
        keys: Digests who was named.
        policies: What is asked of each device.
        now: The registry's time, milliseconds since 1970.
    """

    def __init__(
        self,
        batch: Batch,
        understood: Sequence[Asked],
        keys: Keys,
        policies: Policies,
        now: int,
    ) -> None:
        self._batch = batch
        self._keys = keys
        self._now = now
        self._policy = policies.of(batch.driver, batch.device)
        self._gate = BatchGate(batch, keys, self._policy, now)
        named = [(asked, batch.person_of(asked.claim)) for asked in understood]
        # Once for each: a digest costs more than all the rest.
        self._subjects = {
            asked.index: keys.subjects_of(asked.claim, person) for asked, person in named
        }
        # Whom an e-mail names may change within a batch: counted is who was named as it began.
        self._persons = {
            asked.index: None if person is None else self._subjects[asked.index][-1]
            for asked, person in named
        }
        subjects = {one for each in self._subjects.values() for one in each}
        self._standing = read_standing(batch.driver, batch.device, subjects)
        self._changed: set[str] = set()
        self._changed_anywhere: set[str] = set()
        self._forgiven: set[tuple[str, str]] = set()
        self._swept: dict[str, int] = {}
        self._newly_swept: set[str] = set()
        self._ends_sweep = False
        if not self._policy.is_attended and any(asked.acted_now for asked in understood):
            self._swept = read_sweep(batch.driver, batch.device)
        self._resets_of: dict[str, list[int]] = {}
        self._resets_here: list[int] = []
        self._new_resets: list[tuple[object, ...]] = []
        limited = [one for one in named if one[0].kind is not OperationKind.REGISTER]
        if limited and not self._policy.is_attended:
            self._read_resets([person for _, person in limited if person is not None])

    @property
    def now(self) -> int:
        """The registry's time that never runs backwards, milliseconds since 1970."""
        return self._now

    def bars(self, asked: Asked, person: Person | None, seen: Seen) -> Bars:
        """Return what stands in the way of an operation."""
        known = self._standing.pairs
        pairs = [known[one] for one in self._subjects[asked.index] if one in known]
        if pairs and hold_of(pairs, self._now) is not None:
            return Bars(before=Reason.THROTTLED)
        if asked.acted_now and is_sweeping(self._swept.values(), self._now):
            return Bars(before=Reason.THROTTLED)
        if not self._gate.passes(asked, person, seen):
            return Bars(before=Reason.GATE_FAILED)
        if person is None or self._policy.is_attended:
            return NO_BARS
        return Bars(after=self._limit(asked.kind, person, asked, seen))

    def settle(self, asked: Asked, person: Person | None, decision: Decision) -> None:
        """Count what was decided of an operation."""
        self._gate.settle(asked, decision)
        subjects, counted = self._subjects[asked.index], self._persons[asked.index]
        if decision.reason in _COUNTED and not self._gate.is_over_for(asked):
            self._count(subjects, counted)
            if asked.acted_now and not self._policy.is_attended:
                self._swept[subjects[0]] = self._now
                self._newly_swept.add(subjects[0])
        elif decision.outcome is Outcome.ACCEPTED and person is not None:
            # What was proved before was card, CPF and birth date, which open nothing: only a
            # password that was set now takes the failures with it.
            if asked.kind is not OperationKind.SET_EMAIL:
                self._forgive(subjects, counted)
                self._ends_sweep = self._ends_sweep or asked.acted_now
            if asked.kind is OperationKind.RESET and not self._policy.is_attended:
                self._note_reset(asked, self._keys.subject_of_person(person.person_id))

    def write(self) -> None:
        """Leave everything that was counted to the batch."""
        batch, device = self._batch, self._batch.device
        for known, changed, where in (
            (self._standing.pairs, self._changed, device),
            (self._standing.anywhere, self._changed_anywhere, ANYWHERE),
        ):
            for subject in changed:
                tally = known[subject]
                batch.leave(COUNT, (subject, where, tally.failures, tally.at))
        for row in self._forgiven:
            batch.leave(FORGIVE, row)
        if self._ends_sweep:
            batch.leave(END_SWEEP, (device,))
        elif self._newly_swept:
            batch.leave(SWEEP_OUT, (device, self._now - SWEEP_WINDOW_MS))
        for subject in self._newly_swept:
            batch.leave(SWEEP, (device, subject, self._now))
        for reset in self._new_resets:
            batch.leave(_NOTE_RESET, reset)
        if self._new_resets:
            batch.leave(_FORGET_RESETS, (device, self._now - _OLDEST_RESET_MS))

    def _count(self, subjects: Sequence[str], person: str | None) -> None:
        pairs, anywhere = self._standing.pairs, self._standing.anywhere
        for one in subjects:
            pairs[one] = failed(pairs.get(one, Tally()), self._now)
            self._changed.add(one)
            self._forgiven.discard((one, self._batch.device))
        if person is not None:
            anywhere[person] = failed(anywhere.get(person, Tally()), self._now)
            self._changed_anywhere.add(person)
            self._forgiven.discard((person, ANYWHERE))

    def _forgive(self, subjects: Sequence[str], person: str | None) -> None:
        for one in subjects:
            if self._standing.pairs.pop(one, None) is not None:
                self._changed.discard(one)
                self._forgiven.add((one, self._batch.device))
        if person is not None and self._standing.anywhere.pop(person, None) is not None:
            self._changed_anywhere.discard(person)
            self._forgiven.add((person, ANYWHERE))
        self._swept.clear()
        self._newly_swept.clear()

    def _limit(
        self, kind: OperationKind, person: Person, asked: Asked, seen: Seen
    ) -> Reason | None:
        if kind is OperationKind.REGISTER:
            return None
        instants = self._resets_of.get(self._keys.subject_of_person(person.person_id), [])
        if kind is OperationKind.SET_EMAIL:
            may = may_change_email(max(instants, default=None), self._now)
        else:
            age = 0 if asked.acted_now else int((seen.age_seconds or 0) * 1000)
            may = may_reset_again(instants, self._now) and may_take_a_reset(
                self._resets_here, self._now, seen_age_ms=age
            )
        return None if may else Reason.THROTTLED

    def _read_resets(self, people: Sequence[Person]) -> None:
        driver, device = self._batch.driver, self._batch.device
        subjects = json.dumps([self._keys.subject_of_person(one.person_id) for one in people])
        for subject, at in driver.execute(_RESETS_OF, (subjects, self._now - EMAIL_REST_MS)):
            self._resets_of.setdefault(subject, []).append(at)
        rows = driver.execute(_RESETS_AT, (device, self._now - _OLDEST_RESET_MS))
        self._resets_here = [row[0] for row in rows]

    def _note_reset(self, asked: Asked, person: str) -> None:
        self._resets_of.setdefault(person, []).append(self._now)
        self._resets_here.append(self._now)
        self._new_resets.append((asked.id, person, self._batch.device, self._now))
