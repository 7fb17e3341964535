"""Which screen is shown, built when it is first needed or while nobody waits."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtGui import QGuiApplication

from kiosk.services.answers import Account
from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.flows.carried import Carried
from ui.flows.desks import Desk
from ui.flows.receipt_queries import ReceiptFlow
from ui.flows.registration import RegistrationFlow
from ui.flows.resetting import ResetFlow
from ui.flows.signing_in import SignInFlow
from ui.screens.account import AccountScreen
from ui.screens.failure import FailureScreen
from ui.screens.help import HelpScreen
from ui.screens.outcome import OutcomeScreen
from ui.screens.privacy import PrivacyScreen
from ui.screens.receipt_query import ReceiptScreen
from ui.screens.registration import RegistrationScreen
from ui.screens.reset import ResetScreen
from ui.screens.sign_in import SignInScreen
from ui.screens.start import StartScreen
from ui.widgets.pages import Page
from ui.window import Window
from ui.words.outcomes import Told
from ui.words.ways import Way, way_words

if TYPE_CHECKING:
    from ui.flows.queue import QueueFlow

P = TypeVar("P", bound=Page)


class Navigation:
    """Leads from journey to journey, as ``ui.flows.ways.Ways`` says.

    Args:
        start: The start screen, which is there before anything else.
        today: By which dates of birth are judged.
    """

    def __init__(
        self,
        window: Window,
        start: StartScreen,
        theme: Theme,
        desk: Desk,
        today: Callable[[], date],
    ) -> None:
        self._window = window
        self._start = start
        self._theme = theme
        self._desk = desk
        self._today = today
        self._built: list[Page] = []
        self._behind: list[Page] = []
        self._ways_on: tuple[Way, ...] = ()
        self._carried = Carried()
        self._came_from = Way.HELP
        self._account_card = ""
        self._line_watchers: list[Callable[[], None]] = []
        start.registration_wanted.connect(lambda: self.to_registration(Carried()))
        start.sign_in_wanted.connect(lambda: self.to_sign_in(Carried()))
        start.reset_wanted.connect(lambda: self.to_reset(Carried()))
        start.help_wanted.connect(self.to_help)
        start.privacy_wanted.connect(self.to_privacy)
        start.queue_wanted.connect(self.to_queue)

    def to_start(self) -> None:
        """Show the start screen; nothing of the person stays, nor at a kiosk what they copied."""
        self.forget()
        if self._theme.face == "kiosk":
            QGuiApplication.clipboard().clear()
        self._show(self._start)

    def to_registration(self, carried: Carried, notice: str = "") -> None:
        """Show Cadastro with what was typed elsewhere."""
        self.forget()
        self.registration.begin(carried, notice)
        self._show(self.registration.screen)

    def to_sign_in(self, carried: Carried) -> None:
        """Show Login with what was typed elsewhere."""
        self.forget()
        self.sign_in.begin(carried)
        self._show(self.sign_in.screen)

    def to_reset(self, carried: Carried, notice: str = "") -> None:
        """Show the reset with what was typed elsewhere."""
        self.forget()
        self.reset.begin(carried, notice)
        self._show(self.reset.screen)

    def to_help(self) -> None:
        """Show help, and come back from there."""
        self.help.show_contact(self._desk.portal_contact)
        self._lay_over(self.help)

    def to_privacy(self) -> None:
        """Show the privacy notice, and come back from there."""
        self._lay_over(self.privacy)

    def to_receipt(self) -> None:
        """Show Consultar recibo, and come back from there."""
        self.receipt.begin()
        self._lay_over(self.receipt.screen)

    def to_queue(self) -> None:
        """Show Fila de envio, and come back from there; only the desk leads here."""
        self.queue.begin()
        self._lay_over(self.queue.screen)

    def line_changed(self) -> None:
        """Let whoever shows something of the line look again."""
        for changed in self._line_watchers:
            changed()

    def to_failure(self, code: str) -> None:
        """Say that something unforeseen went wrong, and come back from there."""
        self.failure.show_code(code)
        if self._window.page is not self.failure:
            self._lay_over(self.failure)

    def to_account(self, account: Account) -> None:
        """Show Minha conta."""
        self.forget()
        self._account_card = account.card_number
        self.account.show_account(account)
        self._show(self.account)

    def to_outcome(self, context: str, told: Told, carried: Carried, came_from: Way) -> None:
        """Show what became of a submission."""
        self.forget()
        # Help has its button at the side already.
        self._ways_on = tuple(way for way in told.ways if way is not Way.HELP)
        self._carried, self._came_from = carried, came_from
        words = [way_words(way) for way in self._ways_on]
        self.outcome.show_outcome(told.mood.value, context, told.title, told.text, told.receipt)
        self.outcome.show_ways(words[0] if words else None, words[1] if len(words) > 1 else None)
        self._show(self.outcome)

    def go(self, way: Way, carried: Carried) -> None:
        """Follow a way on."""
        match way:
            case Way.SIGN_IN:
                self.to_sign_in(carried)
            case Way.REGISTER:
                self.to_registration(carried)
            case Way.RESET:
                self.to_reset(carried)
            case Way.CORRECT:
                self.go(self._came_from, carried)
            case Way.HELP:
                self.to_help()

    def forget(self) -> None:
        """Take everything of the person off every screen."""
        for page in self._built:
            page.wipe()
        self._behind = []
        self._ways_on = ()
        self._carried = Carried()
        self._account_card = ""

    def end_session(self) -> None:
        """Forget the person and begin again."""
        self.to_start()

    def build_ahead(self) -> Iterator[None]:
        """Build one screen at each step, in the order in which they are likely to be needed."""
        for build in (
            lambda: self._start.notice,
            lambda: self.registration,
            lambda: self.sign_in,
            lambda: self.reset,
            lambda: self.outcome,
            lambda: self.help,
            lambda: self.receipt,
            lambda: self.account,
            lambda: self.privacy,
            lambda: self.failure,
        ):
            build()
            yield
        if self._theme.face == "desk":
            _ = self.queue
            yield

    @cached_property
    def registration(self) -> RegistrationFlow:
        """Cadastro."""
        screen = self._keep(RegistrationScreen(self._theme))
        return RegistrationFlow(screen, self._desk, self, self._today)

    @cached_property
    def sign_in(self) -> SignInFlow:
        """Login."""
        return SignInFlow(self._keep(SignInScreen(self._theme)), self._desk, self)

    @cached_property
    def reset(self) -> ResetFlow:
        """Esqueci minha senha."""
        return ResetFlow(self._keep(ResetScreen(self._theme)), self._desk, self, self._today)

    @cached_property
    def receipt(self) -> ReceiptFlow:
        """Consultar recibo."""
        screen = self._keep(ReceiptScreen(self._theme))
        return ReceiptFlow(screen, self._desk, self, self._today, self._go_back)

    @cached_property
    def queue(self) -> "QueueFlow":
        """Fila de envio."""
        # A kiosk has nothing of it, not even its modules.
        from ui.flows.queue import QueueFlow
        from ui.screens.queue import QueueScreen

        screen = self._keep(QueueScreen(self._theme))
        flow = QueueFlow(screen, self._desk, self.to_help, self._go_back)
        self._line_watchers.append(flow.line_changed)
        return flow

    @cached_property
    def help(self) -> HelpScreen:
        """Preciso de ajuda."""
        screen = self._keep(HelpScreen(self._theme))
        screen.receipt_wanted.connect(self.to_receipt)
        screen.privacy_wanted.connect(self.to_privacy)
        screen.back_wanted.connect(self._go_back)
        return screen

    @cached_property
    def privacy(self) -> PrivacyScreen:
        """Aviso de privacidade."""
        screen = self._keep(PrivacyScreen(self._theme))
        screen.back_wanted.connect(self._go_back)
        screen.help_wanted.connect(self.to_help)
        return screen

    @cached_property
    def failure(self) -> FailureScreen:
        """Algo deu errado."""
        screen = self._keep(FailureScreen(self._theme))
        screen.back_wanted.connect(self._go_back)
        screen.help_wanted.connect(self.to_help)
        return screen

    @cached_property
    def account(self) -> AccountScreen:
        """Minha conta."""
        screen = self._keep(AccountScreen(self._theme))
        screen.end_wanted.connect(self.end_session)
        screen.help_wanted.connect(self.to_help)
        screen.change_password_wanted.connect(self._change_password)
        return screen

    @cached_property
    def outcome(self) -> OutcomeScreen:
        """What became of a submission."""
        screen = self._keep(OutcomeScreen(self._theme))
        screen.done_wanted.connect(self.to_start)
        screen.help_wanted.connect(self.to_help)
        screen.next_wanted.connect(lambda: self._follow(0))
        screen.other_wanted.connect(lambda: self._follow(1))
        return screen

    def _show(self, page: Page) -> None:
        self._window.show_page(page)
        announce(page, page.accessibleName())

    def _follow(self, place: int) -> None:
        if place < len(self._ways_on):
            self.go(self._ways_on[place], self._carried)

    def _change_password(self) -> None:
        card = self._account_card
        self.to_reset(Carried(card=card, identifier=card))

    def _lay_over(self, page: Page) -> None:
        """Show a page over another, to which Voltar leads; the same page twice is shown once."""
        if page in self._behind:
            del self._behind[self._behind.index(page) :]
        elif self._window.page is not None:
            self._behind.append(self._window.page)
        self._show(page)

    def _go_back(self) -> None:
        if not self._behind:
            self.to_start()
            return
        page = self._behind.pop()
        if page is self._start:
            self.to_start()
        else:
            self._show(page)

    def _keep(self, page: P) -> P:
        self._built.append(page)
        self._window.add(page)
        return page
