"""A front desk with prepared answers."""

from collections.abc import Callable
from datetime import date
from threading import Event

from kiosk.domain import receipts
from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, Rules, SignInForm
from kiosk.domain.gates import Gate
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import Advice, Strength, StrengthLevel
from kiosk.services.answers import (
    Cancelled,
    CodeNotGiven,
    EmailCodeAnswer,
    KioskHere,
    LineStatus,
    ReceiptAnswer,
    ReceiptUnknown,
    ReleaseAnswer,
    ReleaseForm,
    SignInAnswer,
    Submission,
    Waiting,
)
from kiosk.services.queue_answers import (
    ActAnswer,
    ActDone,
    LedgerEntry,
    LedgerPage,
    QueueEntry,
    QueuePage,
)
from kiosk.services.start_reports import StartReport

PATIENCE_SECONDS = 60
RECEIPT = "K7Q2MT-0042-B"


class FakeFrontDesk:
    """A front desk with prepared answers.

    Attributes:
        submission: What Cadastro and the reset are answered.
        sign_in_answer: What Login is answered.
        receipt_answer: What Consultar recibo is answered.
        error: Raised instead of any answer, where set.
        gate: Every request waits for it, or for its cancellation.
        heeds_cancel: A cancelled request answers ``Cancelled``; otherwise its own answer.
        asked: What was asked, in order.
        strength: What the meter shows.
        strength_error: Raised instead, where set.
        measured: What was measured, in order.
        queued: What the queue holds, oldest first.
        decided: What the ledger tells, newest first.
        act_answer: What an act of staff is answered.
        pages: How many pages were asked for.
        acts: What staff did, with receipt and reason.
    """

    def __init__(self) -> None:
        self.rules = Rules()
        self.portal_contact = "https://portal.example.org/fale-conosco"
        self.submission: Submission = Waiting(RECEIPT)
        self.sign_in_answer: SignInAnswer = Cancelled()
        self.receipt_answer: ReceiptAnswer = ReceiptUnknown(line_is_down=False)
        self.error: Exception | None = None
        self.gate = Event()
        self.gate.set()
        self.heeds_cancel = True
        self.asked: list[RegistrationForm | ResetForm | SignInForm | ReceiptQuery] = []
        self.strength = Strength(StrengthLevel.GOOD, Advice.ADD_WORD)
        self.strength_error: Exception | None = None
        self.measured: list[tuple[str, OwnData]] = []
        self.status = LineStatus(is_online=True, offline_since=None, waiting=0, parked=0)
        self.watchers: list[Callable[[LineStatus], None]] = []
        self.tries = 0
        self.told = 0
        self.day = date(2024, 6, 1)
        self.report: StartReport | None = None
        self.read_by_staff: bool | None = None
        self.queued: list[QueueEntry] = []
        self.decided: list[LedgerEntry] = []
        self.page_size = 100
        self.pages = 0
        self.act_answer: ActAnswer = ActDone()
        self.acts: list[tuple[str, str, str]] = []
        self.is_closed = False

    def today(self) -> date:
        return self.day

    def gate_of(self) -> Gate:
        return Gate.MANUAL

    def request_email_code(
        self, form: RegistrationForm | ResetForm, cancelled: Event
    ) -> EmailCodeAnswer:
        return Cancelled()

    def kiosks_here(self) -> tuple[KioskHere, ...]:
        return ()

    def give_release_code(self, form: ReleaseForm) -> ReleaseAnswer:
        return CodeNotGiven()

    def register(
        self,
        form: RegistrationForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.submission

    def reset_password(
        self,
        form: ResetForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.submission

    def sign_in(self, form: SignInForm, cancelled: Event) -> SignInAnswer:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.sign_in_answer

    def password_strength(self, password: str, own: OwnData) -> Strength:
        self.measured.append((password, own))
        if self.strength_error is not None:
            raise self.strength_error
        return self.strength

    def query_receipt(self, query: ReceiptQuery) -> ReceiptAnswer:
        self.asked.append(query)
        self._wait(Event())
        return self.receipt_answer

    def queue_page(self, after: int | None, *, parked: bool) -> QueuePage:
        self.pages += 1
        self._wait(Event())
        entries = [one for one in self.queued if parked == (one.next_try_seconds is None)]
        later = [one for one in entries if one.place > (after or 0)]
        page = tuple(later[: self.page_size])
        waiting = [one for one in self.queued if one.next_try_seconds is None]
        more = page[-1].place if len(later) > self.page_size else None
        return QueuePage(page, more, len(self.queued), len(waiting))

    def ledger_page(self, before: int | None) -> LedgerPage:
        self.pages += 1
        self._wait(Event())
        earlier = [one for one in self.decided if before is None or one.place < before]
        page = tuple(earlier[: self.page_size])
        return LedgerPage(page, page[-1].place if len(earlier) > self.page_size else None)

    def find_in_queue(self, typed: str) -> QueueEntry | LedgerEntry | None:
        self._wait(Event())
        known: list[QueueEntry | LedgerEntry] = [*self.queued, *self.decided]
        number = receipts.parse(typed)
        return next((one for one in known if one.receipt == str(number)), None)

    def send_again(self, receipt: str) -> ActAnswer:
        return self._act("send_again", receipt, "")

    def hand_over(self, receipt: str, note: str) -> ActAnswer:
        return self._act("hand_over", receipt, note)

    def withdraw(self, receipt: str, note: str) -> ActAnswer:
        return self._act("withdraw", receipt, note)

    def _act(self, what: str, receipt: str, note: str) -> ActAnswer:
        self.acts.append((what, receipt, note))
        self._wait(Event())
        return self.act_answer

    def note_told(self) -> None:
        self.told += 1

    def start_report(self) -> StartReport | None:
        return self.report

    def dismiss_start_report(self, *, by_staff: bool) -> None:
        self.report = None
        self.read_by_staff = by_staff

    def line_status(self) -> LineStatus:
        return self.status

    def watch_line(self, changed: Callable[[LineStatus], None]) -> None:
        self.watchers.append(changed)
        changed(self.status)

    def try_now(self) -> None:
        self.tries += 1

    def close(self) -> None:
        self.is_closed = True

    def tell(self, status: LineStatus) -> None:
        self.status = status
        for changed in self.watchers:
            changed(status)

    def _wait(self, cancelled: Event) -> bool:
        """Wait for the gate; return whether the request was cancelled instead."""
        for _ in range(PATIENCE_SECONDS * 200):
            if self.gate.wait(0.005) or cancelled.is_set():
                break
        if self.error is not None:
            raise self.error
        return cancelled.is_set() and self.heeds_cancel
