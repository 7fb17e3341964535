"""Cadastro, from the empty form to its outcome."""

from collections.abc import Callable
from datetime import date

from kiosk.domain.forms import RegistrationForm, read_registration
from kiosk.domain.operations import OperationKind
from ui.flows.carried import Carried, from_registration
from ui.flows.desks import Desk
from ui.flows.submissions import SubmissionFlow, password_hint
from ui.flows.ways import Ways
from ui.screens.registration import RegistrationScreen
from ui.words.ways import Way


class RegistrationFlow:
    """Drives the screen of Cadastro."""

    def __init__(
        self, screen: RegistrationScreen, desk: Desk, ways: Ways, today: Callable[[], date]
    ) -> None:
        self.screen = screen
        self._desk = desk
        self._submission: SubmissionFlow[RegistrationForm] = SubmissionFlow(
            screen,
            screen.meter,
            desk,
            ways,
            today,
            take=screen.form,
            read=read_registration,
            submit=lambda front_desk, form, cancelled: front_desk.register(form, cancelled),
            carry=from_registration,
            kind=OperationKind.REGISTER,
            way=Way.REGISTER,
        )

    def begin(self, carried: Carried, notice: str) -> None:
        """Fill the form with what was typed elsewhere."""
        self.screen.wipe()
        self.screen.show_password_hint(password_hint(self._desk.rules))
        self.screen.show_values(
            carried.card, carried.cpf, carried.birth_date, has_no_cpf=carried.has_no_cpf
        )
        if notice:
            self.screen.show_notice("info", notice)
