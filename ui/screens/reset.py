"""Redefinição de senha."""

from PySide6.QtCore import QCoreApplication, Qt, Signal

from kiosk.domain.forms import Field, ResetForm
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.cpf_edits import CpfEdit
from ui.widgets.date_edits import DateEdit
from ui.widgets.form_fields import FormField
from ui.widgets.form_pages import FormPage
from ui.widgets.line_edits import LineEdit
from ui.widgets.password_fields import PasswordField
from ui.widgets.strength_meters import StrengthMeter
from ui.words.strengths import first_advice


class ResetScreen(FormPage):
    """Asks for card or e-mail, CPF, birth date and the new password twice.

    Signals:
        sign_in_wanted: Ir para o login.
    """

    sign_in_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "reset",
            translate("ResetScreen", "Redefinição de senha"),
            translate(
                "ResetScreen",
                "Preencha os campos para efetuar a redefinição da sua senha. Se você não possui "
                "CPF, procure o balcão ou ligue para a central.",
            ),
            submit=translate("ResetScreen", "Redefinir senha"),
            busy=translate("ResetScreen", "Enviando o pedido"),
        )
        self.card_or_email = LineEdit("resetCardOrEmail")
        self.card_or_email.setInputMethodHints(
            Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.cpf = CpfEdit("resetCpf")
        self.birth_date = DateEdit("resetBirthDate")
        self.meter = StrengthMeter(
            theme,
            "resetPasswordStrength",
            translate("ResetScreen", "Força da senha"),
            first_advice(),
        )
        self.password = PasswordField(
            theme,
            translate("ResetScreen", "Digite uma senha"),
            "",
            "resetPassword",
            self.meter,
        )
        self.confirmation = PasswordField(
            theme,
            translate("ResetScreen", "Confirme a senha"),
            translate("ResetScreen", "a mesma senha"),
            "resetConfirmation",
        )
        self.add_field(
            Field.CARD_OR_EMAIL,
            FormField(
                theme,
                translate("ResetScreen", "Número do cartão ou e-mail"),
                "",
                self.card_or_email,
            ),
        )
        self.add_field(
            Field.CPF,
            FormField(
                theme,
                translate("ResetScreen", "CPF"),
                translate("ResetScreen", "11 números"),
                self.cpf,
            ),
        )
        self.add_field(
            Field.BIRTH_DATE,
            FormField(
                theme,
                translate("ResetScreen", "Data de nascimento"),
                translate("ResetScreen", "dia, mês e ano"),
                self.birth_date,
            ),
        )
        self.add_field(Field.PASSWORD, self.password)
        self.add_field(Field.CONFIRMATION, self.confirmation)
        self.go_to_sign_in = Button(
            translate("ResetScreen", "Ir para o login"), "quiet", "resetGoToSignIn"
        )
        self.go_to_sign_in.clicked.connect(self.sign_in_wanted)
        self.add_link(self.go_to_sign_in)
        self.order_tabs(
            [
                self.card_or_email,
                self.cpf,
                self.birth_date,
                self.password.edit,
                self.password.toggle,
                self.confirmation.edit,
                self.confirmation.toggle,
                self.submit,
                self.cancel,
                self.go_to_sign_in,
            ]
        )

    def form(self) -> ResetForm:
        """Return what was typed."""
        return ResetForm(
            card_or_email=self.card_or_email.typed(),
            cpf=self.cpf.typed(),
            birth_date=self.birth_date.typed(),
            password=self.password.typed(),
            confirmation=self.confirmation.typed(),
        )

    def show_values(self, card_or_email: str, cpf: str, birth_date: str) -> None:
        """Fill in what the person has typed elsewhere."""
        self.card_or_email.setText(card_or_email)
        self.cpf.setText(cpf)
        self.birth_date.setText(birth_date)

    def show_password_hint(self, hint: str) -> None:
        """Say what a password must be before it is refused."""
        self.password.show_hint(hint)
