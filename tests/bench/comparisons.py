"""A figure beside its baseline, both from one run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def least(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def most(self) -> float:
        """The greatest."""
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the product takes beside what the least that could do it takes.

    Attributes:
        name: What was measured, in pt-BR.
        beside: The baseline, in pt-BR.
        unit: Of ``ours`` and ``bare``.
        ours: One value per round.
        bare: One value per round, measured right after that of ``ours``.
        aim: The ratio that is wanted at most; None where none is.
        more_is_better: The values are rates, so the ratio is turned round.
        at_least: The values are rates and the ratio is that of the rates: the aim is the least.
    """

    name: str
    beside: str
    unit: str
    ours: Spread
    bare: Spread
    aim: float | None = None
    more_is_better: bool = False
    at_least: bool = False

    @property
    def ratio(self) -> Spread:
        """How many times the baseline the product takes, or does, round by round."""
        pairs = zip(self.ours.values, self.bare.values, strict=True)
        if self.more_is_better:
            return Spread(tuple(bare / ours for ours, bare in pairs))
        return Spread(tuple(ours / bare for ours, bare in pairs))


@dataclass(frozen=True, slots=True)
class Bound:
    """A length of time that should stay below a bound, and has no baseline to stand beside.

    Attributes:
        name: What was measured, in pt-BR.
        values: Milliseconds, one per round.
        aim: Milliseconds; None where none is.
        remark: What the longest was spent on, in pt-BR.
    """

    name: str
    values: Spread
    aim: float | None = None
    remark: str = ""


def alternate(
    ours: Callable[[], float], bare: Callable[[], float], rounds: int
) -> tuple[Spread, Spread]:
    """Measure two things in turn, so that whatever else the machine does meets both.

    Args:
        ours: Measures once.
        bare: Measures its baseline once.
        rounds: How often, at least once.
    """
    pairs: Sequence[tuple[float, float]] = [(ours(), bare()) for _ in range(rounds)]
    return Spread(tuple(one for one, _ in pairs)), Spread(tuple(one for _, one in pairs))
