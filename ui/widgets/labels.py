"""Text on a screen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

HELP_PHONE = "0800 888 9504"
_UNBROKEN_PHONE = HELP_PHONE.replace(" ", "\N{NO-BREAK SPACE}")


class Label(QLabel):
    """A label that shows its text as plain text, whatever is in it.

    Where it wraps, the telephone number of the plan stays in one line.

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

    def text(self) -> str:
        """Return the words as they were given."""
        return super().text().replace(_UNBROKEN_PHONE, HELP_PHONE)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show other words."""
        super().setText(text.replace(HELP_PHONE, _UNBROKEN_PHONE) if self.wordWrap() else text)
