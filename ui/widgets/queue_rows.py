"""How a row of the queue is drawn: columns that stand still, and nothing cut."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.base import icons
from ui.base.theme import Theme, font
from ui.words.queue import RowWords, Sign, usual_row

ROW_ROLE = Qt.ItemDataRole.UserRole
_MARK = 6
_PADDING = 16
_GAP = 14
_WIDEST_GAP = 56
_ICON_GAP = 10
_CHEVRON = 10
_BAR = 12
_FRAME = 2
_MEASURED = 20
_COLUMNS = 5
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ICONS = {
    Sign.WAITING: "clock",
    Sign.STOPPED: "triangle-alert",
    Sign.HANDED: "key-round",
    Sign.GOOD: "circle-check",
    Sign.REFUSED: "circle-alert",
    Sign.POINTED: "info",
}


class QueueRows(QStyledItemDelegate):
    """Draws rows and, above them, what the columns are called."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._plain = font(theme.sizes.text)
        self._bold = font(theme.sizes.text, semibold=True)
        self._small = font(theme.sizes.quiet)
        self._small_bold = font(theme.sizes.quiet, semibold=True)
        self._captions = ("",) * _COLUMNS
        self._widths = [0] * _COLUMNS
        colours = theme.colours
        inks = {
            Sign.WAITING: colours.info,
            Sign.STOPPED: colours.warning_text,
            Sign.HANDED: colours.info,
            Sign.GOOD: colours.success,
            Sign.REFUSED: colours.danger,
            Sign.POINTED: colours.info,
        }
        self._icons = {
            sign: icons.pixmap(name, inks[sign], theme.sizes.icon) for sign, name in _ICONS.items()
        }
        lines = QFontMetrics(self._bold).height() + QFontMetrics(self._small).height()
        self.row_height = max(theme.sizes.target + 8, lines + 14)
        self.caption_height = QFontMetrics(self._small_bold).height() + 12
        self.measure(self._captions, (usual_row(),))

    def measure(self, captions: Sequence[str], rows: Sequence[RowWords]) -> None:
        """Give each column the room that its texts need; the longest few are measured.

        What a column once had, it keeps: nothing moves from one list to the next.
        """
        self._captions = tuple(captions)
        side = self._theme.sizes.icon + _ICON_GAP
        bold, plain, small = (QFontMetrics(one) for one in (self._bold, self._plain, self._small))
        captioned = QFontMetrics(self._small_bold)
        texts = (
            _widest(bold, (row.receipt for row in rows)),
            _widest(plain, (row.kind for row in rows)),
            _widest(plain, (row.person for row in rows)),
            _widest(plain, (row.when for row in rows)),
            side
            + max(
                _widest(bold, (row.state for row in rows)),
                _widest(small, (row.more for row in rows)),
            ),
        )
        self._widths = [
            max(before, width, captioned.horizontalAdvance(caption))
            for before, width, caption in zip(self._widths, texts, captions, strict=True)
        ]

    def needed_width(self) -> int:
        """Return the room without which something would be cut."""
        # Columns stand still whether there is a scroll bar or not.
        ends = _MARK + 2 * _PADDING + _CHEVRON + _BAR
        return sum(self._widths) + _GAP * len(self._widths) + ends

    def paint_captions(self, painter: QPainter, rect: QRect) -> None:
        """Draw what the columns are called."""
        painter.setFont(self._small_bold)
        painter.setPen(QColor(self._theme.colours.quiet))
        for caption, area in zip(self._captions, self._areas(rect), strict=True):
            painter.drawText(area, _LEFT, caption)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row; the chosen one has another ground, a bar and an arrow."""
        row: RowWords = index.data(ROW_ROLE)
        colours = self._theme.colours
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, QColor(colours.info_ground if is_chosen else colours.ground))
        if is_chosen:
            bar = QRect(rect.left(), rect.top(), _MARK, rect.height())
            painter.fillRect(bar, QColor(colours.primary))
            self._paint_arrow(painter, rect)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.line))
        whole = QRect(rect.left(), rect.top(), option.widget.width() - 2 * _FRAME, rect.height())
        receipt, kind, person, when, standing = self._areas(whole)
        painter.setPen(QColor(colours.text))
        painter.setFont(self._bold)
        painter.drawText(receipt, _LEFT, row.receipt)
        painter.setFont(self._plain)
        for area, text in ((kind, row.kind), (person, row.person), (when, row.when)):
            painter.drawText(area, _LEFT, text)
        self._paint_standing(painter, standing, row)
        painter.restore()

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows are alike, and large enough for a finger."""
        return QSize(self.needed_width(), self.row_height)

    def _areas(self, rect: QRect) -> list[QRect]:
        """Return where each column stands in a row; room that is left widens the gaps."""
        spare = (rect.width() - self.needed_width()) // max(1, len(self._widths) - 1)
        gap = _GAP + max(0, min(_WIDEST_GAP - _GAP, spare))
        left = rect.left() + _MARK + _PADDING
        areas = []
        for width in self._widths:
            areas.append(QRect(left, rect.top(), width + 2, rect.height()))
            left += width + gap
        return areas

    def _paint_standing(self, painter: QPainter, area: QRect, row: RowWords) -> None:
        side = self._theme.sizes.icon
        top = area.top() + (area.height() - side) // 2
        painter.drawPixmap(area.left(), top, self._icons[row.sign])
        text = area.adjusted(side + _ICON_GAP, 0, 0, 0)
        painter.setFont(self._bold)
        if not row.more:
            painter.drawText(text, _LEFT, row.state)
            return
        first, second = QFontMetrics(self._bold).height(), QFontMetrics(self._small).height()
        top = area.top() + (area.height() - first - second) // 2
        painter.drawText(QRect(text.left(), top, text.width(), first), _LEFT, row.state)
        painter.setFont(self._small)
        painter.drawText(QRect(text.left(), top + first, text.width(), second), _LEFT, row.more)

    def _paint_arrow(self, painter: QPainter, rect: QRect) -> None:
        pen = painter.pen()
        pen.setColor(QColor(self._theme.colours.primary))
        pen.setWidth(3)
        painter.setPen(pen)
        tip = QPoint(rect.right() - _PADDING // 2, rect.center().y())
        half = _CHEVRON // 2 + 2
        painter.drawLine(tip, tip + QPoint(-half, -half))
        painter.drawLine(tip, tip + QPoint(-half, half))


def _widest(metrics: QFontMetrics, texts: Iterable[str]) -> int:
    longest = sorted(set(texts), key=len, reverse=True)[:_MEASURED]
    return max((metrics.horizontalAdvance(text) for text in longest), default=0)
