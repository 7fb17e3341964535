"""Aviso de privacidade."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.widgets.pages import Page


class PrivacyScreen(Page):
    """What is done with what a person types, in plain words."""

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "privacy",
            translate("PrivacyScreen", "Aviso de privacidade"),
            translate("PrivacyScreen", "O que fazemos com o que você digita aqui."),
        )
        for heading, text in (
            (
                translate("PrivacyScreen", "Para que servem seus dados"),
                translate(
                    "PrivacyScreen",
                    "O número do cartão, o CPF, a data de nascimento e o e-mail servem só para "
                    "encontrar você no registro do plano e cuidar da sua conta.",
                ),
            ),
            (
                translate("PrivacyScreen", "Sua senha"),
                translate(
                    "PrivacyScreen",
                    "Ninguém do plano vê a sua senha, e ela não fica guardada neste equipamento. "
                    "Guardamos só um código feito a partir dela.",
                ),
            ),
            (
                translate("PrivacyScreen", "Sem linha"),
                translate(
                    "PrivacyScreen",
                    "Quando a linha está fora, o seu pedido fica guardado neste equipamento até "
                    "chegar ao cadastro central.",
                ),
            ),
            (
                translate("PrivacyScreen", "Ao terminar"),
                translate(
                    "PrivacyScreen",
                    "Quando você encerra, seus dados saem da tela. Para corrigir ou apagar dados, "
                    "ligue para 0800 888 9504 ou use o Fale Conosco do Portal.",
                ),
            ),
        ):
            pair = QVBoxLayout()
            pair.setContentsMargins(0, 0, 0, 12)
            pair.setSpacing(6)
            pair.addWidget(Label(heading, "heading"))
            pair.addWidget(Label(text, "text"))
            self.column.content.addLayout(pair)
        self.order_tabs([])
