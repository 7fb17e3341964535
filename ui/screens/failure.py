"""Says that something unforeseen went wrong here."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.widgets.notices import Notice
from ui.widgets.pages import Page


class FailureScreen(Page):
    """Calm words and a code; Voltar leads to where the person was, with everything still there."""

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "failure",
            translate("FailureScreen", "Algo deu errado neste equipamento"),
            translate("FailureScreen", "A falha não foi sua."),
        )
        self.notice = Notice(theme, "failureText")
        self.code = Label("", "heading", "failureCode")
        self.column.content.addWidget(self.notice)
        self.column.content.addWidget(self.code)
        self.order_tabs([])

    def show_code(self, code: str) -> None:
        """Say what can be done, and the code to tell on the phone."""
        translate = QCoreApplication.translate
        self.code.setText(translate("FailureScreen", "Código: {0}").replace("{0}", code))
        self.notice.show_text(
            "danger",
            translate(
                "FailureScreen",
                "Nada do que você digitou foi perdido: escolha “Voltar” e tente de novo. Se "
                "acontecer outra vez, procure o balcão ou ligue para 0800 888 9504 e diga o "
                "código abaixo.",
            ),
        )

    def first_focus(self) -> QWidget | None:
        """Return the way back."""
        return self.back
