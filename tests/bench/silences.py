"""The longest silences of the GUI thread, from processes of their own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kiosk.embedded_registries import EmbeddedRegistry
from tests.bench.comparisons import Bound, Spread
from tests.bench.first_paints import PROGRAM, offscreen
from tests.bench.loaded_desks import DEVICE, REGISTRY, copied, prepare
from tests.enrolments import enrol_folders

SILENCE_AIM_MS = 50.0
_HERE = Path(__file__).resolve().parent
_PATIENCE_SECONDS = 180


def measure_start(rounds: int) -> list[Bound]:
    """Start the kiosk in front of a registry, several times, with a store that is already there."""
    longest: list[float] = []
    answered: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder,
        EmbeddedRegistry(PROGRAM, Path(folder) / "registry") as registry,
    ):
        enrol_folders(Path(folder) / "registry", Path(folder) / "device", "K7Q2MT")
        words = ["kiosk", "--registry", registry.start(), "--data", str(Path(folder) / "device")]
        for number in range(rounds + 1):
            silence, wait = said_by([str(_HERE / "startups.py"), str(PROGRAM), *words])
            # The first start makes the copy, which happens once in a device's life.
            if number:
                longest.append(silence)
                answered.append(wait)
    return [
        Bound("Silêncio depois da primeira pintura", Spread(tuple(longest)), SILENCE_AIM_MS),
        Bound("Da primeira pintura até um toque ser atendido", Spread(tuple(answered))),
    ]


def measure_journeys(rounds: int) -> list[Bound]:
    """Go through the journeys in a new process each round: each is the first of its kind."""
    taken = [said_by(["-m", "tests.bench.journeys", str(PROGRAM)]) for _ in range(rounds)]
    bounds: list[Bound] = []
    for name in taken[0]:
        worst = max((one[name] for one in taken), key=lambda found: found[0])
        silences = Spread(tuple(one[name][0] for one in taken))
        bounds.append(Bound(f"Silêncio, {name}", silences, SILENCE_AIM_MS, worst[1]))
    return bounds


def measure_drain(rounds: int, size: int) -> Bound:
    """Let a queue run empty behind an open screen, in a new process each round.

    Args:
        rounds: How often.
        size: Operations in the queue.
    """
    taken: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        desk = Path(folder) / "desk"
        prepare(desk, size)
        for _ in range(rounds):
            with copied(desk, DEVICE, REGISTRY) as copy:
                taken.append(said_by(["-m", "tests.bench.drain_journeys", str(PROGRAM), str(copy)]))
    return Bound(
        f"Silêncio, {size:_} operações seguem enquanto a tela está aberta".replace("_", "."),
        Spread(tuple(one[0] for one in taken)),
        SILENCE_AIM_MS,
        max(taken)[1],
    )


def said_by(words: list[str]) -> Any:
    """Run a process without a screen; return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=offscreen(),
        cwd=PROGRAM.parent,
        check=True,
        timeout=_PATIENCE_SECONDS,
    )
    return json.loads(done.stdout)
