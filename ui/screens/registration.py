"""Cadastro."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox

from kiosk.domain.forms import Field, RegistrationForm
from ui.base.theme import Theme
from ui.widgets.cpf_edits import CpfEdit
from ui.widgets.date_edits import DateEdit
from ui.widgets.form_fields import FormField
from ui.widgets.form_pages import FormPage
from ui.widgets.line_edits import LineEdit
from ui.widgets.password_fields import PasswordField
from ui.widgets.strength_meters import StrengthMeter
from ui.words.strengths import first_advice


class RegistrationScreen(FormPage):
    """Asks for card, CPF or none, birth date and a password twice."""

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "registration",
            translate("RegistrationScreen", "Cadastro"),
            translate(
                "RegistrationScreen",
                "Preencha os campos para efetuar o cadastro. Se não sabe o número do cartão, "
                "ligue para a central.",
            ),
            submit=translate("RegistrationScreen", "Cadastrar"),
            busy=translate("RegistrationScreen", "Enviando o cadastro"),
        )
        self.card = LineEdit("registrationCard")
        self.card.setInputMethodHints(
            Qt.InputMethodHint.ImhPreferNumbers | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.cpf = CpfEdit("registrationCpf")
        self.no_cpf = QCheckBox(translate("RegistrationScreen", "Não possui CPF"))
        self.no_cpf.setObjectName("registrationNoCpf")
        self.no_cpf.setAccessibleName(self.no_cpf.text())
        self.no_cpf.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.no_cpf.toggled.connect(self._toggle_cpf)
        self.birth_date = DateEdit("registrationBirthDate")
        self.meter = StrengthMeter(
            theme,
            "registrationPasswordStrength",
            translate("RegistrationScreen", "Força da senha"),
            first_advice(),
        )
        self.password = PasswordField(
            theme,
            translate("RegistrationScreen", "Digite uma senha"),
            "",
            "registrationPassword",
            self.meter,
        )
        self.confirmation = PasswordField(
            theme,
            translate("RegistrationScreen", "Confirme a senha"),
            translate("RegistrationScreen", "a mesma senha"),
            "registrationConfirmation",
        )
        # Both edits end where those of the passwords do.
        self.no_cpf.setMinimumWidth(self.password.toggle.minimumWidth())
        self.add_field(
            Field.CARD,
            FormField(
                theme,
                translate("RegistrationScreen", "Número do cartão"),
                translate("RegistrationScreen", "como na carteirinha"),
                self.card,
            ),
        )
        self.add_field(
            Field.CPF,
            FormField(
                theme,
                translate("RegistrationScreen", "CPF"),
                translate("RegistrationScreen", "11 números"),
                self.cpf,
                beside=self.no_cpf,
            ),
        )
        self.add_field(
            Field.BIRTH_DATE,
            FormField(
                theme,
                translate("RegistrationScreen", "Data de nascimento"),
                translate("RegistrationScreen", "dia, mês e ano"),
                self.birth_date,
            ),
        )
        self.add_field(Field.PASSWORD, self.password)
        self.add_field(Field.CONFIRMATION, self.confirmation)
        self.order_tabs(
            [
                self.card,
                self.cpf,
                self.no_cpf,
                self.birth_date,
                self.password.edit,
                self.password.toggle,
                self.confirmation.edit,
                self.confirmation.toggle,
                self.submit,
                self.cancel,
            ]
        )

    def form(self) -> RegistrationForm:
        """Return what was typed."""
        return RegistrationForm(
            card=self.card.typed(),
            cpf=self.cpf.typed(),
            has_no_cpf=self.no_cpf.isChecked(),
            birth_date=self.birth_date.typed(),
            password=self.password.typed(),
            confirmation=self.confirmation.typed(),
        )

    def show_values(self, card: str, cpf: str, birth_date: str, *, has_no_cpf: bool) -> None:
        """Fill in what the person has typed elsewhere."""
        self.no_cpf.setChecked(has_no_cpf)
        self.card.setText(card)
        self.cpf.setText(cpf)
        self.birth_date.setText(birth_date)

    def show_password_hint(self, hint: str) -> None:
        """Say what a password must be before it is refused."""
        self.password.show_hint(hint)

    def wipe(self) -> None:
        """Forget everything that was typed or said."""
        self.no_cpf.setChecked(False)
        super().wipe()

    def _toggle_cpf(self, has_none: bool) -> None:
        if has_none:
            self.fields[Field.CPF].wipe()
        self.cpf.setEnabled(not has_none)
        if not has_none and self.no_cpf.hasFocus():
            self.cpf.setFocus(Qt.FocusReason.OtherFocusReason)
