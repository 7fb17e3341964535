"""The second step of making a machine a device: what was found, and who keeps the key."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from kiosk.domain.custody_kinds import OFFERED, CustodyKind
from kiosk.services.first_runs import CustodyOffer
from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.fact_tables import FactTable
from ui.widgets.labels import Label
from ui.widgets.messages import Message
from ui.widgets.option_cards import OptionCard
from ui.widgets.pages import Page
from ui.words.first_runs import custody_title, custody_words
from ui.words.queue import Fact


class FirstRunFoundScreen(Page):
    """Shows registry and machine, to be confirmed, and lets the technician choose the custody.

    Signals:
        confirmed: Inscrever.
    """

    confirmed = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "firstRunFound",
            translate("FirstRunFoundScreen", "Confira e escolha"),
            translate(
                "FirstRunFoundScreen",
                "Passo 2 de 3. Ainda nada foi mudado, nem aqui nem no cadastro central.",
            ),
        )
        self.message = Message(theme, "firstRunCustodyMessage")
        self.facts = FactTable(theme, "firstRunFact")
        content = self.column.content
        content.addWidget(self.facts)
        content.addWidget(
            Label(
                translate("FirstRunFoundScreen", "Quem guarda a chave dos dados desta máquina?"),
                "label",
            )
        )
        content.addWidget(self.message)
        self._group = QButtonGroup(self)
        self.options: dict[CustodyKind, OptionCard] = {}
        for kind in OFFERED:
            card = OptionCard(theme, custody_title(kind), f"firstRun{kind.value.capitalize()}")
            self._group.addButton(card)
            self.options[kind] = card
            content.addWidget(card)
        self._group.buttonClicked.connect(self._on_chosen)
        self.confirm = Button(
            translate("FirstRunFoundScreen", "Inscrever esta máquina"),
            "primary",
            "firstRunConfirm",
        )
        self.confirm.clicked.connect(self._on_confirmed)
        self.buttons.addWidget(self.confirm)
        self.buttons.addStretch()
        self.order_tabs([*self.options.values(), self.confirm])

    def show_found(self, facts: Sequence[Fact], custodies: Sequence[CustodyOffer]) -> None:
        """Show what was found; nothing is chosen for the technician but what alone can be."""
        self.message.show_text("")
        self.facts.show_facts(facts)
        self._group.setExclusive(False)
        for one in custodies:
            card = self.options[one.kind]
            card.setChecked(False)
            card.show_words(custody_words(one), is_possible=one.refusal is None)
        self._group.setExclusive(True)
        self.settle()

    def chosen(self) -> CustodyKind | None:
        """Return who was chosen; None where nobody was."""
        for kind, card in self.options.items():
            if card.isChecked():
                return kind
        return None

    def show_problem(self, words: str) -> None:
        """Say why it does not go on, above the choice."""
        self.message.show_text(words)
        self.settle()
        self.column.reveal(self.message)
        announce(self.message.label, words)

    def first_focus(self) -> QWidget | None:
        """Return the first custody that can be chosen."""
        for card in self.options.values():
            if card.isEnabled():
                return card
        return self.back

    def _on_chosen(self) -> None:
        self.message.show_text("")
        self.settle()

    def _on_confirmed(self) -> None:
        if self.chosen() is None:
            self.show_problem(
                QCoreApplication.translate(
                    "FirstRunFoundScreen", "Escolha quem guarda a chave dos dados desta máquina."
                )
            )
            return
        self.confirmed.emit()
