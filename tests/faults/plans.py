"""What goes wrong on a line, and when: chosen exchange by exchange, the same for the same seed."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Protocol


class Fault(StrEnum):
    """What a line does to one exchange."""

    DELAY = "delay"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    HALF_ANSWER = "half_answer"
    DRIP = "drip"
    CORRUPT_ANSWER = "corrupt_answer"
    CORRUPT_REQUEST = "corrupt_request"
    REFUSE = "refuse"
    BLACK_HOLE = "black_hole"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Paces:
    """How long the faults of a line last, in seconds.

    Attributes:
        delay: Before the request goes on; what is longer than the device's patience arrives when
            nobody waits for the answer any more.
        drip: Between two bytes.
        refusal: How long nothing listens.
    """

    delay: float = 0.05
    drip: float = 0.0
    refusal: float = 0.3


class Plan(Protocol):
    """Says what happens to the next exchange."""

    def next_fault(self) -> Fault | None:
        """Return the fault, or None for a line that works."""


class Script:
    """Faults one after another, then a line that works."""

    def __init__(self, faults: Iterable[Fault | None] = ()) -> None:
        self._faults = deque(faults)

    def add(self, *faults: Fault | None) -> None:
        self._faults.extend(faults)

    def next_fault(self) -> Fault | None:
        return self._faults.popleft() if self._faults else None


_CLEAR: Mapping[Fault, float] = {}
_MIXED = dict.fromkeys(Fault, 0.04)
_STORM = dict.fromkeys(Fault, 0.09)
_DEAD = {Fault.BLACK_HOLE: 0.5, Fault.REFUSE: 0.5}
_MIDDLEBOX = {Fault.DUPLICATE: 0.4, Fault.CORRUPT_ANSWER: 0.2, Fault.CORRUPT_REQUEST: 0.2}
_OVERLOADED = {Fault.DELAY: 0.5, Fault.DRIP: 0.2, Fault.CUT_AFTER: 0.1, Fault.HALF_ANSWER: 0.1}
_WEATHERS = (
    (_CLEAR, 4, 60),
    (_MIXED, 6, 60),
    (_STORM, 4, 40),
    (_DEAD, 1, 4),
    (_MIDDLEBOX, 2, 25),
    (_OVERLOADED, 3, 25),
)


class Weather:
    """A line that changes: clear for a while, then stormy, dead, behind a bad box, overloaded.

    Args:
        seed: The same seed, the same faults.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._shares: Mapping[Fault, float] = _MIXED
        self._left = 10

    def next_fault(self) -> Fault | None:
        if self._left == 0:
            weights = [weight for _, weight, _ in _WEATHERS]
            self._shares, _, longest = self._random.choices(_WEATHERS, weights)[0]
            self._left = self._random.randint(1, longest)
        self._left -= 1
        drawn = self._random.random()
        for fault, share in self._shares.items():
            drawn -= share
            if drawn < 0:
                return fault
        return None
