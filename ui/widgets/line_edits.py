"""A line of text that a person or a scanner types."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

_BURST_LENGTH = 6
_BURST_GAP_SECONDS = 0.035
_NOT_LEFT = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
# A text with a lone surrogate has no UTF-8 form; every rule of the domain refuses it.
_UNWRITABLE = "\ud800"


class LineEdit(QLineEdit):
    """An edit that knows when it is left, and whether a scanner typed into it.

    Args:
        name: Object name.
        clock: Monotonic seconds, by which typing is told from scanning.

    Signals:
        reached: The focus came.
        left: The focus went to another widget of the window.
        entered: Enter was pressed; True where a scanner pressed it.
    """

    reached = Signal()
    left = Signal()
    entered = Signal(bool)

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._burst = 0
        self._last_key = float("-inf")
        self.setObjectName(name)

    def typed(self) -> str:
        """Return what was typed, exactly or recognisably unusable.

        The binding drops lone surrogates from ``text()``, which would make of an unwritable text
        another, writable one. Where something was dropped a lone surrogate stands at the end.
        """
        text = self.text()
        accessible = QAccessible.queryAccessibleInterface(self).textInterface()
        units = len(text.encode("utf-16-le")) // 2
        return text if accessible.characterCount() == units else text + _UNWRITABLE

    def wipe(self) -> None:
        """Empty the edit and its undo stack."""
        self.setText("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Watch the rhythm of the keys, and hand Enter on as a signal."""
        now = self._clock()
        is_quick = now - self._last_key < _BURST_GAP_SECONDS
        self._last_key = now
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            was_scanned = is_quick and self._burst >= _BURST_LENGTH
            self._burst = 0
            if not event.isAutoRepeat():
                self.entered.emit(was_scanned)
            return
        if event.text() and not event.isAutoRepeat():
            self._burst = self._burst + 1 if is_quick else 1
        else:
            self._burst = 0
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the field was reached."""
        super().focusInEvent(event)
        self.reached.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the field was left, unless only the window lost the focus."""
        super().focusOutEvent(event)
        if event.reason() not in _NOT_LEFT and self.isVisible():
            self.left.emit()
