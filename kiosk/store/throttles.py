"""Counting failures on this device, so that a restart forgives nothing.

Waits are measured in the time for which this device has run, which is kept with the counts: no
clock that is set can shorten or lengthen one, and what was left of a wait when the program ended is
left when it begins again. A store that is put back as it was knows nothing of the failures since;
the registry, which counts for itself whatever reaches it, still does.

A device only makes wait, an hour at the most. It ends nothing: nobody could open that again here,
and whoever types somebody's card would shut them out. The end is the registry's; the desk opens it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError

from kiosk.database.drivers import DATABASE_ERRORS
from kiosk.database.engines import reading
from kiosk.domain.throttles import (
    DAY_MS,
    IDLE_MS,
    Hold,
    Tally,
    failed,
    given_back,
    left_to_wait,
)
from kiosk.store.identities import DeviceIdentity
from kiosk.store.tables import meta, throttles

_TIME = "throttle_time_ms"
_FIND = select(throttles).where(throttles.c.subject.in_(bindparam("subjects", expanding=True)))
_COUNT = insert(throttles).values(
    subject=bindparam("counted"), failures=bindparam("times"), at=bindparam("instant")
)
_COUNT = _COUNT.on_conflict_do_update(
    index_elements=["subject"],
    set_={"failures": _COUNT.excluded.failures, "at": _COUNT.excluded.at},
)
_FORGIVE = delete(throttles).where(throttles.c.subject == bindparam("forgiven"))
_FORGIVE_SPENT = delete(throttles).where(throttles.c.failures == 0)
_CLEAR_AWAY = delete(throttles).where(throttles.c.at < bindparam("before"))
_KEEP = insert(meta).values(key=_TIME, value=bindparam("number"))
_KEEP = _KEEP.on_conflict_do_update(index_elements=["key"], set_={"value": _KEEP.excluded.value})
_LONGEST_MS = 2**53

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as a failure unless it is held.

    Attributes:
        hold: Why it must not be made; None where it may.
    """

    subjects: tuple[bytes, ...]
    hold: Hold | None


class DeviceThrottle:
    """Counts what is tried at this device. Any thread may ask.

    Args:
        engine: The store.
        identity: Digests what was typed.
        monotonic: Seconds that never run backwards while the program runs.
    """

    def __init__(
        self, engine: Engine, identity: DeviceIdentity, monotonic: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._identity = identity
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._began = monotonic()
        self._clear_at = 0
        with reading(engine).connect() as connection:
            last = connection.execute(select(func.max(throttles.c.at))).scalar()
            # Where the disk has changed the time, that of the last failure goes on.
            self._before = max(_stored_time(connection), last or 0)

    def begin(self, typed: Iterable[str]) -> Attempt:
        """Count an attempt as a failure, on disk when it returns, unless it has to wait.

        Args:
            typed: Everything typed that names somebody: cleaned card, CPF, e-mail's key.
        """
        subjects = tuple(dict.fromkeys(self._identity.typed_proof(one) for one in typed))
        with self._lock, self._engine.begin() as connection:
            now = self._now(connection)
            self._clear_away(connection, now)
            known = _tallies(connection, subjects)
            waits = any(left_to_wait(tally, now) for tally in known.values())
            hold = Hold.WAITING if waits else None
            if hold is None:
                self._count(connection, {one: failed(known[one], now) for one in subjects}, now)
        return Attempt(subjects, hold)

    def forgive(self, attempt: Attempt) -> None:
        """Note that an attempt was right; one that cannot be noted stays a failure."""
        with _best_effort(), self._lock, self._engine.begin() as connection:
            connection.execute(_FORGIVE, [{"forgiven": one} for one in attempt.subjects])

    def give_back(self, attempt: Attempt) -> None:
        """Note that nobody said whether an attempt was right; likewise."""
        with _best_effort(), self._lock, self._engine.begin() as connection:
            now = self._now(connection)
            known = _tallies(connection, attempt.subjects)
            self._count(connection, {one: given_back(known[one]) for one in known}, now)
            connection.execute(_FORGIVE_SPENT)

    def _clear_away(self, connection: Connection, now: int) -> None:
        """Let go of counts that nobody has added to for long: their waits are long over."""
        if now < self._clear_at:
            return
        connection.execute(_CLEAR_AWAY, {"before": now - IDLE_MS})
        self._clear_at = now + DAY_MS

    def _now(self, connection: Connection) -> int:
        # The store may have been brought further by another run of the program on it.
        run = int((self._monotonic() - self._began) * 1000)
        return max(self._before + run, _stored_time(connection))

    def _count(self, connection: Connection, tallies: dict[bytes, Tally], now: int) -> None:
        rows = [
            {"counted": one, "times": tally.failures, "instant": tally.at}
            for one, tally in tallies.items()
        ]
        connection.execute(_COUNT, rows)
        connection.execute(_KEEP, {"number": b"%d" % now})


@contextmanager
def _best_effort() -> Iterator[None]:
    try:
        yield
    except (*DATABASE_ERRORS, DatabaseError) as failure:
        _log.info("attempt_stays_counted", extra={"error": failure})


def _tallies(connection: Connection, subjects: tuple[bytes, ...]) -> dict[bytes, Tally]:
    rows = connection.execute(_FIND, {"subjects": subjects})
    known = {row.subject: Tally(row.failures, row.at) for row in rows}
    return {one: known.get(one, Tally()) for one in subjects}


def _stored_time(connection: Connection) -> int:
    value = connection.execute(select(meta.c.value).where(meta.c.key == _TIME)).scalar()
    try:
        number = 0 if value is None else int(value)
    except ValueError:
        return 0
    return number if 0 <= number < _LONGEST_MS else 0
