"""A field of a form: label, hint, edit, and the place of its message."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.widgets.line_edits import LineEdit
from ui.widgets.messages import Message


class FormField(QWidget):
    """One question and its answer.

    Args:
        label: The words of the label, which are the accessible name too.
        hint: What helps to answer, shown beside the label.
        edit: Where it is answered.
        beside: What stands at the right of the edit.
        below: What stands below it while there is no message.

    Signals:
        edited: The text has changed.
        left: The focus went elsewhere.
        entered: Enter was pressed in the edit; True where a scanner pressed it.
    """

    edited = Signal()
    left = Signal()
    entered = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        label: str,
        hint: str,
        edit: LineEdit,
        beside: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        super().__init__()
        self._below = below
        self.edit = edit
        self.was_edited = False
        self.label = Label(label, "label", wraps=False)
        self.label.setBuddy(edit)
        self._hint = Label(hint, "hint", wraps=False)
        self._message = Message(theme, f"{edit.objectName()}Message")
        edit.setAccessibleName(label)
        edit.setAccessibleDescription(hint)

        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.label)
        head.addWidget(self._hint)
        head.addStretch()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(edit, 1)
        if beside is not None:
            row.addWidget(beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(row)
        if below is not None:
            column.addWidget(below)
        column.addWidget(self._message)

        edit.textChanged.connect(self._on_edited)
        edit.left.connect(self.left)
        edit.entered.connect(self.entered)

    @property
    def problem(self) -> str:
        """The words that stand at the field, or an empty text."""
        return self._message.label.text()

    def typed(self) -> str:
        """Return what was typed."""
        return self.edit.typed()

    def show_hint(self, hint: str) -> None:
        """Show another hint beside the label."""
        self._hint.setText(hint)
        self._describe()

    def show_problem(self, words: str) -> None:
        """Show a message at the field and announce it; an empty text takes it away."""
        if words == self.problem:
            return
        if self._below is not None:
            self._below.setVisible(not words)
        self._message.show_text(words)
        self.edit.setProperty("wrong", bool(words))
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        self._describe()
        if words:
            announce(self.edit, words)

    def wipe(self) -> None:
        """Forget text, message and that anybody was here."""
        self.edit.wipe()
        self.show_problem("")
        self.was_edited = False

    def _on_edited(self) -> None:
        self.was_edited = True
        self.show_problem("")
        self.edited.emit()

    def _describe(self) -> None:
        parts = (self._hint.text(), self.problem)
        self.edit.setAccessibleDescription(". ".join(part for part in parts if part))
