"""The column in which a screen is read, which scrolls only when it must."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

_ROOM_BELOW = 12


class Column(QScrollArea):
    """As tall as its content, less where there is less room.

    Attributes:
        content: Layout that takes the widgets, from the top.
    """

    def __init__(self, gap: int, reach: int) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._inside = QWidget()
        self._inside.setProperty("role", "ground")
        self.content = QVBoxLayout(self._inside)
        self.content.setContentsMargins(reach, reach, reach, reach)
        self.content.setSpacing(gap)
        self.setWidget(self._inside)
        self._inside.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """Ask for the height that the content has at the present width."""
        # While there is a bar the content is narrower, and taller: it must fit so, or the bar stays
        # where none is needed.
        bar = self.verticalScrollBar()
        width = max(self.width() - (bar.width() if bar.isVisible() else 0), 200)
        height = self.content.totalHeightForWidth(width)
        return QSize(width, height if height > 0 else self.content.totalSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Be content with little; the rest scrolls."""
        return QSize(280, 120)

    def reveal(self, widget: QWidget) -> None:
        """Scroll so that all of a widget is in view: to the very top where that is enough."""
        if widget.geometry().bottom() + _ROOM_BELOW <= self.height():
            self.verticalScrollBar().setValue(0)
        self.ensureWidgetVisible(widget, 0, _ROOM_BELOW)

    def settle(self) -> None:
        """Give the content its height now, instead of after some rounds of events."""
        QApplication.sendEvent(self, QEvent(QEvent.Type.LayoutRequest))
        self.content.activate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of the content."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Lay the content out in the height it has by now.

        While hidden, a content that is given its height during a resize is not told of it.
        """
        super().showEvent(event)
        self.content.setGeometry(self._inside.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrapped text has another height at another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()
