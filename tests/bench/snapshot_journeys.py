"""A process that replaces its copy behind an open screen, and says the longest silence.

Words: path of ``main.py``, a folder with a registry of many people and an empty device. Prints as
JSON the milliseconds and what was being done then. A person fills in Cadastro all the while.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer

from kiosk.registry.demonstrations import Journey
from tests.bench.journeys import WatchedStage
from tests.bench.snapshot_devices import Listener, forget
from ui.tour.hands import NEW_PASSWORD, fill_registration, sample
from ui.tour.stages import StageError

_CHAPTER = "retrato"
_PATIENCE_MS = 600_000


def run(program: Path, folder: Path) -> tuple[float, str]:
    """Let the line come back; return the longest silence until the copy is replaced, and when."""
    forget(folder / "device")
    listener = Listener()
    stage = WatchedStage(program, folder)
    with stage:
        # The address is kept while nobody is there.
        stage.start_registry()
        stage.stop_registry()
        stage.open_window()
        stage.wait_until(
            lambda: "sem linha" in stage.text_of("statusLine").casefold(), "the dead line"
        )
        # How long a screen takes to be built and first shown is measured elsewhere.
        stage.wait_until(lambda: stage.has("failureScreen"), "the last screen")
        stage.press("startRegistration")
        fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
        stage.start_registry()
        heart = stage.heart
        heart.listen(_CHAPTER)
        stage.press("statusTryNow")
        deadline = QDeadlineTimer(_PATIENCE_MS)
        while not listener.ended.is_set():
            fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
            if deadline.hasExpired():
                raise StageError("the copy was not replaced")
        return heart.longest[_CHAPTER], heart.during.get(_CHAPTER, "")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
