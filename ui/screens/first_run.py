"""The first step of making a machine a device: where the registry is, and the code."""

from PySide6.QtCore import QCoreApplication, Qt

from kiosk.domain.enrolment_forms import EnrolmentForm
from kiosk.domain.forms import Field
from ui.base.theme import Theme
from ui.widgets.enrolment_code_edits import EnrolmentCodeEdit
from ui.widgets.form_fields import FormField
from ui.widgets.form_pages import FormPage
from ui.widgets.line_edits import LineEdit


class FirstRunScreen(FormPage):
    """Asks for address and code, typed or scanned, and for the authority of the site."""

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "firstRun",
            translate("FirstRunScreen", "Inscrever esta máquina"),
            translate(
                "FirstRunScreen",
                "Passo 1 de 3, para o técnico. Leia o QR no campo do endereço, ou digite o que "
                "recebeu de quem administra o cadastro central.",
            ),
            submit=translate("FirstRunScreen", "Continuar"),
            busy=translate("FirstRunScreen", "Procurando"),
        )
        if self.back is not None:
            self.back.say(translate("FirstRunScreen", "Sair"))
        self.address = LineEdit("firstRunAddress")
        self.address.setInputMethodHints(
            Qt.InputMethodHint.ImhUrlCharactersOnly
            | Qt.InputMethodHint.ImhNoAutoUppercase
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.code = EnrolmentCodeEdit("firstRunCode")
        self.authority = LineEdit("firstRunAuthority")
        self.authority.setInputMethodHints(
            Qt.InputMethodHint.ImhNoAutoUppercase | Qt.InputMethodHint.ImhNoPredictiveText
        )
        for key, label, hint, edit in (
            (
                Field.ADDRESS,
                translate("FirstRunScreen", "Endereço do cadastro central"),
                translate("FirstRunScreen", "https://…"),
                self.address,
            ),
            (
                Field.ENROLMENT_CODE,
                translate("FirstRunScreen", "Código de inscrição"),
                translate("FirstRunScreen", "sete grupos de quatro letras e números"),
                self.code,
            ),
            (
                Field.AUTHORITY,
                translate("FirstRunScreen", "Arquivo da autoridade do local"),
                translate("FirstRunScreen", "opcional: caminho do arquivo PEM"),
                self.authority,
            ),
        ):
            self.add_field(key, FormField(theme, label, hint, edit))
        self.order_tabs([self.address, self.code, self.authority, self.submit, self.cancel])

    def form(self) -> EnrolmentForm:
        """Return what was typed."""
        return EnrolmentForm(
            address=self.address.typed(),
            code=self.code.typed(),
            authority=self.authority.typed(),
        )

    def _after(self, key: Field) -> FormField | None:
        # The file of an authority is rarely wanted, and no scanner's: a scanned code is the end.
        following = super()._after(key)
        return None if following is self.fields[Field.AUTHORITY] else following
