"""One of several, with what choosing it means."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy

from ui.base.theme import Theme, font

_RADIUS = 8
_PADDING = 14
_DISC = 28
_DOT = 12
_HIGHEST = 10_000
# At words alone: whoever gives a longer one has said where it may break.
_WRAPPED = int(Qt.TextFlag.TextWordWrap)


class OptionCard(QRadioButton):
    """A name and a sentence below it, all of which can be touched; as tall as the sentence wants.

    Args:
        text: What is chosen, also the accessible name.
        name: Object name.
    """

    def __init__(self, theme: Theme, text: str, name: str) -> None:
        super().__init__(text)
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty("ringRadius", _RADIUS)
        self._title = font(theme.sizes.text, semibold=True)
        self._plain = font(theme.sizes.quiet)
        self._fit()

    @property
    def words(self) -> str:
        """The sentence."""
        return self.accessibleDescription()

    def show_words(self, words: str, *, is_possible: bool) -> None:
        """Say what choosing it means, or why it cannot be chosen."""
        self.setAccessibleDescription(words)
        self.setEnabled(is_possible)
        self._fit()
        self.update()

    def hitButton(self, _at: object) -> bool:  # noqa: N802 - Qt's name
        """Let the whole card be touched."""
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter choose, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A wrapped sentence has another height at another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Repaint what can be chosen no more, or again."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, disc, name and sentence."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self.isEnabled() and (self.underMouse() or self.isChecked())
        painter.setPen(QPen(QColor(colours.primary if is_lit else colours.field_border), 2))
        painter.setBrush(QColor(colours.primary_tint if self.isChecked() else colours.ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

        middle = QPointF(_PADDING + _DISC / 2, self.height() / 2)
        if not self.isEnabled():
            ring = colours.disabled
        else:
            ring = colours.primary if self.isChecked() else colours.field_border
        painter.setPen(QPen(QColor(ring), 2))
        painter.setBrush(QColor(colours.ground if self.isEnabled() else colours.alternate))
        painter.drawEllipse(middle, _DISC / 2 - 1, _DISC / 2 - 1)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.primary))
            painter.drawEllipse(middle, _DOT / 2 + 1, _DOT / 2 + 1)

        painter.setPen(QColor(colours.text if self.isEnabled() else colours.disabled_text))
        painter.setFont(self._title)
        beside = self._beside()
        height = QFontMetrics(self._title).height()
        painter.drawText(QRect(beside.x(), beside.y(), beside.width(), height), 0, self.text())
        painter.setFont(self._plain)
        painter.drawText(beside.adjusted(0, height, 0, 0), _WRAPPED, self.words)
        painter.end()

    def _beside(self) -> QRect:
        left = 2 * _PADDING + _DISC
        return QRect(left, _PADDING - 4, self.width() - left - _PADDING, _HIGHEST)

    def _fit(self) -> None:
        title = QFontMetrics(self._title).height()
        words = QFontMetrics(self._plain).boundingRect(self._beside(), _WRAPPED, self.words)
        wanted = title + (words.height() if self.words else 0) + 2 * (_PADDING - 4)
        self.setFixedHeight(max(self._theme.sizes.target, wanted))
