"""Counting failures at the registry: each attempt is counted before anything is verified.

It is counted as a failure in a short transaction of its own, and forgiven when it was none. Many at
once get no more tries than one after the other, and what cannot be counted is not tried.
"""

import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from kiosk.database.statements import DATABASE_FAILURES, driver_of
from kiosk.domain.forms import LONGEST_IDENTIFIER
from kiosk.domain.identifiers import canonical
from kiosk.domain.throttles import (
    SWEEP_WINDOW_MS,
    Hold,
    Tally,
    failed,
    hold_of,
    is_ended_anywhere,
    is_sweeping,
)
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.keys import Keys
from kiosk.registry.policies import Policies
from kiosk.registry.times import RegistryTimes

ANYWHERE = ""
_LOOK = (
    "SELECT subject, device, failures, at FROM throttles"
    " WHERE subject IN (SELECT value FROM json_each(?)) AND device IN (?, '')"
)
COUNT = (
    "INSERT INTO throttles (subject, device, failures, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (subject, device) DO UPDATE SET failures = excluded.failures, at = excluded.at"
)
FORGIVE = "DELETE FROM throttles WHERE subject = ? AND device = ?"
_SWEPT = "SELECT subject, at FROM sweeps WHERE device = ?"
SWEEP = (
    "INSERT INTO sweeps (device, subject, at) VALUES (?, ?, ?)"
    " ON CONFLICT (device, subject) DO UPDATE SET at = excluded.at"
)
SWEEP_OUT = "DELETE FROM sweeps WHERE device = ? AND at <= ?"
END_SWEEP = "DELETE FROM sweeps WHERE device = ?"
_OPEN = "DELETE FROM throttles WHERE subject IN (SELECT value FROM json_each(?)) AND device != ''"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as a failure unless it is held.

    Attributes:
        hold: Why it must not be looked at; None where it may.
        is_held_by_person: Only what is counted of the person holds it, so that holding it shows
            that what was typed is theirs.
        person_id: Whom what was typed names.
    """

    device: str
    typed: str
    person: str | None
    hold: Hold | None
    is_held_by_person: bool = False
    person_id: str | None = None


@dataclass(slots=True)
class Standing:
    """What is counted of the subjects of one device, as of one moment.

    Attributes:
        pairs: Of this device, by subject.
        anywhere: Failures in a row at all devices, by subject.
    """

    pairs: dict[str, Tally] = field(default_factory=dict)
    anywhere: dict[str, Tally] = field(default_factory=dict)


def read_standing(driver: sqlite3.Connection, device: str, subjects: Iterable[str]) -> Standing:
    """Read what is counted of several subjects at once."""
    standing = Standing()
    for subject, where, failures, at in driver.execute(_LOOK, (json.dumps(list(subjects)), device)):
        known = standing.anywhere if where == ANYWHERE else standing.pairs
        known[subject] = Tally(failures, at)
    return standing


def read_sweep(driver: sqlite3.Connection, device: str) -> dict[str, int]:
    """Return what was typed at a device since the last success there, and when last."""
    return dict(driver.execute(_SWEPT, (device,)).fetchall())


class Throttle:
    """Counts the attempts to sign in.

    Args:
        engine: The registry's database.
        keys: Digests who was named.
        times: The registry's time.
        policies: What is asked of each device.
    """

    def __init__(
        self, engine: Engine, keys: Keys, times: RegistryTimes, policies: Policies
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._times = times
        self._policies = policies

    def begin(self, device: str, typed: str, person_id: str | None) -> Attempt:
        """Count an attempt as a failure, unless it is one that must not be looked at.

        Args:
            device: Where.
            typed: As it was typed.
            person_id: Whom that names, or None.
        """
        subject = self._keys.subject_of_typed(canonical(typed[: LONGEST_IDENTIFIER + 1]))
        person = None if person_id is None else self._keys.subject_of_person(person_id)
        subjects = [one for one in (subject, person) if one is not None]
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            now = self._times.now(driver)
            is_attended = self._policies.of(driver, device).is_attended
            standing = read_standing(driver, device, subjects)
            pairs = [standing.pairs.get(one, Tally()) for one in subjects]
            swept = {} if is_attended else read_sweep(driver, device)
            anywhere = Tally() if person is None else standing.anywhere.get(person, Tally())
            hold = hold_of(pairs[:1], now)
            if hold is None and is_sweeping(swept.values(), now):
                hold = Hold.SWEEPING
            if hold is not None:
                return Attempt(device, subject, person, hold)
            hold = hold_of(pairs, now)
            if hold is None and is_ended_anywhere(anywhere.failures):
                hold = Hold.ENDED_ANYWHERE
            counted = [(subject, device, pairs[0])]
            if person is not None and hold is None:
                counted += [(person, device, pairs[1]), (person, ANYWHERE, anywhere)]
            for one, where, tally in counted:
                more = failed(tally, now)
                driver.execute(COUNT, (one, where, more.failures, more.at))
            if not is_attended:
                driver.execute(SWEEP_OUT, (device, now - SWEEP_WINDOW_MS))
                driver.execute(SWEEP, (device, subject, now))
            detail = None if hold is None else hold.value
            append(driver, [Event(now, "sign_in_tried", device, None, person_id, detail)])
        return Attempt(
            device, subject, person, hold, is_held_by_person=hold is not None, person_id=person_id
        )

    def succeed(self, attempt: Attempt, shown: str) -> None:
        """Forgive an attempt that was right: its own pairs, and what was counted everywhere.

        Args:
            attempt: Which was counted.
            shown: What the person is shown now, for the audit.
        """
        pairs = [(attempt.typed, attempt.device)]
        if attempt.person is not None:
            pairs += [(attempt.person, attempt.device), (attempt.person, ANYWHERE)]
        try:
            with self._engine.begin() as connection:
                driver = driver_of(connection)
                driver.executemany(FORGIVE, pairs)
                driver.execute(END_SWEEP, (attempt.device,))
                now = self._times.now(driver)
                shown_to = Event(now, shown, attempt.device, None, attempt.person_id)
                append(driver, [shown_to])
        except DATABASE_FAILURES as failure:
            # It stays counted as a failure, which costs the person one of the free ones.
            _log.warning("attempt_not_forgiven", extra={"error": failure})

    def open(self, person_id: str, *typed: str) -> int:
        """Open the pairs of a person at every device, as the desk does; return how many.

        What is counted over all devices stays: that ends with a reset alone.

        Args:
            person_id: The person the desk has identified.
            typed: Their card, CPF and e-mail, as far as they have them.
        """
        subjects = [self._keys.subject_of_person(person_id)]
        subjects += [self._keys.subject_of_typed(canonical(one)) for one in typed]
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            now = self._times.now(driver)
            append(driver, [Event(now, "attempts_opened", person_id=person_id)])
            return driver.execute(_OPEN, (json.dumps(subjects),)).rowcount

    def release(self, device: str) -> None:
        """Let a kiosk go on that has called the attendant."""
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            driver.execute(END_SWEEP, (device,))
            append(driver, [Event(self._times.now(driver), "sweep_ended", device)])
