"""How often somebody may be wrong: waits, ends and limits, as pure rules.

Every instant is a millisecond of a time that never runs backwards; whose it is, the caller says.
The rules stand in ``docs/domain.md``, "How often".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

FREE_FAILURES = 5
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = HOUR_MS
LAST_FAILURE = 20
LAST_FAILURE_ANYWHERE = 100
SWEEP_IDENTIFIERS = 10
SWEEP_WINDOW_MS = 10 * MINUTE_MS
RESETS_OF_A_PERSON = 3
RESETS_OF_A_KIOSK = 10
EMAIL_REST_MS = 72 * HOUR_MS
# After so long without another failure a count is cleared away where that forgives nothing: at a
# device, which only makes wait (the longest wait is passed 720 times meanwhile, so waiting for the
# clearing is the slower way), and at the registry where it is of nobody.
IDLE_MS = 30 * DAY_MS


class Hold(StrEnum):
    """Why an attempt is not looked at. A stranger is told none of them."""

    WAITING = "waiting"
    ENDED = "ended"
    ENDED_ANYWHERE = "ended_anywhere"
    SWEEPING = "sweeping"


@dataclass(frozen=True, slots=True)
class Tally:
    """The failures in a row of one pair of a device and a person, or a device and what was typed.

    Attributes:
        failures: In a row.
        at: When the last of them was.
    """

    failures: int = 0
    at: int = 0


def wait_after(failures: int) -> int:
    """Return how long a pair waits after so many failures in a row, in milliseconds."""
    if failures <= FREE_FAILURES:
        return 0
    # The power is bounded first: a count may be anything.
    doublings = min(failures - FREE_FAILURES - 1, 32)
    return min(FIRST_WAIT_MS << doublings, LONGEST_WAIT_MS)


def is_ended(tally: Tally) -> bool:
    """Tell whether only the desk opens a pair again."""
    return tally.failures >= LAST_FAILURE


def left_to_wait(tally: Tally, now: int) -> int:
    """Return what is left of a pair's wait, in milliseconds.

    A time before that of the last failure is taken for that time: it shortens nothing, and never
    makes a wait longer than it was when it began.
    """
    return max(0, wait_after(tally.failures) - max(0, now - tally.at))


def hold_of(tallies: Iterable[Tally], now: int) -> Hold | None:
    """Tell whether an attempt has to be left alone; None where it may be looked at.

    Args:
        tallies: Of every pair that the attempt belongs to.
        now: The present instant.
    """
    known = tuple(tallies)
    if any(is_ended(tally) for tally in known):
        return Hold.ENDED
    if any(left_to_wait(tally, now) for tally in known):
        return Hold.WAITING
    return None


def failed(tally: Tally, now: int) -> Tally:
    """Return a pair's tally with one more failure."""
    return Tally(tally.failures + 1, max(now, tally.at))


def given_back(tally: Tally) -> Tally:
    """Return a pair's tally without a failure that turned out to be none."""
    return Tally(max(0, tally.failures - 1), tally.at)


def is_ended_anywhere(failures: int) -> bool:
    """Tell whether so many failures in a row, over all devices, end a password until a reset."""
    return failures >= LAST_FAILURE_ANYWHERE


def is_sweeping(instants: Collection[int], now: int) -> bool:
    """Tell whether one kiosk tries one identifier after the other.

    Args:
        instants: When each different identifier was last tried since the last success there.
        now: The present instant.
    """
    return (
        len(instants) >= SWEEP_IDENTIFIERS
        and _within(instants, now, SWEEP_WINDOW_MS) >= SWEEP_IDENTIFIERS
    )


def may_reset_again(instants: Sequence[int], now: int) -> bool:
    """Tell whether a person may reset their password at self-service once more.

    Args:
        instants: Of their resets.
        now: The present instant.
    """
    return _within(instants, now, DAY_MS) < RESETS_OF_A_PERSON


def may_take_a_reset(instants: Sequence[int], now: int, *, seen_age_ms: int = 0) -> bool:
    """Tell whether a kiosk may have one more reset.

    What people did there without line comes at once. It is judged as if it had been spread over the
    time since the kiosk last heard the registry, by the registry's own time of that.

    Args:
        instants: Of the resets at this kiosk.
        now: The present instant.
        seen_age_ms: Age of what the kiosk knew when the person acted; 0 where they act just now.
    """
    window = HOUR_MS + max(0, seen_age_ms)
    return _within(instants, now, window) < RESETS_OF_A_KIOSK * window // HOUR_MS


def may_change_email(last_reset: int | None, now: int) -> bool:
    """Tell whether a person may change their e-mail at self-service.

    Args:
        last_reset: When they last reset their password; None where never.
        now: The present instant.
    """
    return last_reset is None or now - last_reset >= EMAIL_REST_MS


def _within(instants: Iterable[int], now: int, window: int) -> int:
    return sum(now - instant < window for instant in instants)
