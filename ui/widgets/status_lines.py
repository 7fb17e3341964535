"""The line at the foot of every screen."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.labels import Label


class StatusLine(QWidget):
    """Tells whether the line stands and how much waits for it.

    Signals:
        try_now_wanted: Somebody does not want to wait for the next attempt.
    """

    try_now_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        translate = QCoreApplication.translate
        self.setProperty("role", "statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.sizes.target + 8)
        self._theme = theme
        self._dot = _Dot(theme.colours.field_border)
        self.text = Label(
            translate("StatusLine", "Sem notícia da linha ainda"), "status", "statusLine"
        )
        self.try_now = Button(translate("StatusLine", "Tentar agora"), "foot", "statusTryNow")
        self.try_now.hide()
        self.try_now.clicked.connect(self.try_now_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self._dot)
        # Two lines fit where much is to be told on a small screen.
        row.addWidget(self.text, 1)
        row.addWidget(self.try_now)

    def show_status(self, text: str, *, is_online: bool | None) -> None:
        """Show the words for a status.

        Args:
            text: What the line says.
            is_online: None while nobody knows.
        """
        colours = self._theme.colours
        known = colours.success if is_online else colours.danger
        self._dot.paint_in(colours.field_border if is_online is None else known)
        self.text.setText(text)
        self.try_now.setVisible(is_online is False)


class _Dot(QWidget):
    """A coloured dot beside the words, which say the same."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedSize(16, 16)

    def paint_in(self, colour: str) -> None:
        self._colour = colour
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colour))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
