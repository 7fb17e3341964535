"""The long form, each target for its share: ``python -m tests.fuzz.run --minutes 60``."""

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.catalogues import MODULES, TARGETS
from tests.fuzz.choices import SEPARATOR
from tests.fuzz.corpora import keep, kept_inputs
from tests.fuzz.outcomes import Outcome, read_outcome, table
from tests.fuzz.targets import Target

_ROOT = Path(__file__).parents[2]
# Far beyond what any input takes, also where others keep the machine busy.
_LONGEST_SECONDS = 20
# Until an engine has loaded and watched everything, on a busy machine.
_START_SECONDS = 180.0
_MOST_MEGABYTES = 1500
_MOST_CRASHES = 5
_LONGEST_KEPT_BYTES = 120
_SHORTEST_SECONDS = 5.0
_NICE = 10


def main() -> int:
    """Run the targets and tell of them; 1 where anything was found."""
    parser = argparse.ArgumentParser(description="Entradas inventadas para cada leitor.")
    parser.add_argument("--minutes", type=float, default=60.0, help="duração ao todo")
    parser.add_argument("--targets", default="", help="só estes, separados por vírgulas")
    parser.add_argument("--seed", type=int, default=1, help="semente")
    parser.add_argument("--folder", type=Path, default=_ROOT / "build" / "fuzz", help="pasta")
    parser.add_argument("--keep", type=int, default=0, help="entradas curtas a guardar por alvo")
    parser.add_argument("--without-atheris", action="store_true", help="só com Hypothesis")
    asked = parser.parse_args()
    names = [one for one in asked.targets.split(",") if one] or list(TARGETS)
    if unknown := [one for one in names if one not in TARGETS]:
        parser.error(f"não há: {', '.join(unknown)}. Há: {', '.join(TARGETS)}")
    is_guided = not asked.without_atheris and importlib.util.find_spec("atheris") is not None
    _say("atheris, guiado pela cobertura" if is_guided else "Hypothesis, sem guia (não há atheris)")
    outcomes = []
    for name in names:
        run = _Run(TARGETS[name], asked.folder, asked.seed, is_guided=is_guided)
        outcomes.append(run.go(asked.minutes * 60 / len(names)))
        _say(_line(outcomes[-1]))
        if asked.keep and is_guided:
            run.keep(asked.keep)
    asked.folder.mkdir(parents=True, exist_ok=True)
    report = asked.folder / f"report-{time.strftime('%Y%m%dT%H%M%S')}.json"
    report.write_text(json.dumps([asdict(one) for one in outcomes], indent=1))
    _say("")
    for line in table(outcomes):
        _say(line)
    for one in outcomes:
        for crash in one.crashes:
            _say(f"{one.name}: {crash}; a entrada está em {asked.folder / 'found'}")
    return 1 if any(one.crashes for one in outcomes) else 0


class _Run:
    """One target, in one process after another as long as it crashes.

    Args:
        wanted: The target.
        folder: What is found, and what reached something new, is kept here.
        seed: The same number, the same inputs, as far as the engine keeps to it.
        is_guided: With atheris.
    """

    def __init__(self, wanted: Target, folder: Path, seed: int, *, is_guided: bool) -> None:
        self._wanted = wanted
        self._corpus = folder / "corpus" / wanted.name
        self._found = folder / "found"
        self._seed = seed
        self._is_guided = is_guided

    def go(self, seconds: float) -> Outcome:
        """Run for so long; return what came of it."""
        for one in (self._corpus, self._found):
            one.mkdir(parents=True, exist_ok=True)
        outcome = self._once(seconds, 0)
        while len(outcome.crashes) < _MOST_CRASHES and (
            seconds - outcome.seconds > _SHORTEST_SECONDS
        ):
            again = self._once(seconds - outcome.seconds, len(outcome.crashes))
            outcome = outcome.with_more(again)
        return outcome

    def keep(self, count: int) -> None:
        """Keep the shortest of the inputs that have reached something new.

        Args:
            count: How many at most, beside what was kept before.
        """
        name = self._wanted.name
        old = kept_inputs(name)
        known = {*self._wanted.seeds, *old}
        found = sorted((one.read_bytes() for one in self._corpus.iterdir()), key=len)
        new = [one for one in found if one not in known and len(one) <= _LONGEST_KEPT_BYTES]
        if new:
            keep(name, [*old, *new[:count]])

    def _once(self, seconds: float, number: int) -> Outcome:
        began = time.monotonic()
        # The engine ends its process at once, so what it leaves is removed from here.
        with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_memory()) as temporary:
            words = list(
                self._guided(Path(temporary), seconds, number)
                if self._is_guided
                else self._drawn(seconds, number)
            )
            written, code = _finished(words, temporary, seconds + _START_SECONDS)
        log = self._found / f"{self._wanted.name}-{number}.log"
        if code:
            log.write_text(written, "utf-8")
        return read_outcome(self._wanted.name, time.monotonic() - began, written, code)

    def _guided(self, temporary: Path, seconds: float, number: int) -> Iterator[str]:
        for one in (*self._wanted.seeds, *kept_inputs(self._wanted.name)):
            (self._corpus / hashlib.sha256(one).hexdigest()[:40]).write_bytes(one)
        words = temporary / "words"
        pieces = (*self._wanted.words, SEPARATOR)
        words.write_text("".join(f'"{_escaped(one)}"\n' for one in pieces), "ascii")
        module = MODULES[self._wanted.name]
        yield from ("tests.fuzz.guided", module, self._wanted.name, str(self._corpus))
        yield from (f"-max_total_time={round(seconds)}", f"-max_len={self._wanted.longest}")
        yield from (f"-dict={words}", f"-seed={self._seed + number}", "-print_final_stats=1")
        yield from (f"-timeout={_LONGEST_SECONDS}", f"-rss_limit_mb={_MOST_MEGABYTES}")
        yield f"-artifact_prefix={self._found}/{self._wanted.name}-"

    def _drawn(self, seconds: float, number: int) -> Iterator[str]:
        first = 1_000_000 * (self._seed + number)
        yield from ("tests.fuzz.drawn", self._wanted.name, str(seconds), str(first))


def _finished(words: list[str], temporary: str, seconds: float) -> tuple[str, int]:
    """Run a module to its end; return what it wrote and its exit code."""
    with (Path(temporary) / "written").open("w+b") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=_ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": temporary, "PYTHONHASHSEED": "0"},
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        file.seek(0)
        return file.read().decode("utf-8", "replace"), code


def _memory() -> Path | None:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own below it
    return memory if memory.is_dir() else None


def _escaped(piece: bytes) -> str:
    return "".join(f"\\x{one:02x}" for one in piece)


def _line(one: Outcome) -> str:
    found = "; ".join(one.crashes) or "nada"
    return f"{one.name}: {one.inputs} entradas em {one.seconds:.0f} s, achado: {found}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_NICE)
    raise SystemExit(main())
