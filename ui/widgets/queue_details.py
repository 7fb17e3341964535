"""One operation in words, and what can be done about it."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QScroller, QVBoxLayout, QWidget

from kiosk.services.queue_answers import QueueWay
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.columns import Column
from ui.widgets.fact_tables import FactTable
from ui.widgets.labels import Label
from ui.widgets.notices import Notice, Tone
from ui.widgets.reason_forms import ReasonForm
from ui.words.queue import EntryWords, Sign
from ui.words.queue_acts import Prompt, WayWords

_REACH = 8
TONES: dict[Sign, Tone] = {
    Sign.WAITING: "info",
    Sign.STOPPED: "warning",
    Sign.HANDED: "info",
    Sign.GOOD: "success",
    Sign.REFUSED: "danger",
    Sign.POINTED: "info",
}
_NAMES = {
    QueueWay.TRY_NOW: "TryNow",
    QueueWay.SEND_AGAIN: "SendAgain",
    QueueWay.HAND_OVER: "HandOver",
    QueueWay.WITHDRAW: "Withdraw",
}


class QueueDetails(QWidget):
    """What is known of the chosen operation, its ways on, and the question why.

    Args:
        name: Beginning of the object names.

    Signals:
        way_wanted: A ``QueueWay`` was pressed.
    """

    way_wanted = Signal(object)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._told: EntryWords | None = None
        self._is_choosable = self._is_all_told = self._is_acting = self._is_flat = False
        self.notice = Notice(theme, f"{name}Notice")
        self.trail = Label("", "label", f"{name}Trail")
        self.receipt = Label("", "label", f"{name}Receipt", wraps=False)
        self.title = Label("", "heading", f"{name}StoryTitle")
        self.story = Notice(theme, f"{name}Story")
        self.facts = FactTable(theme, f"{name}Fact")
        self.reason = ReasonForm(theme, f"{name}Reason")
        self._hint = Label(
            QCoreApplication.translate(
                "QueueDetails", "Escolha um pedido na lista para ver o que houve com ele."
            ),
            "hint",
        )
        self.area = Column(theme.sizes.gap, _REACH)
        self.area.setObjectName(f"{name}Details")
        self.area.setAccessibleName(
            QCoreApplication.translate("QueueDetails", "Detalhes do pedido")
        )
        self.area.verticalScrollBar().rangeChanged.connect(self._let_scroll)
        QScroller.grabGesture(self.area.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(theme.sizes.gap + 6)
        self._parts.addWidget(self.story, 1)
        self._parts.addWidget(self.facts, 1)
        content = self.area.content
        for widget in (self._hint, self.notice, self.trail, self.receipt, self.title):
            content.addWidget(widget)
        content.addLayout(self._parts)
        content.addWidget(self.reason)
        content.addStretch(1)
        self.ways: dict[QueueWay, Button] = {}
        self._buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._buttons.setContentsMargins(_REACH, _REACH, _REACH, _REACH)
        self._buttons.setSpacing(theme.sizes.gap)
        for way, ending in _NAMES.items():
            button = Button("", "secondary", f"{name}{ending}")
            button.clicked.connect(lambda _checked=False, way=way: self.way_wanted.emit(way))
            self.ways[way] = button
            self._buttons.addWidget(button)
        self._end = QWidget()
        self._buttons.addWidget(self._end, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.area)
        self._column.addLayout(self._buttons)
        self._column.addStretch(1)
        self.show_entry(None)

    def lie_flat(self, is_flat: bool) -> None:
        """Stand below a list, broad, instead of beside it, narrow."""
        self._parts.setDirection(
            QBoxLayout.Direction.LeftToRight if is_flat else QBoxLayout.Direction.TopToBottom
        )
        self._buttons.setDirection(
            QBoxLayout.Direction.LeftToRight if is_flat else QBoxLayout.Direction.TopToBottom
        )
        self._end.setVisible(is_flat)
        self._is_flat = is_flat
        self.receipt.setVisible(self._told is not None and (is_flat or not self.is_asking))
        self.reason.lie_flat(is_flat)
        top = Qt.AlignmentFlag.AlignTop if is_flat else Qt.AlignmentFlag(0)
        for part in (self.story, self.facts):
            self._parts.setAlignment(part, top)
        self._settle()

    def show_entry(self, entry: EntryWords | None) -> None:
        """Show an operation, or that none is chosen; what is shown already is left alone."""
        if entry == self._told and entry is not None:
            return
        before, self._told = self._told, entry
        self.receipt.setText("" if entry is None else entry.receipt)
        self.title.setText("" if entry is None else entry.title)
        if entry is None:
            self.story.clear()
        elif before is None or _story_of(before) != _story_of(entry):
            self.story.show_text(TONES[entry.sign], entry.text)
        self.facts.show_facts(() if entry is None else entry.facts)
        if before is None or entry is None or before.receipt != entry.receipt:
            self.area.verticalScrollBar().setValue(0)
        self._show_parts()

    def show_notice(self, tone: Tone, words: str) -> None:
        """Say what came of an act."""
        self._is_all_told = False
        self.notice.show_text(tone, words)
        self._show_parts()
        self.area.verticalScrollBar().setValue(0)

    def tell_all(self, tone: Tone, words: str) -> None:
        """Say what came of an act and how the operation stands, in the place of its story."""
        self._is_all_told = True
        if (self.notice.label.text(), self.notice.property("tone")) != (words, tone):
            self.notice.show_text(tone, words)
            self.area.verticalScrollBar().setValue(0)
        self._show_parts()

    def show_trail(self, words: str) -> None:
        """Say how the one that was looked for led to what is shown."""
        self.trail.setText(words)
        self._show_parts()

    def show_hint(self, is_useful: bool) -> None:
        """Say how details come here, where there is something to choose."""
        self._is_choosable = is_useful
        self._show_parts()

    def clear_notice(self) -> None:
        """Take away what came of an act, and of a search."""
        self._is_all_told = False
        self.notice.clear()
        self.trail.setText("")
        self._show_parts()

    def ask(self, prompt: Prompt) -> None:
        """Ask for a reason, in the place of everything else about the operation."""
        self._is_all_told = False
        self.notice.clear()
        self.reason.ask(prompt)
        self._show_parts()
        self.area.reveal(self.reason)

    def show_reason_problem(self, words: str) -> None:
        """Say what is wrong with the reason; the buttons below stay in view."""
        self.reason.show_problem(words)
        self._settle()
        self.area.reveal(self.reason)

    def stop_asking(self) -> None:
        """Forget the question."""
        self.reason.wipe()
        self._show_parts()

    @property
    def is_asking(self) -> bool:
        """Whether a reason is being asked for."""
        return not self.reason.isHidden()

    def show_acting(self, is_acting: bool) -> None:
        """Let nothing be done twice while something is being done."""
        self._is_acting = is_acting
        for button in (self.reason.submit, self.reason.cancel):
            button.setEnabled(not is_acting)
        for way in self._open_ways():
            self.ways[way.way].setEnabled(way.is_open and not is_acting)
        self.reason.edit.setReadOnly(is_acting)

    def first_way(self) -> Button | None:
        """Return the likeliest button that can be pressed."""
        return next((self.ways[way.way] for way in self._open_ways() if way.is_open), None)

    def would_lose(self, entry: EntryWords | None) -> bool:
        """Return whether the button that has the focus goes, or closes, with an entry."""
        focused = self.window().focusWidget()
        ways = () if entry is None else entry.ways
        kept = {self.ways[way.way] for way in ways if way.is_open}
        return focused in self.ways.values() and focused not in kept

    def _open_ways(self) -> tuple[WayWords, ...]:
        return () if self._told is None or self.is_asking else self._told.ways

    def _show_parts(self) -> None:
        told, is_asking = self._told, self.is_asking
        self._hint.setVisible(told is None and self._is_choosable and self.notice.isHidden())
        # Where there is little room, the chosen row above says it.
        self.receipt.setVisible(told is not None and (self._is_flat or not is_asking))
        self.title.setVisible(told is not None and not is_asking)
        self.trail.setVisible(bool(self.trail.text()))
        self.story.setVisible(told is not None and not is_asking and not self._is_all_told)
        self.facts.setVisible(told is not None and not is_asking)
        shown = {way.way: way for way in self._open_ways()}
        for key, button in self.ways.items():
            button.setVisible(key in shown)
            if key in shown:
                way = shown[key]
                button.say(way.text)
                button.wear("primary" if way.is_main else "secondary")
                button.setEnabled(way.is_open and not self._is_acting)
        self._settle()

    def _let_scroll(self, _least: int, most: int) -> None:
        """Let the arrow keys scroll what does not fit; what fits need not be reached."""
        self.area.setFocusPolicy(Qt.FocusPolicy.TabFocus if most else Qt.FocusPolicy.NoFocus)

    def _settle(self) -> None:
        """Give everything its height now; a bar that is not needed any more goes with the first."""
        for _ in range(3):
            # From the inside out: a layout hears of a changed text in the round of events after.
            for part in (self.notice, self.story, self.facts, self.reason.field, self.reason):
                layout = part.layout()
                if layout is not None:
                    layout.activate()
            self.area.settle()
            self.area.updateGeometry()
            self._column.activate()


def _story_of(entry: EntryWords) -> tuple[str, Sign, str, str]:
    return entry.receipt, entry.sign, entry.title, entry.text
