"""Goes through the tour's steps on a data directory, and is killed in the middle of one.

``python -m tests.faults.tour_program FOLDER STEP AFTER``: in step number STEP (from 1), AFTER
seconds after it began, the process ends as by a power cut; at the latest when the step has ended.
"""

import os
import signal
import sys
import threading
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from ui.tour.journeys import all_steps
from ui.tour.stages import Stage

PROGRAM = Path(__file__).parents[2] / "main.py"


def main(folder: Path, doomed: int, after: float) -> None:
    """Drive the windows until the end comes."""
    stage = Stage(PROGRAM, folder)
    stage.start_registry()
    stage.open_window()
    for number, step in enumerate(all_steps(), start=1):
        if number == doomed:
            print(step.name, flush=True)  # noqa: T201
            timer = threading.Timer(after, die)
            timer.daemon = True
            timer.start()
        step.act(stage)
        if number == doomed:
            die()


def die() -> None:
    """End at once."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
