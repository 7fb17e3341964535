"""The figures as they are printed."""

from collections.abc import Mapping

from tests.bench.comparisons import Bound, Comparison, Spread


def lines_of(figure: Comparison | Bound) -> list[str]:
    """Return the lines for one figure: median, smallest and greatest, and what is wanted."""
    if isinstance(figure, Bound):
        return _bound_lines(figure)
    ours, bare = (f"{_spread(one, 1)} {figure.unit}" for one in (figure.ours, figure.bare))
    times = "vezes o ritmo" if figure.at_least else "vezes"
    return [
        f"{figure.name}: {_spread(figure.ratio, 2)} {times}{_aim(figure)}",
        f"    {ours}; {figure.beside}: {bare}",
    ]


def rate_line(name: str, rate: float) -> str:
    """Return the line for something that has no baseline.

    Args:
        name: What was measured, in pt-BR.
        rate: Per second.
    """
    return f"{name}: {_number(rate / 1000, 0)} mil/s"


def counts_line(name: str, counts: Mapping[str, float], aim: float) -> str:
    """Return the line for what was counted, not timed.

    Args:
        name: What was counted, in pt-BR.
        counts: By who was counted.
        aim: The most that is wanted of the first.
    """
    each = "; ".join(f"{who} {_number(count, 2)}" for who, count in counts.items())
    return f"{name}: {each}; alvo {_number(aim, 2)}"


def spread_line(name: str, spread: Spread, unit: str) -> str:
    """Return the line for something that has neither baseline nor aim."""
    return f"{name}: {_spread(spread, 1)} {unit}"


def _bound_lines(bound: Bound) -> list[str]:
    aim = "" if bound.aim is None else f"; alvo {_number(bound.aim, 0)} ms"
    remark = [f"    o mais longo: {bound.remark}"] if bound.remark else []
    return [f"{bound.name}: {_spread(bound.values, 1)} ms{aim}", *remark]


def _aim(figure: Comparison) -> str:
    if figure.aim is None:
        return ""
    return f"; alvo {'pelo menos ' if figure.at_least else ''}{_number(figure.aim, 2)}"


def _spread(spread: Spread, digits: int) -> str:
    least, most = _number(spread.least, digits), _number(spread.most, digits)
    return f"{_number(spread.middle, digits)} ({least} a {most})"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",")
