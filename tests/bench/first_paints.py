"""From the start of the process to the first paint: the kiosk beside an empty window."""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from tests.bench.comparisons import Comparison, alternate

_HERE = Path(__file__).resolve().parent
PROGRAM = _HERE.parents[1] / "main.py"
PAINT_AIM = 1.25


def offscreen() -> dict[str, str]:
    """Return the environment of a child process that shows its windows nowhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def measure(rounds: int) -> Comparison:
    """Start both in turn, in a process of its own each time.

    The clock runs in this process, from just before the child is started until it says that the
    window has been painted, so that neither the child's end nor its clock counts. One start of each
    goes before, so that files are cached and modules compiled.
    """
    ours = [str(_HERE / "paint_product.py"), str(PROGRAM), "kiosk"]
    bare = [str(_HERE / "paint_nothing.py")]
    _milliseconds(ours)
    _milliseconds(bare)
    pair = alternate(lambda: _milliseconds(ours), lambda: _milliseconds(bare), rounds)
    return Comparison(
        "Primeira pintura do quiosque", "janela vazia do PySide6", "ms", *pair, PAINT_AIM
    )


def _milliseconds(words: list[str]) -> float:
    begun = perf_counter()
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=offscreen(),
    ) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        taken = (perf_counter() - begun) * 1000
    if said != b"painted\n":
        raise RuntimeError(f"{words[0]} painted nothing")
    return taken
