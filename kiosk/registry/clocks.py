"""The registry's own time, the only one that decides anything."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], int]
"""Returns the present instant in milliseconds since 1970, UTC."""


def system_clock() -> int:
    """Return the machine's time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def day_of(instant: int) -> date:
    """Return the day, UTC, of an instant in milliseconds."""
    return datetime.fromtimestamp(instant / 1000, UTC).date()
