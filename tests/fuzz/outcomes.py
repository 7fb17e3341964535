"""What a run of one target was, read from what its engine wrote."""

import re
from dataclasses import dataclass

_COVERED = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_TRIED = re.compile(r"stat::number_of_executed_units: +(\d+)")
_SLOWEST = re.compile(r"stat::slowest_unit_time_sec: +(\d+)")
_DONE = re.compile(r"Done \d+ runs in (\d+) second")
_RAISED = re.compile(r"^((?:\w+\.)*[A-Z]\w*[a-z]\w*)(?:: .*)?$", re.MULTILINE)
_ENDED = "== ERROR: libFuzzer"
_PLACE = re.compile(r'File ".*?/((?:kiosk|tests)/[^"]+)", line (\d+)')


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run, or several of the same target.

    Attributes:
        seconds: How long it ran.
        inputs: How many it tried.
        edges: Branches that were reached, as far as the engine counts them.
        kept: Inputs that reached something new.
        slowest: Seconds of the slowest input, whole ones.
        crashes: What was raised and where, each once.
    """

    name: str
    seconds: float
    inputs: int
    edges: int | None
    kept: int | None
    slowest: int
    crashes: tuple[str, ...] = ()

    def with_more(self, other: "Outcome") -> "Outcome":
        """Return both together."""
        return Outcome(
            self.name,
            self.seconds + other.seconds,
            self.inputs + other.inputs,
            _most(self.edges, other.edges),
            _most(self.kept, other.kept),
            max(self.slowest, other.slowest),
            tuple(dict.fromkeys((*self.crashes, *other.crashes))),
        )


def read_outcome(name: str, seconds: float, written: str, code: int) -> Outcome:
    """Read what an engine wrote.

    Args:
        name: Of the target.
        seconds: How long its process ran; what the engine says counts more.
        written: All of it.
        code: With which it ended; anything but 0 is a crash.
    """
    covered = _COVERED.findall(written)
    edges, _, kept = (int(one) for one in covered[-1]) if covered else (None, None, None)
    done = _DONE.findall(written)
    return Outcome(
        name,
        float(done[-1]) if done else seconds,
        _number(_TRIED, written),
        edges,
        kept,
        _number(_SLOWEST, written),
        () if code == 0 else (_told(written, code),),
    )


def table(outcomes: list[Outcome]) -> list[str]:
    """Return a report, a line a target, as it stands in the documentation."""
    lines = [
        "| Alvo | Segundos | Entradas | Arestas | Guardadas | Mais lenta (s) | Quebras |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in outcomes:
        cells = (
            one.name,
            f"{one.seconds:.0f}",
            _shown(one.inputs),
            _shown(one.edges),
            _shown(one.kept),
            f"{one.slowest}",
            f"{len(one.crashes)}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    total = sum(one.inputs for one in outcomes)
    seconds = sum(one.seconds for one in outcomes)
    crashes = sum(len(one.crashes) for one in outcomes)
    lines.append(f"| ao todo | {seconds:.0f} | {_shown(total)} | | | | {crashes} |")
    return lines


def _told(written: str, code: int) -> str:
    if "ERROR: libFuzzer: timeout" in written:
        return "demorou demais"
    if "ERROR: libFuzzer: out-of-memory" in written:
        return "memória demais"
    told, _, _ = written.partition(_ENDED)
    raised = _RAISED.findall(told)
    places = _PLACE.findall(told)
    where = f" em {places[-1][0]}:{places[-1][1]}" if places else ""
    return f"{raised[-1] if raised else f'código {code}'}{where}"


def _number(pattern: re.Pattern[str], written: str) -> int:
    found = pattern.findall(written)
    return int(found[-1]) if found else 0


def _most(one: int | None, other: int | None) -> int | None:
    known = [count for count in (one, other) if count is not None]
    return max(known) if known else None


def _shown(count: int | None) -> str:
    return "" if count is None else f"{count:,}".replace(",", ".")
