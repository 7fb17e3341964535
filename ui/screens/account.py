"""Minha conta."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.services.answers import Account
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.health_cards import HealthCard
from ui.widgets.labels import Label
from ui.widgets.pages import Page


class AccountScreen(Page):
    """Name, digital card, what opens the account, and the end of the session.

    Signals:
        change_password_wanted: Trocar a senha.
        end_wanted: Encerrar, or Esc.
    """

    change_password_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "account",
            translate("AccountScreen", "Minha conta"),
            translate("AccountScreen", "Você entrou. Ao terminar, escolha “Encerrar”."),
            has_back=False,
        )
        self.card = HealthCard()
        self.ways_in = Label("", "text", "accountWaysIn")
        self.email = Label("", "text", "accountEmail")
        content = self.column.content
        content.addWidget(self.card)
        for heading, label in (
            (translate("AccountScreen", "Você pode entrar com"), self.ways_in),
            (translate("AccountScreen", "Seu e-mail"), self.email),
        ):
            pair = QVBoxLayout()
            pair.setContentsMargins(0, 12, 0, 0)
            pair.setSpacing(4)
            pair.addWidget(Label(heading, "label"))
            pair.addWidget(label)
            content.addLayout(pair)
        content.addSpacing(8)
        self.end = Button(translate("AccountScreen", "Encerrar"), "primary", "accountEnd")
        self.change_password = Button(
            translate("AccountScreen", "Trocar a senha"), "secondary", "accountChangePassword"
        )
        self.end.clicked.connect(self.end_wanted)
        self.change_password.clicked.connect(self.change_password_wanted)
        self.back_wanted.connect(self.end_wanted)
        self.buttons.addWidget(self.end)
        self.buttons.addWidget(self.change_password)
        self.buttons.addStretch()
        self.order_tabs([self.end, self.change_password])

    def show_account(self, account: Account) -> None:
        """Show who signed in."""
        translate = QCoreApplication.translate
        self.card.show_card(account.shown_name, account.card_number)
        ways = [
            words
            for opens, words in (
                (account.ways_in.card, translate("AccountScreen", "número do cartão")),
                (account.ways_in.cpf, translate("AccountScreen", "CPF")),
                (account.ways_in.email, translate("AccountScreen", "e-mail")),
            )
            if opens
        ]
        either = translate("AccountScreen", " ou ")
        self.ways_in.setText(either.join([", ".join(ways[:-1]), ways[-1]] if ways[1:] else ways))
        self.email.setText(
            account.masked_email
            or translate(
                "AccountScreen",
                "Não há e-mail no seu registro. Para registrar um, ligue para 0800 888 9504.",
            )
        )

    def first_focus(self) -> QWidget | None:
        """Return the end of the session."""
        return self.end

    def wipe(self) -> None:
        """Forget who signed in."""
        self.card.wipe()
        self.ways_in.setText("")
        self.email.setText("")
