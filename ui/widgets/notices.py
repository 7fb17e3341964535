"""A panel that says something about the whole form."""

from typing import Literal

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.base import icons
from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.labels import Label

Tone = Literal["info", "success", "warning", "danger"]
_ICONS = {
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}


class Notice(QFrame):
    """Says what happened and what to do; takes no room while there is nothing.

    Args:
        name: Object name of the label that carries the words.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = Label("", "icon", wraps=False)
        self.label = Label("", "text", name)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(14)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        self.hide()

    def show_text(self, tone: Tone, text: str) -> None:
        """Show the words and announce them."""
        colours = self._theme.colours
        ink = {
            "info": colours.info,
            "success": colours.success,
            "warning": colours.warning_text,
            "danger": colours.danger,
        }
        self._icon.setPixmap(icons.pixmap(_ICONS[tone], ink[tone], self._theme.sizes.icon))
        self.setProperty("tone", tone)
        _restyle(self)
        self.label.setText(text)
        self.show()
        announce(self.label, text)

    def clear(self) -> None:
        """Take the words away."""
        self.label.setText("")
        self.hide()


def _restyle(widget: QWidget) -> None:
    """Let the style sheet see a changed property."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
