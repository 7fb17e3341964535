"""When to try again. Chance and time come in as arguments."""

from dataclasses import dataclass
from random import Random

BASE_SECONDS = 1.0
CAP_SECONDS = 300.0
LONGEST_RETRY_AFTER_SECONDS = 3600.0
ACTED_NOW_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long the line is left alone after failures in a row.

    Attributes:
        failures: How many, since the last success.
    """

    failures: int = 0

    def after_failure(self) -> "Backoff":
        """Return the state after one more failure."""
        return Backoff(self.failures + 1)

    def wait_seconds(self, chance: float, retry_after: float | None = None) -> float:
        """Return the pause before the next try: full jitter, doubling, capped; Retry-After wins.

        Args:
            chance: Uniform in [0, 1).
            retry_after: What the registry asked for, in seconds.
        """
        if retry_after is not None:
            return retry_after
        longest = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(self.failures, 16))
        return float(longest * chance)


class Pacer:
    """The pause of one direction, push or pull.

    Args:
        random: Chance for the jitter.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._backoff = Backoff()

    def another(self) -> "Pacer":
        """Return one for another matter, with the same chance."""
        return Pacer(self._random)

    def failed(self, retry_after: float | None = None) -> float:
        """Count one more failure and return the seconds to wait."""
        self._backoff = self._backoff.after_failure()
        return self._backoff.wait_seconds(self._random.random(), retry_after)

    def succeeded(self) -> None:
        """Forget the failures."""
        self._backoff = Backoff()


def is_acted_now(attempts: int, age_seconds: float | None) -> bool:
    """Tell whether an operation is delivered in the same breath in which the person acted.

    Args:
        attempts: Deliveries tried before this one.
        age_seconds: Since it was recorded, by the monotonic clock of the program that recorded it;
            None where another run of the program did.
    """
    return attempts == 0 and age_seconds is not None and age_seconds < ACTED_NOW_SECONDS
