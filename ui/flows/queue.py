"""Fila de envio, from the first look to what was done about an operation."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, QTimer

from kiosk.domain import receipts
from kiosk.domain.forms import Field, FieldProblem
from kiosk.services.front_desk import FrontDesk
from kiosk.services.queue_answers import (
    ActAnswer,
    ActDone,
    ActTooLate,
    LedgerEntry,
    NoteRefused,
    QueueEntry,
    QueueWay,
)
from ui.base.tasks import Task
from ui.flows.desks import Desk
from ui.flows.queue_looks import Entry, Look, Trail, follow, in_words, look
from ui.screens.queue import QueueScreen
from ui.widgets.notices import Tone
from ui.widgets.queue_details import TONES
from ui.words.problems import problem_words
from ui.words.queue import EntryWords, QueueTab, empty_words, not_here_words, subject_words
from ui.words.queue_acts import (
    answered_again_words,
    done_words,
    note_problem_words,
    prompt_words,
    sent_again_words,
    too_late_words,
    trail_words,
)

# Ages and next tries grow old by themselves.
_CALM_MS = 15_000
# The worker tells its status several times in a row; one look is enough for all of them.
_SOON_MS = 300


class QueueFlow:
    """Drives the screen of the queue.

    Args:
        to_help: Leads to help, and back here.
        leave: Leads back to where the attendant came from.
    """

    def __init__(
        self,
        screen: QueueScreen,
        desk: Desk,
        to_help: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self.screen = screen
        self._desk = desk
        self._tab = QueueTab.WAITING
        self._chosen: str | None = None
        self._entries: Mapping[str, Entry] = {}
        self._told: Entry | None = None
        self._reading: Task[Look] | None = None
        self._finding: Task[Trail] | None = None
        self._sent_again: str | None = None
        self._is_online: bool | None = None
        self._asking: tuple[QueueWay, str] | None = None
        self._is_fresh = self._is_stale = self._is_acting = self._is_broken = False
        self._calm = QTimer(screen)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self.refresh)
        self._soon = QTimer(screen)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        screen.tab_wanted.connect(self._turn_to)
        screen.more_wanted.connect(self._read_more)
        screen.find_wanted.connect(self._find)
        screen.picked.connect(self._pick)
        screen.way_wanted.connect(self._go)
        screen.reason_given.connect(self._give_reason)
        screen.reason_cancelled.connect(self._stop_asking)
        screen.came.connect(self._come)
        screen.went.connect(self._go_out_of_view)
        screen.help_wanted.connect(to_help)
        screen.back_wanted.connect(leave)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read or done."""
        return not self._is_acting and self._reading is None and self._finding is None

    @property
    def is_stale(self) -> bool:
        """Whether a look was put off until somebody is done with something."""
        return self._is_stale

    @property
    def is_watching(self) -> bool:
        """Whether ages are looked at again by themselves."""
        return self._calm.isActive()

    def begin(self) -> None:
        """Start with everything that waits."""
        self.screen.wipe()
        self._asking = None
        self._open(QueueTab.WAITING)

    def line_changed(self) -> None:
        """Look again soon, where somebody sees it: something may have changed."""
        if self.screen.isVisible() and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Look again, unless somebody is in the middle of something."""
        if self._is_broken or self._is_acting:
            return
        if self._reading is not None or self._asking is not None:
            self._is_stale = True
            return
        self._read(len(self._entries))

    def _turn_to(self, tab: QueueTab) -> None:
        self.screen.finder.wipe()
        self._open(tab)

    def _open(self, tab: QueueTab, chosen: str | None = None) -> None:
        self._tab = tab
        self._chosen = chosen
        self._sent_again = None
        self._entries = {}
        self._is_fresh = True
        self._stop_asking()
        self.screen.finder.show_problem("")
        self._forget_notice()
        # What is shown can always be acted on; of the list before, nothing can any more.
        self.screen.details.show_hint(False)
        self._tell_entry(None)
        self.screen.show_tab(tab)
        self._read(0)

    def _read_more(self) -> None:
        self._read(len(self._entries) + 1)

    def _read(self, least: int) -> None:
        """Read pages until there are so many rows, or no more."""
        if self._reading is not None:
            self._reading.drop()
        self._is_stale = False
        tab, chosen = self._tab, self._chosen
        self._reading = self._desk.ask(lambda desk: look(desk, tab, least, chosen))
        self._reading.on_end(self._end_reading).on_success(self._show)

    def _end_reading(self) -> None:
        self._reading = None
        # Until the contrary is heard. What fails is told on a screen of its own, and coming back
        # from there must not fail at once again.
        self._is_broken = True

    def _show(self, seen: Look) -> None:
        self._is_broken = False
        self._entries, self._is_online = seen.entries, seen.is_online
        screen = self.screen
        screen.show_counts(seen.waiting, seen.stopped)
        screen.show_rows(
            seen.rows, has_more=seen.has_more, empty=empty_words(self._tab, seen.stopped)
        )
        if self._is_fresh:
            self._is_fresh = False
            screen.list.scroll_to_top()
            if self._chosen is None and seen.rows:
                self._chosen = seen.rows[0].receipt
        elsewhere = seen.elsewhere
        entry = None if self._chosen is None else self._entries.get(self._chosen)
        if entry is None and elsewhere is not None and elsewhere.receipt == self._chosen:
            entry = elsewhere
        self._tell_entry(entry)
        if self._is_stale:
            self.refresh()

    def _pick(self, receipt: str) -> None:
        entry = self._entries.get(receipt)
        if entry is None:
            # A row of the list before, while the one that was asked for is being read.
            return
        self._stop_asking()
        self._chosen = receipt
        self._forget_notice()
        # The receipt that was looked for would stand beside another one's details.
        self.screen.finder.wipe()
        self._tell_entry(entry)

    def _tell_entry(self, entry: Entry | None) -> None:
        self._told = entry
        if entry is None:
            self.screen.show_entry(None)
            return
        told = in_words(entry, is_online=self._is_online)
        if entry.receipt == self._sent_again:
            self._tell_sent_again(entry, told)
        self.screen.show_entry(told)

    def _tell_sent_again(self, entry: Entry, told: EntryWords) -> None:
        if isinstance(entry, LedgerEntry):
            words = answered_again_words(told.receipt, told.title, told.text)
            self.screen.details.tell_all(TONES[told.sign], words)
        else:
            self.screen.details.tell_all("info", sent_again_words(told.receipt))

    def _forget_notice(self) -> None:
        self._sent_again = None
        self.screen.details.clear_notice()

    def _find(self) -> None:
        finder = self.screen.finder
        typed = finder.typed()
        if receipts.parse(typed) is None:
            problem = FieldProblem.NOT_A_RECEIPT if typed.strip() else FieldProblem.EMPTY
            finder.show_problem(problem_words(Field.RECEIPT, problem, self._desk.rules))
            return
        if self._finding is not None:
            self._finding.drop()
        self._finding = self._desk.ask(lambda desk: follow(desk, typed))
        self._finding.on_success(self._tell_found)

    def _tell_found(self, trail: Trail) -> None:
        self._finding = None
        entry = trail.entry
        self.screen.finder.show_receipt(trail.receipt)
        if entry is None:
            self.screen.finder.show_problem(not_here_words())
            return
        if isinstance(entry, LedgerEntry):
            tab = QueueTab.ANSWERED
        else:
            tab = QueueTab.WAITING if entry.next_try_seconds is not None else QueueTab.STOPPED
        self._open(tab, entry.receipt)
        if trail.has_gone_on:
            self.screen.details.show_trail(trail_words(trail.receipt, entry.receipt))

    def _go(self, way: QueueWay) -> None:
        receipt = self._chosen
        if receipt is None or self._is_acting:
            return
        match way:
            case QueueWay.TRY_NOW:
                self._act(way, _try_now)
            case QueueWay.SEND_AGAIN:
                self._act(way, lambda desk: desk.send_again(receipt))
            case QueueWay.HAND_OVER | QueueWay.WITHDRAW:
                entry = self._told
                if isinstance(entry, QueueEntry) and entry.receipt == receipt:
                    self._asking = (way, receipt)
                    self.screen.ask_reason(prompt_words(way, subject_words(entry)))

    def _give_reason(self) -> None:
        if self._asking is None or self._is_acting:
            return
        way, receipt = self._asking
        note = self.screen.details.reason.field.typed()
        if not _is_writable(note):
            words = problem_words(Field.PROOF, FieldProblem.UNWRITABLE, self._desk.rules)
            self.screen.show_reason_problem(words)
        elif way is QueueWay.HAND_OVER:
            self._act(way, lambda desk: desk.hand_over(receipt, note))
        else:
            self._act(way, lambda desk: desk.withdraw(receipt, note))

    def _act(self, way: QueueWay, act: Callable[[FrontDesk], ActAnswer]) -> None:
        self._is_acting = True
        if self._reading is not None:
            self._reading.drop()
            self._reading = None
        self.screen.show_acting(True)
        task = self._desk.ask(act)
        task.on_end(self._end_acting).on_success(lambda answer: self._tell(way, answer))

    def _end_acting(self) -> None:
        self._is_acting = False
        self.screen.show_acting(False)

    def _tell(self, way: QueueWay, answer: ActAnswer) -> None:
        if isinstance(answer, NoteRefused):
            self.screen.show_reason_problem(note_problem_words(answer.problem))
            return
        self._asking = None
        self.screen.stop_asking()
        if not self.screen.isVisible():
            return
        match answer:
            case ActDone(receipt):
                self._forget_notice()
                self._chosen = receipt or self._chosen
                self._sent_again = receipt
                if receipt is not None:
                    self.screen.details.tell_all("info", sent_again_words(receipt))
                tone: Tone = "info" if way is QueueWay.TRY_NOW else "success"
                if words := done_words(way):
                    self.screen.show_notice(tone, words)
            case ActTooLate():
                self._forget_notice()
                self.screen.show_notice("info", too_late_words())
        self._is_broken = False
        self.refresh()

    def _stop_asking(self) -> None:
        if self._asking is None:
            return
        self._asking = None
        self.screen.stop_asking()
        if self._is_stale:
            self.refresh()

    def _come(self) -> None:
        self._calm.start()
        if self._is_broken:
            words = QCoreApplication.translate(
                "queue", "A fila não pôde ser lida. Escolha uma das listas para tentar de novo."
            )
            self.screen.show_notice("warning", words)
        elif self._reading is None:
            self.refresh()

    def _go_out_of_view(self) -> None:
        self._calm.stop()
        self._soon.stop()
        for task in (self._reading, self._finding):
            if task is not None:
                task.drop()
        self._reading = self._finding = None


def _try_now(desk: FrontDesk) -> ActAnswer:
    desk.try_now()
    return ActDone()


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
