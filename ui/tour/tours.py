"""Running the tour: pictures, a table of what was seen, and an exit code."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from kiosk.complaints import Complaint
from kiosk.registry.samples import write_sample
from ui.tour.first_run_journeys import first_run_steps
from ui.tour.journeys import Step, all_steps
from ui.tour.queue_journeys import queue_steps
from ui.tour.stages import Stage, StageError

SIZES = (QSize(1280, 800), QSize(1366, 768), QSize(1920, 1080), QSize(1080, 1920))
SAMPLE_PEOPLE = 60
SAMPLE_SEED = 2024


def run_tour(
    program: Path,
    folder: Path,
    *,
    face: Literal["kiosk", "desk"] = "kiosk",
    all_sizes: bool = False,
) -> int:
    """Drive the real windows through every journey; return the exit code.

    Args:
        program: Path of ``main.py``.
        folder: Where the pictures go; made where it is missing.
        face: Which face of the program is shown.
        all_sizes: Take each picture in all of ``SIZES``, in a folder each.

    Raises:
        Complaint: The folder cannot be made, or not be written.
    """
    _go_without_screen()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise Complaint(f"A pasta {folder} não pode ser criada. Indique outra.") from None
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-tour-") as data,
        Stage(program, Path(data), face) as stage,
    ):
        roster = Path(data) / "amostra.csv"
        write_sample(roster, people=SAMPLE_PEOPLE, seed=SAMPLE_SEED)
        stage.import_roster(roster)
        stage.start_registry()
        stage.open_window()
        for number, step in enumerate(steps_of(face), start=1):
            outcome = _take(stage, step)
            file = folder / f"{number:02d}-{step.name}.png"
            try:
                _save(stage, file, all_sizes=all_sizes)
            except OSError:
                raise Complaint(f"Não dá para gravar em {folder}. Indique outra pasta.") from None
            _print_row(f"{number:02d} {step.does}", outcome, file.name)
            if outcome != "ok":
                return 1
    return 0


def steps_of(face: Literal["kiosk", "desk"]) -> Iterator[Step]:
    """Return every step of the tour of a face, in order."""
    yield from all_steps()
    if face == "desk":
        yield from queue_steps()
    yield from first_run_steps(face)


def _take(stage: Stage, step: Step) -> str:
    try:
        step.act(stage)
    except StageError as error:
        return f"FALHOU: {error}"
    return "ok"


def _save(stage: Stage, file: Path, *, all_sizes: bool) -> None:
    sizes = SIZES if all_sizes else SIZES[:1]
    for size in sizes:
        stage.window.resize(size)
        QApplication.processEvents()
        name = f"{size.width()}x{size.height()}"
        stage.save_picture(file.parent / name / file.name if all_sizes else file)
    stage.window.resize(SIZES[0])
    QApplication.processEvents()


def _print_row(step: str, outcome: str, file: str) -> None:
    print(f"{step:<62} {outcome:<8} {file}", flush=True)  # noqa: T201


def _go_without_screen() -> None:
    if QApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        sys.argv = sys.argv[:1]
