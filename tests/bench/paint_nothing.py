"""Paints an empty window, the least that PySide6 can do; ``first_paints`` measures it."""

import os
import sys

from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class EmptyWindow(QWidget):
    """Nothing but a ground."""

    was_painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.was_painted = True


app = QApplication(sys.argv[:1])
window = EmptyWindow()
window.resize(1280, 800)
window.show()
while not window.was_painted:
    app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
os.write(1, b"painted\n")
os._exit(0)
