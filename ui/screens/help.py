"""Preciso de ajuda."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.labels import HELP_PHONE, Label
from ui.widgets.pages import Page


class HelpScreen(Page):
    """The phone, the Portal's Fale Conosco, and Consultar recibo.

    Signals:
        receipt_wanted: Consultar recibo.
        privacy_wanted: Aviso de privacidade.
    """

    receipt_wanted = Signal()
    privacy_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "help",
            translate("HelpScreen", "Preciso de ajuda"),
            translate("HelpScreen", "Veja como falar com o plano."),
            has_help=False,
        )
        self.phone = Label(HELP_PHONE, "phone", "helpPhone", wraps=False)
        self.contact = Label("", "text", "helpContact")
        self.contact_panel = self._panel(
            translate("HelpScreen", "Fale Conosco no Portal"), self.contact
        )
        self.contact_panel.hide()
        content = self.column.content
        content.addWidget(
            self._panel(
                translate("HelpScreen", "Central de atendimento, 24 horas"),
                self.phone,
                Label(
                    translate(
                        "HelpScreen",
                        "Ligue para saber o número do seu cartão, para saber se há um e-mail no "
                        "seu registro, ou para registrar um.",
                    ),
                    "text",
                ),
            )
        )
        content.addWidget(self.contact_panel)
        self.receipt = Button(
            translate("HelpScreen", "Consultar recibo"), "secondary", "helpReceiptQuery"
        )
        self.receipt.clicked.connect(self.receipt_wanted)
        self.receipt_panel = self._panel(
            translate("HelpScreen", "Já fez um pedido e tem um recibo?"), self.receipt
        )
        content.addWidget(self.receipt_panel)
        self.privacy = Button(
            translate("HelpScreen", "Aviso de privacidade"), "secondary", "helpPrivacy"
        )
        self.privacy.clicked.connect(self.privacy_wanted)
        self.buttons.addWidget(self.privacy)
        self.buttons.addStretch()
        self.order_tabs([self.receipt, self.privacy])

    def show_contact(self, address: str) -> None:
        """Show where the Portal's Fale Conosco is."""
        self.contact.setText(address)
        self.contact_panel.setVisible(bool(address))

    def _panel(self, heading: str, *widgets: QWidget) -> QFrame:
        panel = QFrame()
        panel.setProperty("role", "panel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(24, 18, 24, 20)
        column.setSpacing(8)
        column.addWidget(Label(heading, "label"))
        for widget in widgets:
            if isinstance(widget, Button):
                column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignLeft)
            else:
                column.addWidget(widget)
        return panel
