"""A process that has a full queue run empty behind an open screen, and says the longest silence.

Words: path of ``main.py``, a folder that ``loaded_desks.prepare`` made. Prints as JSON the
milliseconds and what was being done then. A person fills in Cadastro all the while.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer

from kiosk.registry.demonstrations import Journey
from tests.bench.journeys import WatchedStage
from ui.tour.hands import NEW_PASSWORD, fill_registration, sample
from ui.tour.stages import StageError

_CHAPTER = "entrega"
_PATIENCE_MS = 120_000


def run(program: Path, folder: Path) -> tuple[float, str]:
    """Let the line come back and the queue run empty; return the longest silence and its moment."""
    stage = WatchedStage(program, folder)
    with stage:
        # The address is kept while nobody is there.
        stage.start_registry()
        stage.stop_registry()
        stage.open_window()
        stage.wait_until(lambda: _says(stage, "sem linha"), "the dead line")
        # How long a screen takes to be built and first shown is measured elsewhere.
        stage.wait_until(lambda: stage.has("failureScreen"), "the last screen")
        stage.press("startRegistration")
        fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
        stage.start_registry()
        heart = stage.heart
        heart.listen(_CHAPTER)
        stage.press("statusTryNow")
        deadline = QDeadlineTimer(_PATIENCE_MS)
        while not _says(stage, "em linha") or _says(stage, "aguardando"):
            fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
            if deadline.hasExpired():
                raise StageError("the queue did not run empty")
        return heart.longest[_CHAPTER], heart.during.get(_CHAPTER, "")


def _says(stage: WatchedStage, words: str) -> bool:
    return words in stage.text_of("statusLine").casefold()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
