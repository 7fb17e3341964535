"""A front desk with prepared answers."""

from collections.abc import Callable
from threading import Event

from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, Rules, SignInForm
from kiosk.services.answers import (
    Cancelled,
    LineStatus,
    ReceiptAnswer,
    ReceiptUnknown,
    SignInAnswer,
    Submission,
    Waiting,
)

PATIENCE_SECONDS = 10
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
        self.status = LineStatus(is_online=True, offline_since=None, waiting=0, parked=0)
        self.watchers: list[Callable[[LineStatus], None]] = []
        self.tries = 0
        self.is_closed = False

    def register(self, form: RegistrationForm, cancelled: Event) -> Submission:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.submission

    def reset_password(self, form: ResetForm, cancelled: Event) -> Submission:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.submission

    def sign_in(self, form: SignInForm, cancelled: Event) -> SignInAnswer:
        self.asked.append(form)
        return Cancelled() if self._wait(cancelled) else self.sign_in_answer

    def query_receipt(self, query: ReceiptQuery) -> ReceiptAnswer:
        self.asked.append(query)
        self._wait(Event())
        return self.receipt_answer

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
