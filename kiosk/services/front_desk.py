"""What the screens may ask for. The one door from the interface to everything behind it."""

from collections.abc import Callable
from datetime import date
from threading import Event
from typing import Protocol

from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, Rules, SignInForm
from kiosk.domain.gates import Gate
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import Strength
from kiosk.services.answers import (
    EmailCodeAnswer,
    KioskHere,
    LineStatus,
    ReceiptAnswer,
    ReleaseAnswer,
    ReleaseForm,
    SignInAnswer,
    Submission,
)
from kiosk.services.queue_answers import ActAnswer, LedgerEntry, LedgerPage, QueueEntry, QueuePage
from kiosk.services.start_reports import StartReport


class FrontDesk(Protocol):
    """The services of one running program. Every method may be called from any thread.

    Those that take ``cancelled`` may take seconds and look at it at every step at which stopping
    still has no effect.
    """

    @property
    def rules(self) -> Rules:
        """The settings by which the forms are read."""

    @property
    def portal_contact(self) -> str:
        """Address of the Portal's Fale Conosco, from the settings."""

    def today(self) -> date:
        """The day by which dates of birth are judged, whatever the clock shows; quick."""

    def gate_of(self) -> Gate:
        """What Cadastro and the reset ask for here, as the registry last told; quick."""

    def register(
        self,
        form: RegistrationForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        """Cadastro, with what the gate asks for, as typed."""

    def reset_password(
        self,
        form: ResetForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        """Esqueci minha senha, likewise."""

    def request_email_code(
        self, form: RegistrationForm | ResetForm, cancelled: Event
    ) -> EmailCodeAnswer:
        """Have a code sent to the address on file; the passwords of the form do not matter."""

    def kiosks_here(self) -> tuple[KioskHere, ...]:
        """At a desk: the kiosks of its site that ask for release codes; quick."""

    def give_release_code(self, form: ReleaseForm) -> ReleaseAnswer:
        """At a desk: give a code to type at a kiosk, with the line or without."""

    def sign_in(self, form: SignInForm, cancelled: Event) -> SignInAnswer:
        """Login."""

    def password_strength(self, password: str, own: OwnData) -> Strength:
        """How well a new password withstands guessing; may take a tenth of a second."""

    def query_receipt(self, query: ReceiptQuery) -> ReceiptAnswer:
        """Consultar recibo."""

    def queue_page(self, after: int | None, *, parked: bool) -> QueuePage:
        """A page, oldest first, of what waits for a person, or else of what goes on by itself."""

    def ledger_page(self, before: int | None) -> LedgerPage:
        """A page of what was decided, newest first."""

    def find_in_queue(self, typed: str) -> QueueEntry | LedgerEntry | None:
        """What stands under a receipt of this machine."""

    def send_again(self, receipt: str) -> ActAnswer:
        """Send a parked wish again as a new operation that names the old one."""

    def hand_over(self, receipt: str, note: str) -> ActAnswer:
        """Hand a parked operation to a supervisor."""

    def withdraw(self, receipt: str, note: str) -> ActAnswer:
        """Take a parked operation, or one that was never on its way, out of the queue."""

    def note_told(self) -> None:
        """The person has seen what became of what they sent; until then a sudden end tells it."""

    def start_report(self) -> StartReport | None:
        """What is to be told of how the last run ended, and of what was put right."""

    def dismiss_start_report(self, *, by_staff: bool) -> None:
        """Somebody has read it; what was put right is told until a member of staff has."""

    def line_status(self) -> LineStatus:
        """What the foot of the screen says now."""

    def watch_line(self, changed: Callable[[LineStatus], None]) -> None:
        """Call ``changed`` now, and from some thread whenever the status may have changed."""

    def try_now(self) -> None:
        """Wake the worker: somebody pressed "tentar agora"."""

    def close(self) -> None:
        """Stop every thread and close every file; nothing may be called afterwards."""
