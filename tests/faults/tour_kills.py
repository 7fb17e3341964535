"""Kills the program in every step of the tour, and looks at what the next start says and does.

``python -m tests.faults.tour_kills [--steps N …] [--seed S]`` prints a line for each step; the exit
code is 1 where anything was lost, doubled, left unsaid, or did not go on.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QLabel

from kiosk.domain.receipts import ReceiptNumber
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.demonstrations import Journey
from kiosk.registry.samples import write_sample
from tests.device_stores import read_device_file
from ui.tour.hands import go_to, sample
from ui.tour.journeys import all_steps
from ui.tour.stages import Stage, StageError

PROGRAM = Path(__file__).parents[2] / "main.py"
_LONGEST_STEP_SECONDS = 1.5
_PATIENCE_SECONDS = 180
_NOTICE = "startNotice"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was seen after one kill.

    Attributes:
        step: Where the program was.
        in_hand: Actions that were under way.
        recorded: How many of them were on disk.
        misses: What was not as it must be; empty where all was well.
    """

    step: str
    in_hand: int
    recorded: int
    misses: tuple[str, ...]


def fill_registry(folder: Path) -> Path:
    """Make a registry's data directory with the sample people; return it."""
    roster = folder / "sample.csv"
    write_sample(roster, people=40, seed=7)
    EmbeddedRegistry(PROGRAM, folder).import_roster(roster)
    return folder


def kill_in(step: int, after: float | None, filled: Path, folder: Path) -> Verdict:
    """Go through the tour on a new device, die in a step, start again and look.

    Args:
        step: Number of the step, from 1.
        after: Seconds into the step; None for as soon as an action is under way.
        filled: A registry's data directory, which is copied.
        folder: Where both databases lie; empty.
    """
    shutil.copytree(filled, folder / "registry")
    words = [sys.executable, "-m", "tests.faults.tour_program", str(folder), str(step)]
    words.append("in-hand" if after is None else str(after))
    died = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
        cwd=PROGRAM.parent,
    )
    name = died.stdout.strip()
    if died.returncode != -signal.SIGKILL:
        return Verdict(name, 0, 0, (f"não morreu onde devia: {died.stderr.strip()[-200:]}",))
    in_hand = [UUID(hex=mark.stem) for mark in (folder / "device" / "in-hand").glob("*.*")]
    known = _receipts(folder / "device")
    recorded = [known[one] for one in in_hand if one in known]
    misses = tuple(_look(folder, len(in_hand) - len(recorded), recorded, set(known.values())))
    return Verdict(name, len(in_hand), len(recorded), misses)


def _look(
    folder: Path, unrecorded: int, recorded: Sequence[str], receipts: set[str]
) -> Iterator[str]:
    """Start again and yield what is not as it must be."""
    # Killed before it had opened its store, it had begun nothing that could be told.
    had_begun = (folder / "device" / "device.running").exists()
    with Stage(PROGRAM, folder) as stage:
        stage.start_registry()
        stage.open_window()
        try:
            if not had_begun:
                _go_on(stage)
                return
            stage.wait_until(lambda: _notice(stage) != "", "what became of what was in hand")
            said = _notice(stage)
            yield from (f"não diz o recibo {one}" for one in recorded if one not in said)
            if unrecorded and "não foi guardado: nada mudou" not in said:
                yield "não diz que o pedido não foi guardado"
            if not (unrecorded or recorded) and "Nenhum pedido estava sendo enviado" not in said:
                yield "não diz que nada estava em andamento"
            stage.press(f"{_NOTICE}Read")
            _go_on(stage)
        except StageError as error:
            yield f"não seguiu: {error}"
    yield from _compare(folder, receipts)


def _go_on(stage: Stage) -> None:
    """Let what waits be answered, and somebody sign in."""
    desk = stage.front_desk_when_open()
    desk.try_now()
    stage.wait_until(lambda: desk.line_status().waiting == 0, "the answers")
    who = sample(Journey.SIGN_IN)
    go_to(stage, "startSignIn", "signInScreen")
    stage.fill("signInIdentifier", who.card_number)
    stage.fill("signInPassword", who.password or "")
    stage.press("signInSubmit")
    stage.wait_for_screen("accountScreen")


def _compare(folder: Path, receipts: set[str]) -> Iterator[str]:
    """Yield what device and registry do not say alike."""
    here = _rows(folder / "device" / "device.sqlite3", "SELECT operation, outcome FROM receipts")
    registry = folder / "registry" / "registry.sqlite3"
    there = _rows(registry, "SELECT id, outcome FROM operations")
    kept = {row[0] for row in here}
    if len(here) < len(receipts):
        yield "perdeu um recibo"
    if {row for row in here if row[1] != "withdrawn"} != set(there):
        yield "a máquina e o cadastro central não dizem o mesmo"
    if {row[0] for row in there} - kept:
        yield "o cadastro central tem um pedido que a máquina não conhece"
    effects = _rows(
        registry,
        "SELECT count(*) FROM changes WHERE what = 'credential'"
        " UNION ALL SELECT count(*) FROM operations WHERE outcome = 'accepted'",
    )
    if effects[0] != effects[-1]:
        yield "efeitos dobrados ou perdidos"
    for file in (folder / "device" / "device.sqlite3", registry):
        if _rows(file, "PRAGMA integrity_check") != [("ok",)]:
            yield f"{file.name} está danificado"


def _receipts(device: Path) -> dict[UUID, str]:
    file = device / "device.sqlite3"
    if not file.exists():
        return {}
    ((code,),) = _rows(file, "SELECT CAST(value AS TEXT) FROM meta WHERE key = 'device_code'")
    return {
        UUID(bytes=operation): str(ReceiptNumber(code, counter))
        for operation, counter in _rows(file, "SELECT operation, counter FROM receipts")
    }


def _rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    # Whoever may write would fold the dead program's log into the file, and take it away.
    with closing(read_device_file(file)) as connection:
        return connection.execute(query).fetchall()


def _notice(stage: Stage) -> str:
    label = stage.window.findChild(QLabel, _NOTICE)
    return label.text() if label is not None and label.isVisible() else ""


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, nargs="*", help="sem isto, todos")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    chance = random.Random(words.seed)
    wanted = words.steps or range(1, len(list(all_steps())) + 1)
    misses = 0
    with tempfile.TemporaryDirectory(prefix="kiosk-kills-") as base:
        filled = Path(base) / "filled"
        filled.mkdir()
        fill_registry(filled)
        for step in wanted:
            folder = Path(base) / f"{step:02d}"
            folder.mkdir()
            after = chance.uniform(0, _LONGEST_STEP_SECONDS)
            verdict = kill_in(step, after, filled, folder)
            misses += len(verdict.misses)
            told = "; ".join(verdict.misses) or "ok"
            print(  # noqa: T201
                f"{step:02d} {verdict.step:<32} em andamento {verdict.in_hand}, "
                f"gravados {verdict.recorded}: {told}",
                flush=True,
            )
            shutil.rmtree(folder)
    print(f"mortes {len(wanted)}, falhas {misses}, semente {words.seed}")  # noqa: T201
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
