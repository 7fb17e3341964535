"""A list of operations that reads like a report."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.base.theme import Theme
from ui.widgets.queue_rows import ROW_ROLE, QueueRows
from ui.words.queue import RowWords

_FRAME = 2
_RING = 8


class QueueList(QWidget):
    """Rows with what their columns are called above; one of them may be chosen.

    What is chosen and what is in view stay so when other rows come.

    Args:
        name: Object name of the list inside.

    Signals:
        picked: Somebody chose the row with this receipt.
        entered: Enter was pressed on a row.
    """

    picked = Signal(str)
    entered = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._rows = QueueRows(theme)
        self._model = _Model()
        self._is_quiet = False
        self._head = _Head(self._rows)
        self.view = _View(name)
        self.view.setModel(self._model)
        self.view.setItemDelegate(self._rows)
        self.view.entered_row.connect(self.entered)
        # Not the current row, which the focus alone may move.
        self.view.selectionModel().selectionChanged.connect(self._on_selection)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_RING, 0, _RING, _RING)
        self._column.setSpacing(_RING)
        self._column.addWidget(self._head)
        self._column.addWidget(self.view, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_rows(self, captions: Sequence[str], rows: Sequence[RowWords]) -> None:
        """Show rows; what was chosen stays so if it is among them, and so does what is in view."""
        chosen, anchor = self.chosen, self._anchor()
        self._rows.measure(captions, rows)
        self._is_quiet = True
        if self._model.replace(rows):
            self.view.doItemsLayout()
            self._select(chosen)
            self._restore(anchor)
        self._is_quiet = False
        self.view.viewport().update()
        self._head.update()
        self.setMinimumWidth(self.needed_width())
        self.updateGeometry()
        self._end_with_half_a_row()

    def choose(self, receipt: str | None) -> bool:
        """Choose the row with a receipt, without telling anybody; return whether there is one."""
        self._is_quiet = True
        found = self._select(receipt)
        self._is_quiet = False
        if found:
            self.view.scrollTo(self.view.currentIndex())
        return found

    def scroll_to_top(self) -> None:
        """Show the first rows."""
        self.view.scrollToTop()

    @property
    def chosen(self) -> str | None:
        """The receipt of the row that is chosen."""
        chosen = self.view.selectionModel().selectedIndexes()
        return self._model.rows[chosen[0].row()].receipt if chosen else None

    @property
    def rows(self) -> tuple[RowWords, ...]:
        """What is shown."""
        return self._model.rows

    def resizeEvent(self, event: QResizeEvent) -> None:
        """End with half a row where there are more, so that one sees that there are."""
        super().resizeEvent(event)
        self._end_with_half_a_row()

    def sizeHint(self) -> QSize:
        """Ask for room for all rows."""
        return QSize(self.needed_width(), self.height_of(len(self._model.rows)))

    def height_of(self, count: float) -> int:
        """Return the height that shows so many rows."""
        rows = round(count * self._rows.row_height)
        return self._rows.caption_height + rows + 2 * (_FRAME + _RING)

    def needed_width(self) -> int:
        """Return the width without which something would be cut."""
        return self._rows.needed_width() + 2 * (_FRAME + _RING)

    def _end_with_half_a_row(self) -> None:
        row = self._rows.row_height
        room = self.height() - self.height_of(0)
        cut = 0
        is_short = room < row * len(self._model.rows)
        if is_short and room >= row * 3 // 2:
            cut = (room - row // 2) % row
        as_needed, off = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.view.setVerticalScrollBarPolicy(as_needed if is_short else off)
        self._column.setContentsMargins(_RING, 0, _RING, _RING + cut)

    def _select(self, receipt: str | None) -> bool:
        row = self._model.place_of(receipt)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        if row is None:
            self.view.selectionModel().clear()
            return False
        self.view.selectionModel().setCurrentIndex(self._model.index(row), flags)
        return True

    def _anchor(self) -> tuple[list[str], int]:
        """Return the receipts from the first one in view on, and how far that is scrolled out."""
        if not self._model.rows:
            return [], 0
        value, height = self.view.verticalScrollBar().value(), self._rows.row_height
        return [row.receipt for row in self._model.rows[value // height :]], value % height

    def _restore(self, anchor: tuple[list[str], int]) -> None:
        receipts, offset = anchor
        for receipt in receipts:
            row = self._model.place_of(receipt)
            if row is not None:
                self.view.verticalScrollBar().setValue(row * self._rows.row_height + offset)
                return

    def _on_selection(self) -> None:
        chosen = self.chosen
        if not self._is_quiet and chosen is not None:
            self.picked.emit(chosen)


class _View(QListView):
    """A list for mouse, finger and arrow keys."""

    entered_row = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "queue")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand Enter on, and Esc to the screen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.entered_row.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        super().keyPressEvent(event)


class _Head(QWidget):
    """What the columns are called; each row says it to whoever listens."""

    def __init__(self, rows: QueueRows) -> None:
        super().__init__()
        self._rows = rows
        self.setFixedHeight(rows.caption_height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._rows.paint_captions(painter, self.rect().adjusted(_FRAME, 0, -_FRAME, 0))
        painter.end()


class _Model(QAbstractListModel):
    """The rows; a row of the same receipt at the same place is only told anew."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RowWords, ...] = ()
        self._places: dict[str, int] = {}

    def replace(self, rows: Sequence[RowWords]) -> bool:
        """Take other rows; return whether any stands at another place than before."""
        places = {row.receipt: place for place, row in enumerate(rows)}
        if places == self._places:
            self.rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return False
        self.beginResetModel()
        self.rows, self._places = tuple(rows), places
        self.endResetModel()
        return True

    def place_of(self, receipt: str | None) -> int | None:
        return None if receipt is None else self._places.get(receipt)

    def rowCount(  # noqa: N802 - Qt's name
        self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()
    ) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.spoken
        return None
