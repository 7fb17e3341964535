"""Text on a screen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


class Label(QLabel):
    """A label that shows its text as plain text, whatever is in it.

    Args:
        text: The words.
        role: How it looks, a ``role`` of the style sheet.
        name: Object name, where somebody may look for it.
        wraps: Whether long text goes on in the next line.
    """

    def __init__(self, text: str, role: str, name: str = "", *, wraps: bool = True) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wraps)
        self.setText(text)
        if name:
            self.setObjectName(name)
