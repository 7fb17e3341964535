"""Says that something is on its way."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QStyle, QWidget

from ui.base.announcements import announce
from ui.widgets.labels import Label

_STEP_MS = 500
_DOTS = ("", ".", "..", "...")


class BusyIndicator(QWidget):
    """A few calm words with dots that come and go, where the system allows motion."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._step = 0
        self._label = Label("", "hint", wraps=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._move)
        self.hide()

    def start(self, words: str) -> None:
        """Show the words and announce them once."""
        self._words = words
        self._step = len(_DOTS) - 1
        self._label.setText(words + _DOTS[-1])
        self._label.setMinimumWidth(self._label.sizeHint().width())
        self.show()
        announce(self, words)
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animate, None, self):
            self._timer.start()

    def stop(self) -> None:
        """Take the words away."""
        self._timer.stop()
        self.hide()

    def _move(self) -> None:
        self._step = (self._step + 1) % len(_DOTS)
        self._label.setText(self._words + _DOTS[self._step])
