"""Consultar recibo."""

from collections.abc import Callable
from datetime import date

from kiosk.domain.forms import Field, ReceiptClaim, ReceiptQuery, read_receipt_query
from kiosk.services.answers import Invalid, ReceiptAnswer, ReceiptFound, ReceiptUnknown
from ui.base.tasks import Task
from ui.flows.carried import Carried, from_proof
from ui.flows.desks import Desk
from ui.flows.ways import Ways
from ui.screens.receipt_query import ReceiptScreen
from ui.widgets.notices import Tone
from ui.words.outcomes import Mood
from ui.words.problems import all_words, problem_words
from ui.words.receipts import found_words, unknown_words
from ui.words.ways import Way, way_words

_TONES: dict[Mood, Tone] = {
    Mood.GOOD: "success",
    Mood.WAITING: "info",
    Mood.POINTED: "info",
    Mood.REFUSED: "danger",
}


class ReceiptFlow:
    """Drives the screen of the receipt query.

    Asking changes nothing, so a query that is cancelled is simply not heard any more.

    Args:
        leave: Leads back to where the person came from.
    """

    def __init__(
        self,
        screen: ReceiptScreen,
        desk: Desk,
        ways: Ways,
        today: Callable[[], date],
        leave: Callable[[], None],
    ) -> None:
        self.screen = screen
        self._desk = desk
        self._ways = ways
        self._today = today
        self._leave = leave
        self._running: Task[ReceiptAnswer] | None = None
        self._way: Way | None = None
        self._carried = Carried()
        screen.submitted.connect(self.submit)
        screen.cancelled.connect(self.cancel)
        screen.left.connect(self.check)
        screen.back_wanted.connect(self._go_back)
        screen.help_wanted.connect(self._go_back)
        screen.next_wanted.connect(self._go_on)

    def begin(self) -> None:
        """Start with an empty form."""
        self.screen.wipe()

    def check(self, field: Field) -> None:
        """Check the field that was left."""
        rules = self._desk.rules
        read = read_receipt_query(self.screen.query(), rules, self._today())
        problem = None if isinstance(read, ReceiptClaim) else read.get(field)
        words = "" if problem is None else problem_words(field, problem, rules)
        self.screen.show_problem(field, words)

    def submit(self) -> None:
        """Check both fields, and ask where nothing is wrong."""
        query = self.screen.query()
        rules = self._desk.rules
        read = read_receipt_query(query, rules, self._today())
        self.screen.clear_answer()
        if not isinstance(read, ReceiptClaim):
            self.screen.show_problems(all_words(read, rules))
            return
        self.screen.show_busy()
        self._running = self._desk.ask(lambda front_desk: front_desk.query_receipt(query))
        self._running.on_end(self.screen.show_idle)
        self._running.on_success(lambda answer: self._tell(query, answer))

    def cancel(self) -> None:
        """Stop listening."""
        if self._running is not None:
            self._running.drop()
            self._running = None
            self.screen.show_idle()

    def _tell(self, query: ReceiptQuery, answer: ReceiptAnswer) -> None:
        self._running = None
        match answer:
            case Invalid(problems):
                self.screen.show_problems(all_words(problems, self._desk.rules))
            case ReceiptUnknown():
                self.screen.show_answer("warning", "", unknown_words(answer), None)
            case ReceiptFound():
                told = found_words(answer)
                ways = [way for way in told.ways if way is not Way.HELP]
                self._way = ways[0] if ways else None
                self._carried = from_proof(query.proof, self._desk.rules)
                self.screen.show_answer(
                    _TONES[told.mood],
                    told.title,
                    told.text,
                    None if self._way is None else way_words(self._way),
                )

    def _go_on(self) -> None:
        if self._way is not None:
            self._ways.go(self._way, self._carried)

    def _go_back(self) -> None:
        self.cancel()
        self.screen.wipe()
        self._leave()
