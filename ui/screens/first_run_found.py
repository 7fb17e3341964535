"""The second step of making a machine a device: what was found, and who keeps the key."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from kiosk.domain.custody_kinds import OFFERED, CustodyKind
from kiosk.services.first_runs import CustodyOffer
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.fact_tables import FactTable
from ui.widgets.labels import Label
from ui.widgets.notices import Notice
from ui.widgets.option_rows import OptionRow
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
        self.notice = Notice(theme, "firstRunFoundNotice")
        self.facts = FactTable(theme, "firstRunFact")
        content = self.column.content
        content.addWidget(self.notice)
        content.addWidget(self.facts)
        content.addWidget(
            Label(
                translate("FirstRunFoundScreen", "Quem guarda a chave dos dados desta máquina?"),
                "label",
            )
        )
        self._group = QButtonGroup(self)
        self.options: dict[CustodyKind, OptionRow] = {}
        for kind in OFFERED:
            row = OptionRow(custody_title(kind), f"firstRun{kind.value.capitalize()}")
            self._group.addButton(row.button)
            self.options[kind] = row
            content.addWidget(row)
        self._group.buttonClicked.connect(self._on_chosen)
        self.confirm = Button(
            translate("FirstRunFoundScreen", "Inscrever esta máquina"),
            "primary",
            "firstRunConfirm",
        )
        self.confirm.clicked.connect(self._on_confirmed)
        self.buttons.addWidget(self.confirm)
        self.buttons.addStretch()
        self.order_tabs([*(row.button for row in self.options.values()), self.confirm])

    def show_found(self, facts: Sequence[Fact], custodies: Sequence[CustodyOffer]) -> None:
        """Show what was found; nothing is chosen for the technician but what alone can be."""
        self.notice.clear()
        self.facts.show_facts(facts)
        self._group.setExclusive(False)
        for one in custodies:
            row = self.options[one.kind]
            row.button.setChecked(False)
            row.show_words(custody_words(one), is_possible=one.refusal is None)
        self._group.setExclusive(True)
        self.settle()

    def chosen(self) -> CustodyKind | None:
        """Return who was chosen; None where nobody was."""
        for kind, row in self.options.items():
            if row.button.isChecked():
                return kind
        return None

    def show_problem(self, words: str) -> None:
        """Say why it does not go on, above everything."""
        self.notice.show_text("danger", words)
        self.settle()
        self.column.verticalScrollBar().setValue(0)

    def first_focus(self) -> QWidget | None:
        """Return the first custody that can be chosen."""
        for row in self.options.values():
            if row.button.isEnabled():
                return row.button
        return self.back

    def _on_chosen(self) -> None:
        self.notice.clear()
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
