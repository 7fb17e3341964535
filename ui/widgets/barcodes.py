"""A card number that a scanner can read from the screen (Code 128, ISO/IEC 15417)."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232 2331112"
)
PATTERNS = _WIDTHS.split(" ")
_TO_C = 99
_START_B = 104
_START_C = 105
_STOP = 106
_QUIET_MODULES = 10


def symbols_of(text: str) -> list[int]:
    """Return the symbol values of a text, check symbol and stop included.

    Digits go two to a symbol; any other text of printable ASCII goes one to a symbol. An empty list
    means that the text cannot be written in this code.
    """
    if not text or not all(" " <= character <= "~" for character in text):
        return []
    if not text.isdigit() or len(text) == 1:
        values = [_START_B, *(ord(character) - 32 for character in text)]
    else:
        pairs = text[len(text) % 2 :]
        couples = [int(pairs[place : place + 2]) for place in range(0, len(pairs), 2)]
        if len(text) % 2:
            values = [_START_B, ord(text[0]) - 32, _TO_C, *couples]
        else:
            values = [_START_C, *couples]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [*values, check, _STOP]


def widths_of(text: str) -> list[int]:
    """Return the widths of bars and gaps in modules, beginning with a bar."""
    return [int(width) for value in symbols_of(text) for width in PATTERNS[value]]


class Barcode(QWidget):
    """Draws one text as bars, as wide as fits with whole pixels a module."""

    def __init__(self) -> None:
        super().__init__()
        self._widths: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a text, or nothing where it has no bars."""
        self._widths = widths_of(text)
        self.setVisible(bool(self._widths))
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for bars tall enough for a hand scanner."""
        return QSize(360, 84)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars on white with their quiet zones."""
        if not self._widths:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ffffff"))
        modules = sum(self._widths) + 2 * _QUIET_MODULES
        module = max(1, self.width() // modules)
        left = (self.width() - module * sum(self._widths)) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#000000"))
        for place, width in enumerate(self._widths):
            if place % 2 == 0:
                painter.drawRect(QRectF(left, 8, width * module, self.height() - 16))
            left += width * module
        painter.end()
