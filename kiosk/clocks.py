"""The time, as the device reads it: evidence for people, never order between machines."""

import time
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 in UTC, as this machine believes."""

    def today(self) -> date:
        """Return the day, local to this machine."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards while the program runs."""


def monotonic_ms(clock: Clock) -> int:
    """Return a clock's monotonic time in whole milliseconds."""
    return int(clock.monotonic() * 1000)


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 in UTC."""
        return time.time_ns() // 1_000_000

    def today(self) -> date:
        """Return the day, local to this machine."""
        return datetime.now().astimezone().date()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


def local_time(unix_ms: int) -> datetime:
    """Return an instant as a date and time of this machine's time zone."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone()
