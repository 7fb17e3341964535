"""How often somebody may be wrong, counted anew from the books, in the plainest way.

The registry's time when it began a batch is in no book, only when each operation was decided: what
lies within ``SLACK_MS`` of a border may have gone either way.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

SLACK_MS = 10_000
_FREE, _LAST = 5, 20
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 30_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Held:
    """Whether an operation is not looked at.

    Attributes:
        may_be: It can have been so.
        has_to_be: It cannot have been otherwise.
    """

    may_be: bool
    has_to_be: bool


@dataclass(slots=True)
class _Count:
    failures: int = 0
    at: int = 0


class PlainLimits:
    """The failures in a row of each device with each thing that was typed there.

    Where staff act, as at every device of a soak, nothing else is limited.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[str, defaultdict[object, _Count]] = defaultdict(
            lambda: defaultdict(_Count)
        )
        # Failures of which no book says who was named: each may be anybody's.
        self._anybodys: defaultdict[str, _Count] = defaultdict(_Count)

    def look(self, device: str, named: Collection[object] | None, at: int) -> Held:
        """Tell what becomes of an operation.

        Args:
            device: Where it was made.
            named: Everything typed that names somebody; None where no book says.
            at: When it was decided, milliseconds since 1970.
        """
        here, anybodys = self._counts[device], self._anybodys[device]
        known = list(here.values()) if named is None else [here[one] for one in named]
        if named is None:
            known.append(_Count())
        may_be = any(
            _holds(one.failures + anybodys.failures, max(one.at, anybodys.at), at - SLACK_MS)
            for one in known
        )
        has_to_be = named is not None and any(
            _holds(one.failures, one.at, at + SLACK_MS) for one in known
        )
        return Held(may_be, has_to_be)

    def fail(self, device: str, named: Collection[object] | None, at: int) -> None:
        """Count an operation whose data fitted nobody."""
        here = self._counts[device]
        for count in [self._anybodys[device]] if named is None else [here[one] for one in named]:
            count.failures += 1
            count.at = max(count.at, at)

    def succeed(self, device: str, named: Collection[object] | None) -> None:
        """Forgive what a new password opens again."""
        for one in named or ():
            self._counts[device].pop(one, None)


def _holds(failures: int, since: int, now: int) -> bool:
    if failures >= _LAST:
        return True
    if failures <= _FREE:
        return False
    wait = min(_FIRST_WAIT_MS << (failures - _FREE - 1), _LONGEST_WAIT_MS)
    return now - since < wait
