"""Login."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.forms import Field, SignInAttempt, SignInForm, read_sign_in
from kiosk.domain.sign_in import SignInResult
from kiosk.services.answers import Cancelled, Invalid, NeedsLine, Refused, SignedIn, SignInAnswer
from ui.flows.carried import Carried, from_identifier
from ui.flows.desks import Desk
from ui.flows.requests import Requests
from ui.flows.ways import Ways
from ui.screens.sign_in import SignInScreen
from ui.words.outcomes import Mood, Told
from ui.words.problems import all_words, problem_words
from ui.words.sign_ins import needs_line_words, refusal_words
from ui.words.ways import Way


class SignInFlow:
    """Drives the screen of Login."""

    def __init__(self, screen: SignInScreen, desk: Desk, ways: Ways) -> None:
        self.screen = screen
        self._desk = desk
        self._ways = ways
        self._requests = Requests(desk, screen, ways.to_start)
        screen.submitted.connect(self.submit)
        screen.left.connect(self.check)
        screen.help_wanted.connect(self._go_to_help)
        screen.reset_wanted.connect(lambda: ways.to_reset(self._carried()))
        screen.registration_wanted.connect(lambda: ways.to_registration(self._carried()))

    def begin(self, carried: Carried) -> None:
        """Fill the form with what was typed elsewhere."""
        self.screen.wipe()
        self.screen.show_values(carried.identifier or carried.card or carried.email or carried.cpf)

    def check(self, field: Field) -> None:
        """Check the field that was left."""
        rules = self._desk.rules
        read = read_sign_in(self.screen.form(), rules)
        problem = None if isinstance(read, SignInAttempt) else read.get(field)
        words = "" if problem is None else problem_words(field, problem, rules)
        self.screen.show_problem(field, words)

    def submit(self) -> None:
        """Check both fields, and send them where nothing is wrong."""
        form = self.screen.form()
        rules = self._desk.rules
        read = read_sign_in(form, rules)
        if not isinstance(read, SignInAttempt):
            self.screen.show_problems(all_words(read, rules))
            return
        self._requests.send(
            lambda front_desk, cancelled: front_desk.sign_in(form, cancelled),
            lambda answer: self._tell(form, answer),
        )

    def _tell(self, form: SignInForm, answer: SignInAnswer) -> None:
        if self._requests.is_leaving:
            self._ways.to_start()
            return
        match answer:
            case Invalid(problems):
                self.screen.show_problems(all_words(problems, self._desk.rules))
            case Cancelled():
                self.screen.show_notice(
                    "info",
                    QCoreApplication.translate("signing_in", "Cancelado. Você não entrou."),
                )
            case SignedIn(account):
                self._ways.to_account(account)
            case NeedsLine():
                self.screen.show_notice("warning", needs_line_words())
            case Refused(result):
                self._tell_refused(form, result)

    def _tell_refused(self, form: SignInForm, result: SignInResult) -> None:
        carried = from_identifier(form.identifier, self._desk.rules)
        words = refusal_words(result)
        match result:
            case SignInResult.MUST_RESET:
                self._ways.to_reset(carried, words)
            case SignInResult.MUST_REGISTER:
                self._ways.to_registration(carried, words)
            case SignInResult.NOT_COVERED:
                title = QCoreApplication.translate("signing_in", "Este cartão está cancelado")
                told = Told(Mood.REFUSED, title, words, (Way.HELP,))
                self._ways.to_outcome(self.screen.title.text(), told, carried, Way.SIGN_IN)
            case _:
                self.screen.show_no_match(words)

    def _carried(self) -> Carried:
        return from_identifier(self.screen.form().identifier, self._desk.rules)

    def _go_to_help(self) -> None:
        self.screen.wipe_passwords()
        self._ways.to_help()
