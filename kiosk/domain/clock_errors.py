"""When the clock of a machine is wrong, and by how much.

Instants are milliseconds since 1970, UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

TOLERANCE_MS = 5 * 60_000
# What this version stands on was published later: no clock that is right shows an earlier day.
FLOOR = date(2026, 3, 1)
FLOOR_MS = int(datetime(FLOOR.year, FLOOR.month, FLOOR.day, tzinfo=UTC).timestamp()) * 1000


class ClockErrorKind(StrEnum):
    """How a clock is known to be wrong.

    ``BEFORE_LAST_SEEN`` shows an earlier time than the machine has seen before; the others are told
    by the registry's time.
    """

    BEHIND = "behind"
    AHEAD = "ahead"
    BEFORE_LAST_SEEN = "before_last_seen"


@dataclass(frozen=True, slots=True)
class ClockError:
    """A machine's clock is wrong.

    Attributes:
        seconds: By how much, never negative.
    """

    kind: ClockErrorKind
    seconds: int


def find_error(now_ms: int, highest_ms: int, registry_ms: int | None) -> ClockError | None:
    """Return what is wrong with a clock; None where it is right or nobody knows.

    Args:
        now_ms: What it shows.
        highest_ms: The highest time it was seen to show while nothing spoke against it.
        registry_ms: The registry's present time, as far as it is known.
    """
    if registry_ms is None:
        lost = highest_ms - now_ms
        kind = ClockErrorKind.BEFORE_LAST_SEEN
    else:
        lost = abs(registry_ms - now_ms)
        kind = ClockErrorKind.BEHIND if now_ms < registry_ms else ClockErrorKind.AHEAD
    return ClockError(kind, lost // 1000) if lost > TOLERANCE_MS else None


def registry_time_at_start(now_ms: int, highest_ms: int, skew_ms: int | None) -> int | None:
    """Return the registry's time by what a clock was off in an earlier run, None where it is void.

    Meanwhile somebody may have set the clock right. Time did not run back, so of the two readings
    that are not before the highest time seen, the nearer one is believed.

    Args:
        now_ms: What the clock shows.
        highest_ms: The highest time seen, by the registry's time where that was known.
        skew_ms: How far the clock was ahead of the registry's, negative where behind.
    """
    if skew_ms is None or abs(skew_ms) <= TOLERANCE_MS:
        return None
    possible = [one for one in (now_ms, now_ms - skew_ms) if one >= highest_ms - TOLERANCE_MS]
    nearest = min(possible, default=now_ms)
    return None if nearest == now_ms else nearest
