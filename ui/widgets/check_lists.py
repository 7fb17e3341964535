"""What was looked at, one below the other, each with how it stands."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QGridLayout, QWidget

from ui.base import icons
from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.widgets.notices import Tone

_MOST = 6
_ICONS: dict[str, str] = {
    "info": "clock",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}


class CheckRow(NamedTuple):
    """One row.

    Attributes:
        tone: ``info`` while it is not known yet.
    """

    tone: Tone
    title: str
    words: str


class CheckList(QWidget):
    """Up to six rows.

    Args:
        name: Beginning of the object names: ``<name>1`` to ``<name>6`` carry the words.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(theme.sizes.gap)
        grid.setColumnStretch(2, 1)
        self._rows: list[tuple[Label, Label, Label]] = []
        for place in range(_MOST):
            row = (
                Label("", "icon", wraps=False),
                Label("", "label", wraps=False),
                Label("", "text", f"{name}{place + 1}"),
            )
            for column, label in enumerate(row):
                grid.addWidget(label, place, column)
            self._rows.append(row)

    def show_rows(self, rows: Sequence[CheckRow]) -> None:
        """Show rows, one below the other."""
        colours = self._theme.colours
        ink = {
            "info": colours.quiet,
            "success": colours.success,
            "warning": colours.warning_text,
            "danger": colours.danger,
        }
        for place, (icon, title, words) in enumerate(self._rows):
            is_there = place < len(rows)
            for label in (icon, title, words):
                label.setVisible(is_there)
            if is_there:
                row = rows[place]
                icon.setPixmap(icons.pixmap(_ICONS[row.tone], ink[row.tone], 24))
                title.setText(row.title)
                words.setText(row.words)
                words.setAccessibleName(f"{row.title}: {row.words}")
