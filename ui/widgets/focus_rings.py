"""The ring that shows where the keyboard is."""

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from ui.base.theme import Theme

WIDTH = 4
GAP = 4
_REACH = WIDTH + GAP
_FOLLOWED = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.LayoutRequest,
)


class FocusRing(QWidget):
    """Draws a ring with a gap around whatever has the focus inside one window.

    A style sheet can only recolour a border, which against the blue of a button has a contrast of
    2.3:1; the gap is what makes the ring visible.

    Args:
        window: Inside which the focus is followed.
    """

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._light = QColor(theme.colours.focus)
        self._on_dark = QColor(theme.colours.focus_on_dark)
        self._target: QWidget | None = None
        self._followed: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        QApplication.instance().focusChanged.connect(self._follow)  # type: ignore[union-attr]
        self._follow(None, QApplication.focusWidget())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay around the target while it, or what it lies in, moves."""
        if event.type() in _FOLLOWED:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring."""
        if self._target is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._on_dark if self._is_on_dark() else self._light, WIDTH))
        half = WIDTH / 2
        area = QRectF(self.rect()).adjusted(half, half, -half, -half)
        inner = self._target.property("ringRadius")
        is_pill = self._target.inherits("QPushButton") and inner is None
        radius = area.height() / 2 if is_pill else float(inner or 6) + GAP + half
        painter.drawRoundedRect(area, radius, radius)
        painter.end()

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        for followed in self._followed:
            if shiboken6.isValid(followed):
                followed.removeEventFilter(self)
        self._followed = []
        if (
            now is None
            or now.focusPolicy() == Qt.FocusPolicy.NoFocus
            or not self._window.isAncestorOf(now)
        ):
            self._target = None
            self.hide()
            return
        self._target = now
        ground = self._ground_of(now)
        widget: QWidget | None = now
        while widget is not None and widget is not ground:
            widget.installEventFilter(self)
            self._followed.append(widget)
            widget = widget.parentWidget()
        if self.parentWidget() is not ground:
            self.setParent(ground)
        self._place()

    def _ground_of(self, target: QWidget) -> QWidget:
        """Return what the ring lies on: the content that scrolls with the target, or the window."""
        widget = target
        while widget is not self._window:
            viewport = widget.parentWidget()
            if viewport is not None and isinstance(viewport.parentWidget(), QScrollArea):
                return widget
            if viewport is None:
                break
            widget = viewport
        return self._window

    def _place(self) -> None:
        target = self._target
        ground = self.parentWidget()
        if (
            target is None
            or ground is None
            or not target.isVisible()
            or not ground.isAncestorOf(target)
        ):
            self.hide()
            return
        at = target.mapTo(ground, QPoint(0, 0))
        self.setGeometry(
            QRect(at, target.size()).adjusted(-_REACH, -_REACH, _REACH, _REACH),
        )
        self.raise_()
        self.show()
        self.update()

    def _is_on_dark(self) -> bool:
        return self._target is not None and self._target.property("role") == "onDark"
