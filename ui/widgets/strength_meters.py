"""How strong a new password is, while it is typed."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.labels import Label

BARS = 4
_BAR_WIDTH, _BAR_HEIGHT, _BAR_GAP = 30, 10, 5


class StrengthMeter(QWidget):
    """Four bars and a few words; as tall when it is empty.

    Args:
        name: Object name of the label that carries the words.
        title: Accessible name.
        tip: What stands there before anything is known.
    """

    def __init__(self, theme: Theme, name: str, title: str, tip: str) -> None:
        super().__init__()
        self._tip = tip
        self._bars = _Bars(theme)
        self.label = Label("", "hint", name, wraps=False)
        self.setAccessibleName(title)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 0, 2)
        row.setSpacing(12)
        row.addWidget(self._bars)
        row.addWidget(self.label, 1)
        self.clear()

    def show_level(self, bars: int, words: str) -> None:
        """Show how strong it is, and say so politely where it has changed.

        Args:
            bars: How many of the four are full.
            words: What that means, and what would help.
        """
        self._bars.show_full(bars)
        if words != self.label.text():
            self.label.setText(words)
            announce(self, words)

    def clear(self) -> None:
        """Know nothing."""
        self._bars.show_full(0)
        self.label.setText(self._tip)


class _Bars(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        colours = theme.colours
        self._colours = (colours.danger, colours.warning_text, colours.primary, colours.success)
        self._border = colours.field_border
        self._full = 0
        self.setFixedSize(BARS * _BAR_WIDTH + (BARS - 1) * _BAR_GAP, theme.sizes.quiet + 4)

    def show_full(self, full: int) -> None:
        self._full = full
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _BAR_HEIGHT) / 2
        for bar in range(BARS):
            left = bar * (_BAR_WIDTH + _BAR_GAP)
            place = QRectF(left + 0.5, top + 0.5, _BAR_WIDTH - 1, _BAR_HEIGHT - 1)
            if bar < self._full:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._colours[self._full - 1]))
            else:
                painter.setPen(QColor(self._border))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, 4, 4)
