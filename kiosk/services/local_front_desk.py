"""The services of one running device behind the one door the screens know."""

from collections.abc import Callable
from datetime import date
from threading import Event, Lock

from kiosk.clocks import local_time
from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, Rules, SignInForm
from kiosk.domain.gates import Gate
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import Strength
from kiosk.services import gates, queues, receipt_queries, sign_ins, submissions
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
from kiosk.services.starts import mark_restorations_read, report_of_start
from kiosk.services.strengths import measure_strength
from kiosk.services.submissions import Brought
from kiosk.services.tools import Tools
from kiosk.store.hands import LeftInHand
from kiosk.store.restore_reports import unread_reports
from kiosk.sync.registries import NotAuthorised


class LocalFrontDesk:
    """Serves from this machine's store and worker.

    Args:
        tools: What it works with.
        portal_contact: Address of the Portal's Fale Conosco.
        left: What the last run left in hand; None where it ended by itself.
        on_close: Ends threads and files, once.
    """

    def __init__(
        self,
        tools: Tools,
        portal_contact: str,
        left: tuple[LeftInHand, ...] | None,
        on_close: Callable[[], None],
    ) -> None:
        self._left = left
        self._tools = tools
        self._portal_contact = portal_contact
        self._on_close = on_close
        self._telling = Lock()
        self._was_restored = bool(unread_reports(tools.outbox.engine))

    @property
    def rules(self) -> Rules:
        """The settings by which the forms are read."""
        return self._tools.rules

    @property
    def portal_contact(self) -> str:
        """Address of the Portal's Fale Conosco."""
        return self._portal_contact

    def today(self) -> date:
        """The day by which dates of birth are judged."""
        return self._tools.clock.today()

    def gate_of(self) -> Gate:
        """What Cadastro and the reset ask for here."""
        return gates.gate_of(self._tools)

    def register(
        self,
        form: RegistrationForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        """Cadastro."""
        brought = Brought(release_code, email_code)
        return submissions.register(self._tools, form, cancelled, brought)

    def reset_password(
        self,
        form: ResetForm,
        cancelled: Event,
        *,
        release_code: str | None = None,
        email_code: str | None = None,
    ) -> Submission:
        """Esqueci minha senha."""
        brought = Brought(release_code, email_code)
        return submissions.reset_password(self._tools, form, cancelled, brought)

    def request_email_code(
        self, form: RegistrationForm | ResetForm, cancelled: Event
    ) -> EmailCodeAnswer:
        """Have a code sent to the address on file."""
        return gates.request_email_code(self._tools, form, cancelled)

    def kiosks_here(self) -> tuple[KioskHere, ...]:
        """The kiosks of this desk's site that ask for release codes."""
        return gates.kiosks_here(self._tools)

    def give_release_code(self, form: ReleaseForm) -> ReleaseAnswer:
        """Give a code to type at a kiosk."""
        return gates.give_release_code(self._tools, form)

    def sign_in(self, form: SignInForm, cancelled: Event) -> SignInAnswer:
        """Login."""
        return sign_ins.sign_in(self._tools, form, cancelled)

    def password_strength(self, password: str, own: OwnData) -> Strength:
        """How well a new password withstands guessing."""
        return measure_strength(password, own, self._tools.rules)

    def query_receipt(self, query: ReceiptQuery) -> ReceiptAnswer:
        """Consultar recibo."""
        return receipt_queries.query_receipt(self._tools, query)

    def queue_page(self, after: int | None, *, parked: bool) -> QueuePage:
        """A page of what is unanswered."""
        return queues.queue_page(self._tools, after, parked=parked)

    def ledger_page(self, before: int | None) -> LedgerPage:
        """A page of what was decided."""
        return queues.ledger_page(self._tools, before)

    def find_in_queue(self, typed: str) -> QueueEntry | LedgerEntry | None:
        """What stands under a receipt of this machine."""
        return queues.find_in_queue(self._tools, typed)

    def send_again(self, receipt: str) -> ActAnswer:
        """Send a parked wish again."""
        return queues.send_again(self._tools, receipt)

    def hand_over(self, receipt: str, note: str) -> ActAnswer:
        """Hand a parked operation to a supervisor."""
        return queues.hand_over(self._tools, receipt, note)

    def withdraw(self, receipt: str, note: str) -> ActAnswer:
        """Take an operation out of the queue."""
        return queues.withdraw(self._tools, receipt, note)

    def note_told(self) -> None:
        """The person has seen what became of what they sent."""
        self._tools.hands.let_go()

    def start_report(self) -> StartReport | None:
        """What is to be told of how the last run ended."""
        return report_of_start(self._tools, self._left)

    def dismiss_start_report(self, *, by_staff: bool) -> None:
        """Somebody has read it."""
        left, self._left = self._left, None
        self._tools.hands.forget(left or ())
        if by_staff:
            mark_restorations_read(self._tools)
            self._was_restored = False
            self._tools.worker.tell()

    def line_status(self) -> LineStatus:
        """What the foot of the screen says now."""
        line = self._tools.worker.line()
        counts = self._tools.outbox.counts()
        error = self._tools.clock.error()
        since = line.offline_since_ms if error is None else None
        return LineStatus(
            is_online=line.is_online,
            offline_since=None if since is None else local_time(since),
            waiting=counts.waiting,
            parked=counts.parked,
            disk=self._tools.disk.state(),
            was_restored=self._was_restored,
            clock_error=error,
            needs_restart=self._tools.suspicion.is_raised(),
            is_refused=line.cause == NotAuthorised.cause,
            is_registry_strange=self._tools.keys.is_refusing(),
        )

    def watch_line(self, changed: Callable[[LineStatus], None]) -> None:
        """Call ``changed`` now, and from the worker's thread after every exchange."""

        def tell() -> None:
            # One at a time, so that an older status never comes after a newer.
            with self._telling:
                changed(self.line_status())

        self._tools.worker.watch(tell)
        # The first exchange may have ended before anybody watched.
        tell()

    def try_now(self) -> None:
        """Wake the worker."""
        self._tools.worker.hurry()

    def close(self) -> None:
        """Stop the worker and close the store."""
        self._on_close()
