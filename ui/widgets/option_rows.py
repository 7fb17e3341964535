"""One of several, with what choosing it means."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QRadioButton, QVBoxLayout, QWidget

from ui.widgets.labels import Label

_INDENT = 52


class _Radio(QRadioButton):
    """A radio button that Enter chooses too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


class OptionRow(QWidget):
    """A radio button and a sentence below it; whoever listens hears both.

    Args:
        text: What is chosen, also the accessible name.
        name: Object name of the button; ``<name>Words`` is the sentence's.
    """

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.button = _Radio(text)
        self.button.setObjectName(name)
        self.button.setAccessibleName(text)
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.words = Label("", "hint", f"{name}Words")
        self.words.setContentsMargins(_INDENT, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.button)
        column.addWidget(self.words)

    def show_words(self, words: str, *, is_possible: bool) -> None:
        """Say what choosing it means, or why it cannot be chosen."""
        self.words.setText(words)
        self.button.setAccessibleDescription(words)
        self.button.setEnabled(is_possible)
