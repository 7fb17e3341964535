"""The large choices of the start screen."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ui.base.theme import Theme, font

_PADDING = 28
_DISC = 72
_RADIUS = 12


class Choice(QPushButton):
    """One way on: its name large, a sentence below, an icon beside.

    Args:
        text: The name, also its accessible name.
        sentence: For whom it is.
        name: Object name.
    """

    def __init__(self, theme: Theme, text: str, sentence: str, name: str) -> None:
        super().__init__(text)
        self._theme = theme
        self._sentence = sentence
        self._icon = QPixmap()
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setAccessibleDescription(sentence)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setProperty("role", "choice")
        self.setProperty("ringRadius", _RADIUS)

    def show_icon(self, icon: QPixmap) -> None:
        """Draw an icon in the disc at the left."""
        self._icon = icon
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for room for both lines and a large target."""
        return QSize(420, 148)

    def minimumSizeHint(self) -> QSize:
        """Never less than both lines need."""
        return QSize(320, 108)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Repaint under the pointer."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Repaint when the pointer has gone."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, disc, icon and both lines."""
        colours, sizes = self._theme.colours, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self.underMouse() or self.isDown()
        ground = colours.info_ground if self.isDown() else colours.primary_tint
        painter.setPen(QPen(QColor(colours.primary if is_lit else colours.field_border), 2))
        painter.setBrush(QColor(ground if is_lit else colours.ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

        middle = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.primary))
        painter.drawEllipse(QPointF(_PADDING + _DISC / 2, middle), _DISC / 2, _DISC / 2)
        if not self._icon.isNull():
            side = self._icon.deviceIndependentSize().width()
            left = _PADDING + (_DISC - side) / 2
            painter.drawPixmap(QPointF(left, middle - side / 2), self._icon)

        left = _PADDING + _DISC + _PADDING
        width = self.width() - left - _PADDING
        title_height = sizes.heading * 1.35
        text_height = sizes.text * 1.4
        top = middle - (title_height + text_height) / 2 - 2
        painter.setPen(QColor(colours.primary))
        painter.setFont(font(sizes.heading, semibold=True))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, top, width, title_height), flags, self.text())
        painter.setPen(QColor(colours.text))
        painter.setFont(font(sizes.text))
        painter.drawText(
            QRectF(left, top + title_height + 2, width, text_height), flags, self._sentence
        )
        painter.end()
