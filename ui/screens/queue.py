"""Fila de envio: what waits here, what stopped, and what became of the rest. Desk only."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.notices import Notice, Tone
from ui.widgets.pages import Page
from ui.widgets.queue_details import QueueDetails
from ui.widgets.queue_lists import QueueList
from ui.widgets.receipt_finders import ReceiptFinder
from ui.widgets.tab_rows import TabRow
from ui.words.queue import EntryWords, QueueTab, RowWords
from ui.words.queue_acts import Prompt

_DETAILS_WIDTH = 364
_LIST_WIDTH = 800
_FLAT_DETAILS = 280
_FEWEST_ROWS = 1.5
_ANY_WIDTH = 16777215
_LOW = 700
# Lists are as short as this on most days.
_USUAL_COUNT = 888


class QueueScreen(Page):
    """Three lists, a field to find one operation, and what can be done about the chosen one.

    Signals:
        tab_wanted: A ``QueueTab`` was pressed.
        more_wanted: Mostrar mais.
        find_wanted: Procurar.
        picked: The row with this receipt was chosen.
        way_wanted: A ``QueueWay`` was pressed.
        reason_given: The reason is there.
        reason_cancelled: Nothing is to be done after all.
        came: The screen is in view now.
        went: It is not any more.
    """

    tab_wanted = Signal(object)
    more_wanted = Signal()
    find_wanted = Signal()
    picked = Signal(str)
    way_wanted = Signal(object)
    reason_given = Signal()
    reason_cancelled = Signal()
    came = Signal()
    went = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "queue",
            translate("QueueScreen", "Fila de envio"),
            translate("QueueScreen", "Pedidos feitos neste equipamento"),
            is_wide=True,
        )
        self._tab = QueueTab.WAITING
        self.tabs = TabRow(
            theme,
            (
                (QueueTab.WAITING, "queueTabWaiting"),
                (QueueTab.STOPPED, "queueTabStopped"),
                (QueueTab.ANSWERED, "queueTabAnswered"),
            ),
            _tab_words(_USUAL_COUNT, _USUAL_COUNT),
        )
        self.finder = ReceiptFinder(theme, "queueFind")
        self.list = QueueList(theme, "queueList")
        self.list.setMinimumHeight(self.list.height_of(_FEWEST_ROWS))
        self.empty = Notice(theme, "queueEmpty")
        self.shown = Label("", "hint", "queueShown", wraps=False)
        self.more = Button(translate("QueueScreen", "Mostrar mais"), "secondary", "queueMore")
        self.details = QueueDetails(theme, "queue")
        self._build()
        self._connect()
        self.show_tab(QueueTab.WAITING)
        self.show_counts(0, 0)

    def show_tab(self, tab: QueueTab) -> None:
        """Show which list it is; its rows come apart."""
        self._tab = tab
        self.tabs.choose(tab)

    def show_counts(self, waiting: int, stopped: int) -> None:
        """Show how many there are in the first two lists."""
        if self.tabs.show_words(_tab_words(waiting, stopped)):
            self._place()

    def show_rows(self, rows: Sequence[RowWords], *, has_more: bool, empty: str) -> None:
        """Show the rows of the list, or else what an empty one says."""
        translate = QCoreApplication.translate
        when = translate("QueueScreen", "Feito")
        if self._tab is QueueTab.ANSWERED:
            when = translate("QueueScreen", "Quando")
        captions = (
            translate("QueueScreen", "Recibo"),
            translate("QueueScreen", "Pedido"),
            translate("QueueScreen", "CPF ou cartão"),
            when,
            translate("QueueScreen", "Situação"),
        )
        had_focus = any(one.hasFocus() for one in (self, self.list.view, self.more))
        self.list.show_rows(captions, rows)
        # Before it comes into view: with the details as broad as before it might not fit.
        self._place()
        self.list.view.setAccessibleName(self.tabs.buttons[self._tab].text())
        self.list.setVisible(bool(rows))
        self.details.show_hint(bool(rows))
        if rows:
            self.empty.clear()
        elif self.empty.label.text() != empty or self.empty.isHidden():
            self.empty.show_text("success", empty)
        self.list.setMaximumHeight(min(self.list.height_of(len(rows)), _ANY_WIDTH))
        self.more.setVisible(has_more)
        counted = translate("QueueScreen", "{0} na lista").replace("{0}", _grouped(len(rows)))
        self.shown.setText(counted if has_more else "")
        if had_focus and not (self.list.view.hasFocus() or self.more.hasFocus()):
            self._focus_list()
        self._place()

    def show_entry(self, entry: EntryWords | None) -> None:
        """Show one operation beside the list, and choose its row where there is one."""
        receipt = None if entry is None else entry.receipt
        if self.list.chosen != receipt:
            self.list.choose(receipt)
        if self.details.would_lose(entry):
            self._focus_list()
        self.details.show_entry(entry)

    def show_notice(self, tone: Tone, words: str) -> None:
        """Say what came of an act."""
        self.details.show_notice(tone, words)

    def ask_reason(self, prompt: Prompt) -> None:
        """Ask why, before something is done."""
        self.details.ask(prompt)
        self._place()

    def show_reason_problem(self, words: str) -> None:
        """Say what is wrong with the reason."""
        self.details.show_reason_problem(words)

    def stop_asking(self) -> None:
        """Take the question away; the focus goes where it came from."""
        focused = self.window().focusWidget()
        had_focus = self.details.isAncestorOf(focused)
        self.details.stop_asking()
        self._place()
        if had_focus:
            self._focus_list()

    def show_acting(self, is_acting: bool) -> None:
        """Let nothing be done twice while something is being done."""
        # Disabling a button that has the focus would hand focus, and a second Enter, to another.
        focused = self.window().focusWidget()
        if is_acting and self.details.isAncestorOf(focused):
            self._focus_list()
        self.details.show_acting(is_acting)

    def first_focus(self) -> QWidget | None:
        """Return the list, if it has any rows."""
        return None if self.list.isHidden() else self.list.view

    def wipe(self) -> None:
        """Forget who is in the queue."""
        self.finder.wipe()
        self.details.stop_asking()
        self.details.clear_notice()
        self.details.show_entry(None)
        self.list.show_rows(("",) * 5, ())
        self.list.hide()
        self.empty.clear()
        self.more.hide()
        self.shown.setText("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes the question away, and only then goes back."""
        if event.key() == Qt.Key.Key_Escape and self.details.is_asking:
            if self.details.reason.cancel.isEnabled():
                self.reason_cancelled.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the details beside the list where there is room, or else below."""
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that the screen is in view."""
        super().showEvent(event)
        self.came.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that the screen is out of view."""
        super().hideEvent(event)
        self.went.emit()

    def _build(self) -> None:
        gap = self.theme.sizes.gap
        self._tools = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._tools.setContentsMargins(8, 6, 8, 0)
        self._tools.setSpacing(gap)
        self._tools.addWidget(self.tabs, 1, Qt.AlignmentFlag.AlignTop)
        self._tools.addWidget(self.finder, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 6, 8, 4)
        foot.setSpacing(gap + 8)
        foot.addWidget(self.more)
        foot.addWidget(self.shown)
        foot.addStretch()
        rows = QVBoxLayout()
        rows.setSpacing(0)
        empty = QHBoxLayout()
        empty.setContentsMargins(8, 8, 8, 8)
        empty.addWidget(self.empty)
        rows.addLayout(empty)
        rows.addWidget(self.list, 1)
        rows.addLayout(foot)
        rows.addStretch()
        self._rows = QWidget()
        self._rows.setLayout(rows)
        rows.setContentsMargins(0, 0, 0, 0)
        self._halves_below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves_below.setSpacing(gap)
        self._halves_below.addWidget(self._rows, 1)
        self._halves_below.addWidget(self.details)
        self._below = QWidget()
        self._halves_below.addWidget(self._below)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap)
        column.addLayout(self._tools)
        column.addLayout(self._halves_below, 1)
        self.fill(self._content)
        reason = self.details.reason
        self.order_tabs(
            [
                *self.tabs.buttons.values(),
                self.finder.edit,
                self.finder.submit,
                self.list.view,
                self.more,
                self.details.area,
                *self.details.ways.values(),
                reason.edit,
                reason.cancel,
                reason.submit,
            ]
        )

    def _connect(self) -> None:
        self.tabs.chosen.connect(self._on_tab)
        self.finder.find_wanted.connect(self.find_wanted)
        self.list.picked.connect(self.picked)
        self.list.entered.connect(self._go_to_ways)
        self.more.clicked.connect(self.more_wanted)
        self.details.way_wanted.connect(self.way_wanted)
        self.details.reason.given.connect(self.reason_given)
        self.details.reason.cancelled.connect(self.reason_cancelled)

    def _on_tab(self, tab: QueueTab) -> None:
        # The one that is shown stays pressed, however often it is pressed.
        self.tabs.choose(self._tab)
        self.tab_wanted.emit(tab)

    def _go_to_ways(self) -> None:
        way = self.details.first_way()
        if way is not None:
            way.setFocus(Qt.FocusReason.TabFocusReason)

    def _focus_list(self) -> None:
        (self.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _is_low(self) -> bool:
        """Whether a list and a question below it do not both fit."""
        return self._content.height() < _LOW

    def _place(self) -> None:
        """Lay the parts out for the room there is, and for what they say."""
        room = self._content.width()
        wanted = self.tabs.sizeHint().width() + self.finder.sizeHint().width()
        along = wanted + 2 * self.theme.sizes.gap + 16 <= room and room > self._content.height()
        self._tools.setDirection(
            QBoxLayout.Direction.LeftToRight if along else QBoxLayout.Direction.TopToBottom
        )
        # An empty list has its place too, or everything would move with its first row.
        rows = max(_LIST_WIDTH, self.list.needed_width())
        beside = rows + self.theme.sizes.gap + _DETAILS_WIDTH <= room
        self._halves_below.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        self.details.lie_flat(not beside)
        self._below.setVisible(not beside)
        self._rows.setHidden(self.details.is_asking and not beside and self._is_low)
        if beside:
            self._rows.setMaximumHeight(_ANY_WIDTH)
            # As wide whatever stands in it, so that the list beside it never moves.
            left = room - self.theme.sizes.gap - rows
            self.details.setFixedWidth(max(_DETAILS_WIDTH, min(left, room * 3 // 10)))
            self.details.setMinimumHeight(0)
        else:
            self._rows.setMaximumHeight(self._rows.sizeHint().height())
            self.details.setMinimumWidth(0)
            self.details.setMaximumWidth(_ANY_WIDTH)
            self.details.setMinimumHeight(min(_FLAT_DETAILS, max(0, self._content.height() - 400)))


def _grouped(number: int) -> str:
    """Return a number with points between its thousands, as pt-BR writes it."""
    return f"{number:,}".replace(",", ".")


def _tab_words(waiting: int, stopped: int) -> tuple[str, str, str]:
    translate = QCoreApplication.translate
    words = (
        translate("QueueScreen", "Aguardando"),
        translate("QueueScreen", "Precisam de atendente"),
    )
    counts = waiting, stopped
    counted = [f"{word} · {_grouped(count)}" for word, count in zip(words, counts, strict=True)]
    return counted[0], counted[1], translate("QueueScreen", "Respondidos")
