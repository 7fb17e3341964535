"""What Cadastro and the reset have in common: from a form as typed to a told outcome."""

from collections.abc import Callable
from datetime import date
from threading import Event
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QTimer

from kiosk.domain.forms import (
    Field,
    NewCredential,
    Problems,
    RegistrationForm,
    ResetForm,
    Rules,
    typed_own_data,
)
from kiosk.domain.operations import OperationKind, Reason
from kiosk.services.answers import (
    Cancelled,
    CodeRefused,
    Decided,
    Held,
    Invalid,
    Mismatched,
    NeedsLine,
    NoKey,
    NoRoom,
    Submission,
    Waiting,
)
from kiosk.services.front_desk import FrontDesk
from ui.flows.carried import Carried
from ui.flows.desks import Desk
from ui.flows.requests import Requests
from ui.flows.strengths import StrengthWatch
from ui.flows.ways import Ways
from ui.widgets.form_pages import FormPage
from ui.widgets.strength_meters import StrengthMeter
from ui.words.outcomes import (
    code_needs_line_words,
    code_refused_words,
    decided_words,
    no_key_words,
    no_room_words,
    refused_words,
    waiting_words,
)
from ui.words.problems import all_words, problem_words
from ui.words.ways import Way

F = TypeVar("F", bound=RegistrationForm | ResetForm)
_PAINTED_AFTER_MS = 250


class SubmissionFlow(Generic[F]):
    """Checks a form, sends it, and tells what became of it.

    Args:
        page: The form.
        meter: Tells how strong its password is.
        take: Reads the form's fields as typed.
        read: The domain's reading of it.
        submit: The service that does it.
        carry: What goes along to other forms.
        kind: What is asked of the registry.
        way: The way that leads to this form.
    """

    def __init__(
        self,
        page: FormPage,
        meter: StrengthMeter,
        desk: Desk,
        ways: Ways,
        today: Callable[[], date],
        *,
        take: Callable[[], F],
        read: Callable[[F, Rules, date], NewCredential | Problems],
        submit: Callable[[FrontDesk, F, Event], Submission],
        carry: Callable[[F], Carried],
        kind: OperationKind,
        way: Way,
    ) -> None:
        self._page = page
        self._desk = desk
        self._ways = ways
        self._today = today
        self._take = take
        self._read = read
        self._submit = submit
        self._carry = carry
        self._kind = kind
        self._way = way
        self._requests = Requests(desk, page, ways.to_start)
        self._watch = StrengthWatch(
            page, meter, desk, lambda: typed_own_data(take(), desk.rules, today())
        )
        self._told = QTimer(page)
        self._told.setSingleShot(True)
        self._told.setInterval(_PAINTED_AFTER_MS)
        self._told.timeout.connect(self._note_told)
        page.submitted.connect(self.submit)
        page.left.connect(self.check)
        page.help_wanted.connect(self._go_to_help)

    def check(self, field: Field) -> None:
        """Check the field that was left, and the confirmation when its password has changed."""
        problems = self._problems(self._take())
        self._show(field, problems)
        confirmation = self._page.fields[Field.CONFIRMATION]
        if field is Field.PASSWORD and confirmation.edit.text():
            self._show(Field.CONFIRMATION, problems)

    def submit(self) -> None:
        """Check everything, and send it where nothing is wrong."""
        form = self._take()
        problems = self._problems(form)
        if problems:
            self._show_all(problems)
            return
        self._requests.send(
            lambda front_desk, cancelled: self._submit(front_desk, form, cancelled),
            lambda answer: self._tell(form, answer),
        )

    def _problems(self, form: F) -> Problems:
        read = self._read(form, self._desk.rules, self._today())
        return {} if isinstance(read, NewCredential) else read

    def _show(self, field: Field, problems: Problems) -> None:
        problem = problems.get(field)
        words = ""
        if problem is not None:
            words = problem_words(field, problem, self._desk.rules, may_lack_cpf=self._may_lack_cpf)
        self._page.show_problem(field, words)

    def _show_all(self, problems: Problems) -> None:
        self._page.show_problems(
            all_words(problems, self._desk.rules, may_lack_cpf=self._may_lack_cpf)
        )

    @property
    def _may_lack_cpf(self) -> bool:
        return self._kind is OperationKind.REGISTER

    def _tell(self, form: F, answer: Submission) -> None:
        self._show_answer(form, answer)
        # Not before it is painted: should the program end now, the next start has to tell it.
        self._told.start()

    def _note_told(self) -> None:
        if not self._desk.is_ending:
            self._desk.ask(lambda front_desk: front_desk.note_told())

    def _show_answer(self, form: F, answer: Submission) -> None:
        match answer:
            case Invalid() | Cancelled() | NoRoom() | NoKey() | CodeRefused() | NeedsLine() if (
                self._requests.is_leaving
            ):
                self._ways.to_start()
            case Invalid(problems):
                self._show_all(problems)
            case Cancelled():
                self._page.show_notice(
                    "info",
                    QCoreApplication.translate("submissions", "Cancelado. Nada foi enviado."),
                )
            case NoRoom():
                self._page.show_notice("danger", no_room_words())
            case Held() | Mismatched():
                # In the words of a mismatch, which came before: whose failures these were, nobody
                # is told.
                told = refused_words(Reason.THROTTLED, None)
                self._ways.to_outcome(self._page.title.text(), told, self._carry(form), self._way)
            case NoKey():
                self._page.show_notice("danger", no_key_words())
            case CodeRefused(fault):
                self._page.show_notice("danger", code_refused_words(fault))
            case NeedsLine():
                self._page.show_notice("danger", code_needs_line_words())
            case Waiting():
                told = waiting_words(self._kind, answer)
                self._ways.to_outcome(self._page.title.text(), told, self._carry(form), self._way)
            case Decided():
                told = decided_words(self._kind, answer)
                self._ways.to_outcome(self._page.title.text(), told, self._carry(form), self._way)

    def _go_to_help(self) -> None:
        self._page.wipe_passwords()
        self._ways.to_help()


def password_hint(rules: Rules) -> str:
    """Return what a password must be, before anybody is refused."""
    words = QCoreApplication.translate("submissions", "pelo menos {0} caracteres")
    return words.replace("{0}", str(rules.min_password_length))
