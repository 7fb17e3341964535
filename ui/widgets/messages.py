"""The message at a field."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.base import icons
from ui.base.theme import Theme
from ui.widgets.labels import Label


class Message(QWidget):
    """Says what is wrong and what to do, with an icon; takes no room while there is nothing.

    Args:
        name: Object name of the label that carries the words.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        side = theme.sizes.quiet + 4
        icon = Label("", "icon", wraps=False)
        icon.setPixmap(icons.pixmap("circle-alert", theme.colours.danger, side))
        icon.setFixedWidth(side)
        self.label = Label("", "message", name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 0, 2)
        row.setSpacing(10)
        row.addWidget(icon)
        row.addWidget(self.label, 1)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show the words, or nothing for an empty text."""
        self.label.setText(text)
        self.setVisible(bool(text))
