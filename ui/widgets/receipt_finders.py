"""Finds one operation by its receipt."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.line_edits import LineEdit
from ui.widgets.messages import Message

_EDIT_WIDTH = 200


class ReceiptFinder(QWidget):
    """A field in one line with its label and its button; what is wrong stands below.

    Signals:
        find_wanted: The button, or Enter.
    """

    find_wanted = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        translate = QCoreApplication.translate
        self.edit = LineEdit(name)
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhPreferUppercase
        )
        self.edit.setFixedWidth(_EDIT_WIDTH)
        label = Label(translate("ReceiptFinder", "Número do recibo"), "label", wraps=False)
        label.setBuddy(self.edit)
        self.edit.setAccessibleName(label.text())
        self.submit = Button(translate("ReceiptFinder", "Procurar"), "secondary", f"{name}Submit")
        self._message = Message(theme, f"{name}Message")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label)
        row.addWidget(self.edit)
        row.addWidget(self.submit)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._message)
        self.submit.clicked.connect(self.find_wanted)
        self.edit.entered.connect(lambda _was_scanned: self.find_wanted.emit())
        self.edit.textChanged.connect(lambda: self.show_problem(""))

    def typed(self) -> str:
        """Return what was typed."""
        return self.edit.typed()

    def show_receipt(self, receipt: str) -> None:
        """Show what was typed as it is printed on a receipt."""
        if self.edit.text() != receipt:
            self.edit.setText(receipt)

    def show_problem(self, words: str) -> None:
        """Say what is wrong with the receipt; an empty text takes it away."""
        if words == self._message.label.text():
            return
        self._message.show_text(words)
        self.edit.setProperty("wrong", bool(words))
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        self.edit.setAccessibleDescription(words)
        if words:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self.edit, words)

    def wipe(self) -> None:
        """Forget what was typed and said."""
        self.edit.wipe()
        self.show_problem("")
