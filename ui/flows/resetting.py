"""Redefinição de senha, from the empty form to its outcome."""

from collections.abc import Callable
from datetime import date

from kiosk.domain.forms import ResetForm, read_reset
from kiosk.domain.operations import OperationKind
from ui.flows.carried import Carried, from_reset
from ui.flows.desks import Desk
from ui.flows.submissions import SubmissionFlow, password_hint
from ui.flows.ways import Ways
from ui.screens.reset import ResetScreen
from ui.words.ways import Way


class ResetFlow:
    """Drives the screen of the reset."""

    def __init__(
        self, screen: ResetScreen, desk: Desk, ways: Ways, today: Callable[[], date]
    ) -> None:
        self.screen = screen
        self._desk = desk
        self._submission: SubmissionFlow[ResetForm] = SubmissionFlow(
            screen,
            screen.meter,
            desk,
            ways,
            today,
            take=screen.form,
            read=read_reset,
            submit=lambda front_desk, form, cancelled: front_desk.reset_password(form, cancelled),
            carry=from_reset,
            kind=OperationKind.RESET,
            way=Way.RESET,
        )
        screen.sign_in_wanted.connect(lambda: ways.to_sign_in(from_reset(screen.form())))

    def begin(self, carried: Carried, notice: str) -> None:
        """Fill the form with what was typed elsewhere."""
        self.screen.wipe()
        self.screen.show_password_hint(password_hint(self._desk.rules))
        self.screen.show_values(carried.card or carried.email, carried.cpf, carried.birth_date)
        if notice:
            self.screen.show_notice("info", notice)
