"""Login."""

from PySide6.QtCore import QCoreApplication, Qt, Signal

from kiosk.domain.forms import Field, SignInForm
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.form_fields import FormField
from ui.widgets.form_pages import FormPage
from ui.widgets.line_edits import LineEdit
from ui.widgets.password_fields import PasswordField


class SignInScreen(FormPage):
    """Asks for one of card, CPF and e-mail, and the password.

    Signals:
        reset_wanted: Esqueci minha senha.
        registration_wanted: Cadastro.
    """

    reset_wanted = Signal()
    registration_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "signIn",
            translate("SignInScreen", "Login"),
            translate("SignInScreen", "Digite seus dados para entrar na sua conta."),
            submit=translate("SignInScreen", "Entrar"),
            busy=translate("SignInScreen", "Entrando"),
        )
        self.identifier = LineEdit("signInIdentifier")
        self.identifier.setInputMethodHints(
            Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.password = PasswordField(
            theme, translate("SignInScreen", "Senha"), "", "signInPassword"
        )
        self.add_field(
            Field.IDENTIFIER,
            FormField(
                theme,
                translate("SignInScreen", "Cartão beneficiário, CPF ou e-mail"),
                "",
                self.identifier,
            ),
        )
        self.add_field(Field.PASSWORD, self.password)
        self.go_to_reset = Button(
            translate("SignInScreen", "Esqueci minha senha"), "quiet", "signInGoToReset"
        )
        self.go_to_reset.clicked.connect(self.reset_wanted)
        self.go_to_registration = Button(
            translate("SignInScreen", "Cadastro"), "quiet", "signInGoToRegistration"
        )
        self.go_to_registration.clicked.connect(self.registration_wanted)
        self.add_link(self.go_to_reset)
        self.add_link(self.go_to_registration)
        self.order_tabs(
            [
                self.identifier,
                self.password.edit,
                self.password.toggle,
                self.submit,
                self.cancel,
                self.go_to_reset,
                self.go_to_registration,
            ]
        )

    def form(self) -> SignInForm:
        """Return what was typed."""
        return SignInForm(identifier=self.identifier.typed(), password=self.password.typed())

    def show_values(self, identifier: str) -> None:
        """Fill in what the person has typed elsewhere."""
        self.identifier.setText(identifier)

    def show_no_match(self, words: str) -> None:
        """Say that the data do not match, and let the password be typed again."""
        self.password.wipe()
        self.show_notice("warning", words)
        self.password.edit.setFocus(Qt.FocusReason.OtherFocusReason)
