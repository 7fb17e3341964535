"""The shipped line icons, drawn in a colour and size."""

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.base.theme import RESOURCES


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0, *, after: int = 0) -> QPixmap:
    """Draw an icon.

    Args:
        name: File name in ``resources/icons`` without its ending.
        colour: ``#rrggbb``.
        size: Side in device-independent pixels.
        ratio: Device pixels per device-independent pixel.
        after: Empty room at the right, where a word follows.
    """
    source = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
    side = round(size * ratio)
    drawn = QPixmap(side + round(after * ratio), side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn
