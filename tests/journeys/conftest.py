import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from pytestqt.qtbot import QtBot

from ui.tour.stages import Stage

PROGRAM = Path(__file__).parents[2] / "main.py"


@pytest.fixture(scope="session")
def program() -> Path:
    return PROGRAM


@pytest.fixture
def new_stage(
    filled_registry: Path, tmp_path: Path, qtbot: QtBot
) -> Iterator[Callable[..., Stage]]:
    """Make stages over one data directory, one after the other."""
    shutil.copytree(filled_registry, tmp_path / "registry")
    stages: list[Stage] = []

    def make(face: Literal["kiosk", "desk"] = "kiosk") -> Stage:
        stages.append(Stage(PROGRAM, tmp_path, face))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close_window()
        stage.stop_odd_registry()
        stage.registry.stop()


@pytest.fixture
def stage(new_stage: Callable[[], Stage]) -> Stage:
    """A device in front of a running registry."""
    made = new_stage()
    made.start_registry()
    made.open_window()
    made.wait_for_screen("startScreen")
    return made
