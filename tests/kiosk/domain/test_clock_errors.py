import pytest

from kiosk.domain.clock_errors import (
    FLOOR_MS,
    TOLERANCE_MS,
    ClockError,
    ClockErrorKind,
    find_error,
    registry_time_at_start,
)

NOW = FLOOR_MS + 10**10
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("now", "highest", "registry", "error"),
    [
        (NOW, NOW, None, None),
        (NOW, NOW - HOUR, None, None),
        (NOW, NOW + TOLERANCE_MS, None, None),
        (NOW, NOW + HOUR, None, ClockError(ClockErrorKind.BEFORE_LAST_SEEN, 3600)),
        (0, NOW, None, ClockError(ClockErrorKind.BEFORE_LAST_SEEN, NOW // 1000)),
        (NOW, NOW, NOW, None),
        (NOW, NOW, NOW + TOLERANCE_MS, None),
        (NOW, NOW, NOW - TOLERANCE_MS, None),
        (NOW, NOW, NOW + HOUR, ClockError(ClockErrorKind.BEHIND, 3600)),
        (NOW, NOW, NOW - HOUR, ClockError(ClockErrorKind.AHEAD, 3600)),
        # The registry's time is known, and what was seen before does not count.
        (NOW, NOW + HOUR, NOW, None),
    ],
)
def test_errors(now: int, highest: int, registry: int | None, error: ClockError | None) -> None:
    assert find_error(now, highest, registry) == error


YEAR = 365 * 24 * HOUR


@pytest.mark.parametrize(
    ("now", "skew", "registry"),
    [
        pytest.param(NOW + HOUR, None, None, id="never heard"),
        pytest.param(NOW + HOUR, 1000, None, id="right"),
        pytest.param(NOW + HOUR + YEAR, YEAR, NOW + HOUR, id="still ahead"),
        pytest.param(NOW + HOUR, YEAR, None, id="was ahead, set right"),
        pytest.param(NOW + HOUR - YEAR, -YEAR, NOW + HOUR, id="still behind"),
        pytest.param(NOW + HOUR, -YEAR, None, id="was behind, set right"),
        pytest.param(5, YEAR, None, id="begins in 1970"),
        pytest.param(5, -YEAR, None, id="was behind, begins in 1970"),
    ],
)
def test_what_is_believed_at_the_next_start(
    now: int, skew: int | None, registry: int | None
) -> None:
    assert registry_time_at_start(now, NOW, skew) == registry
