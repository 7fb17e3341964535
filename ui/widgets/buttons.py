"""What is pressed."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

ButtonRole = Literal["primary", "secondary", "quiet", "onDark", "foot", "tab", "danger"]


class Button(QPushButton):
    """A button that Enter presses too, and that leaves the focus where it is when touched.

    Keeping the focus matters: a field that loses it is checked, and its message would move the
    button away from under the finger.

    Args:
        text: The words, also its accessible name.
        role: How it looks, a ``role`` of the style sheet.
        name: Object name.
    """

    def __init__(self, text: str, role: ButtonRole, name: str) -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setProperty("role", role)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        """Carry other words."""
        self.setText(text)
        self.setAccessibleName(text)

    def wear(self, role: ButtonRole) -> None:
        """Look otherwise."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)
