"""Goes through the tour's steps on a data directory, and is killed in the middle of one.

``python -m tests.faults.tour_program FOLDER STEP AFTER``: in step number STEP (from 1), AFTER
seconds after it began, the process ends as by a power cut; at the latest when the step has ended.
With ``in-hand`` for AFTER it ends as soon as an action is under way.
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


IN_HAND = "in-hand"


def main(folder: Path, doomed: int, after: float | None) -> None:
    """Drive the windows until the end comes."""
    stage = Stage(PROGRAM, folder)
    stage.start_registry()
    stage.open_window()
    for number, step in enumerate(all_steps(), start=1):
        if number == doomed:
            print(step.name, flush=True)  # noqa: T201
            ends = _when_in_hand(folder) if after is None else threading.Timer(after, die)
            ends.daemon = True
            ends.start()
        step.act(stage)
        if number == doomed:
            die()


def _when_in_hand(folder: Path) -> threading.Thread:
    marks = folder / "device" / "in-hand"

    def watch() -> None:
        while not (marks.is_dir() and any(marks.iterdir())):
            pass
        die()

    return threading.Thread(target=watch)


def die() -> None:
    """End at once."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    when = None if sys.argv[3] == IN_HAND else float(sys.argv[3])
    main(Path(sys.argv[1]), int(sys.argv[2]), when)
