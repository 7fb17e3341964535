"""A process that starts the kiosk as ``main.py`` does, listens, and ends when all is quiet.

Words: path of ``main.py``, then the program's own. Prints as JSON the longest silence from the
first paint until the line is known and every screen built, and how long after the first paint a
press is answered, both in milliseconds.
"""

import contextlib
import json
import runpy
import sys
from pathlib import Path
from time import perf_counter
from typing import Literal

sys.path[0] = str(Path(sys.argv[1]).parent)

from PySide6.QtCore import QThread  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from tests.bench.hearts import Heart  # noqa: E402
from ui import app  # noqa: E402

_CALM_SECONDS = 1.5
_paint_first = app.paint_first


class _Listener(Heart):
    def __init__(self, painted: app.Painted) -> None:
        super().__init__()
        self.answers_after = 0.0
        self._painted = painted
        self._began = self._calm_since = perf_counter()

    def beat(self) -> None:
        super().beat()
        now = perf_counter()
        if QThread.currentThread().loopLevel() == 0:
            # Not yet in the event loop proper: what is drawn is drawn, what is pressed waits.
            self.answers_after = (now - self._began) * 1000
        if "em linha" not in self._painted.window.status.text.text().casefold():
            self._calm_since = now
        elif now - self._calm_since > _CALM_SECONDS:
            QApplication.quit()


listeners: list[_Listener] = []


def _paint_and_listen(face: Literal["kiosk", "desk"], demo: bool) -> app.Painted:
    painted = _paint_first(face, demo)
    listener = _Listener(painted)
    listeners.append(listener)
    listener.listen("início")
    listener.start()
    return painted


app.paint_first = _paint_and_listen
sys.argv = sys.argv[1:]
with contextlib.suppress(SystemExit):
    runpy.run_path(sys.argv[0], run_name="__main__")
(listener,) = listeners
sys.stdout.write(json.dumps([listener.longest["início"], listener.answers_after]) + "\n")
