"""Consultar recibo."""

from PySide6.QtCore import QCoreApplication, Qt, Signal

from kiosk.domain.forms import Field, ReceiptQuery
from ui.base.theme import Theme
from ui.widgets.answer_panels import AnswerPanel
from ui.widgets.buttons import Button
from ui.widgets.form_fields import FormField
from ui.widgets.form_pages import FormPage
from ui.widgets.line_edits import LineEdit
from ui.widgets.notices import Tone


class ReceiptScreen(FormPage):
    """Asks for a receipt and a proof, and tells what became of it.

    Signals:
        next_wanted: The way on from a refusal.
    """

    next_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "receipt",
            translate("ReceiptScreen", "Consultar recibo"),
            translate(
                "ReceiptScreen",
                "Digite o número do recibo e, para mostrar que ele é seu, o número do cartão ou a "
                "data de nascimento.",
            ),
            submit=translate("ReceiptScreen", "Consultar"),
            busy=translate("ReceiptScreen", "Consultando"),
        )
        self.number = LineEdit("receiptNumber")
        self.number.setInputMethodHints(
            Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhPreferUppercase
        )
        self.proof = LineEdit("receiptProof")
        self.proof.setInputMethodHints(
            Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhPreferNumbers
        )
        self.add_field(
            Field.RECEIPT,
            FormField(
                theme,
                translate("ReceiptScreen", "Número do recibo"),
                translate("ReceiptScreen", "como K7Q2MT-0042-B"),
                self.number,
            ),
        )
        self.add_field(
            Field.PROOF,
            FormField(
                theme,
                translate("ReceiptScreen", "Número do cartão ou data de nascimento"),
                "",
                self.proof,
            ),
        )
        self.answer = AnswerPanel(theme, "receiptAnswer")
        self.column.content.addWidget(self.answer)
        self.next = Button("", "secondary", "receiptNext")
        self.next.hide()
        self.next.clicked.connect(self.next_wanted)
        self.add_link(self.next)
        self.order_tabs([self.number, self.proof, self.submit, self.cancel, self.next])
        for field in self.fields.values():
            field.edited.connect(self.clear_answer)

    def query(self) -> ReceiptQuery:
        """Return what was typed."""
        return ReceiptQuery(receipt=self.number.typed(), proof=self.proof.typed())

    def show_answer(self, tone: Tone, title: str, text: str, next_words: str | None) -> None:
        """Show what became of the receipt, and the way on, where there is one."""
        self.answer.show_answer(tone, title, text)
        if next_words is not None:
            self.next.setText(next_words)
            self.next.setAccessibleName(next_words)
        self.next.setVisible(next_words is not None)
        self.reveal(self.answer)

    def clear_answer(self) -> None:
        """Take the answer away."""
        if not self.answer.isHidden():
            self.answer.clear()
            self.next.hide()
            self.settle()

    def wipe(self) -> None:
        """Forget everything that was typed or said."""
        super().wipe()
        self.clear_answer()
