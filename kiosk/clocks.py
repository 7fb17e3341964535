"""The time, as the device reads it: evidence for people, never order between machines."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from kiosk.domain.clock_errors import (
    FLOOR,
    FLOOR_MS,
    TOLERANCE_MS,
    ClockError,
    find_error,
    registry_time_at_start,
)

# Up to the year 9998, so that whatever a clock shows can be sent and shown in any time zone.
_LATEST_MS = 253_370_764_800_000
_LONGEST_ROUND_TRIP_SECONDS = 30.0
_KEEP_SECONDS = 60.0
# On Linux the common monotonic clock stands while the machine sleeps.
_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """Where the time comes from. Every method may be called from any thread."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 in UTC, as this machine believes; never negative."""

    def today(self) -> date:
        """Return the day, local to this machine."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards while the program runs."""

    def hear(self, registry_ms: int, round_trip_seconds: float) -> None:
        """Take in the registry's time.

        Args:
            registry_ms: As it was answered just now.
            round_trip_seconds: Since it was asked.
        """

    def error(self) -> ClockError | None:
        """Return what is wrong with this machine's clock; None where it is right or unknown."""


def monotonic_ms(clock: Clock) -> int:
    """Return a clock's monotonic time in whole milliseconds."""
    return int(clock.monotonic() * 1000)


class SystemClock:
    """The machine's own clock, believed whatever it shows."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 in UTC."""
        return min(max(0, time.time_ns() // 1_000_000), _LATEST_MS)

    def today(self) -> date:
        """Return the day, local to this machine."""
        return local_time(self.now_ms()).date()

    def monotonic(self) -> float:
        """Return seconds that never run backwards, those in which the machine slept included."""
        return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)

    def hear(self, registry_ms: int, round_trip_seconds: float) -> None:
        """Pass over what the registry says."""

    def error(self) -> ClockError | None:
        """Return None: nothing is held against it."""
        return None


@dataclass(frozen=True, slots=True)
class TimeMarks:
    """What is known of the time from one run of the program to the next.

    Attributes:
        highest_ms: The highest time seen, by the registry's time where that is known.
        skew_ms: How far this machine's clock was ahead of the registry's, negative where behind;
            None where the registry was never heard.
    """

    highest_ms: int = 0
    skew_ms: int | None = None


class SteadyClock:
    """A machine's clock, watched: its day never goes back, and it says when it is wrong.

    Once the registry was heard, its time goes on by the monotonic clock, so that a clock that is
    set afterwards is found out without line too.

    Args:
        clock: The machine's own.
        marks: Of the run before.
        keep: Puts marks on disk.
    """

    def __init__(self, clock: Clock, marks: TimeMarks, keep: Callable[[TimeMarks], None]) -> None:
        self._clock = clock
        self._keep = keep
        self._lock = threading.Lock()
        self._highest = max(marks.highest_ms, FLOOR_MS)
        self._skew = marks.skew_ms
        self._heard: tuple[int, float] | None = None
        self._steady = 0
        self._steady_at = clock.monotonic()
        self._is_urgent = False
        self._keep_at = clock.monotonic()
        now = clock.now_ms()
        registry = registry_time_at_start(now, self._highest, marks.skew_ms)
        if registry is not None:
            self._heard = (registry, clock.monotonic())

    def now_ms(self) -> int:
        """Return milliseconds since 1970 in UTC, as the machine's clock shows them, also wrong."""
        with self._lock:
            return self._look()

    def today(self) -> date:
        """Return the day, local to this machine: never before one that was seen."""
        with self._lock:
            self._look()
            return max(local_time(self._highest).date(), FLOOR)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._clock.monotonic()

    def hear(self, registry_ms: int, round_trip_seconds: float) -> None:
        """Take in the registry's time, if it tells anything.

        It also takes back a highest time that a clock once set far ahead has left behind.
        """
        if round_trip_seconds > _LONGEST_ROUND_TRIP_SECONDS or registry_ms < FLOOR_MS:
            return
        with self._lock:
            registry = registry_ms + int(round_trip_seconds * 500)
            self._heard = (registry, self._clock.monotonic())
            skew = self._clock.now_ms() - registry
            if self._skew is None or abs(skew - self._skew) > TOLERANCE_MS:
                self._is_urgent = True
            self._skew = skew
            if self._highest > registry + TOLERANCE_MS:
                self._highest = registry
                self._is_urgent = True
            self._look()

    def steady_ms(self) -> int:
        """Return the present instant by a time that no setting of the clock takes back.

        It is the registry's where that is known, else the highest that was seen, and goes on from
        there by the monotonic clock. Only the registry's word takes back what a clock set far ahead
        has left behind.
        """
        with self._lock:
            self._look()
            at, registry = self._clock.monotonic(), self._registry_ms()
            if registry is None:
                gone_on = self._steady + int((at - self._steady_at) * 1000)
                registry = max(self._highest, gone_on)
            self._steady, self._steady_at = registry, at
            return registry

    def error(self) -> ClockError | None:
        """Return what is wrong with the machine's clock; None where it is right or unknown."""
        with self._lock:
            now = self._look()
            return find_error(now, self._highest, self._registry_ms())

    def keep_if_due(self) -> None:
        """Put on disk what is known of the time, at most once a minute or where it is news."""
        with self._lock:
            self._look()
            now = self._clock.monotonic()
            if now < self._keep_at and not self._is_urgent:
                return
            self._is_urgent = False
            self._keep_at = now + _KEEP_SECONDS
            marks = TimeMarks(self._highest, self._skew)
        self._keep(marks)

    def _look(self) -> int:
        """Read the machine's clock, and let the highest time seen go on."""
        now = self._clock.now_ms()
        registry = self._registry_ms()
        is_believed = registry is None or abs(now - registry) <= TOLERANCE_MS
        self._highest = max(self._highest, now if is_believed or registry is None else registry)
        return now

    def _registry_ms(self) -> int | None:
        if self._heard is None:
            return None
        registry, heard_at = self._heard
        return registry + int((self._clock.monotonic() - heard_at) * 1000)


def local_time(unix_ms: int) -> datetime:
    """Return an instant as a date and time of this machine's time zone."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone()
