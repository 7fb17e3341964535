"""Asks why, before something is done that a person will be asked about."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.form_fields import FormField
from ui.widgets.labels import Label
from ui.widgets.line_edits import LineEdit
from ui.widgets.notices import Notice
from ui.words.queue_acts import Prompt


class ReasonForm(QWidget):
    """What will happen, a field for the reason, a button that does it and one that does not.

    Signals:
        given: The button that does it, or Enter.
        cancelled: The other one.
    """

    given = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        translate = QCoreApplication.translate
        self.title = Label("", "heading", f"{name}Title")
        self.subject = Label("", "text", f"{name}Subject")
        self.notice = Notice(theme, f"{name}Notice")
        self.edit = LineEdit(name)
        self.field = FormField(
            theme,
            translate("ReasonForm", "Motivo"),
            translate("ReasonForm", "até 200 caracteres"),
            self.edit,
        )
        self.submit = Button("", "primary", f"{name}Submit")
        self.cancel = Button("", "secondary", f"{name}Cancel")
        self.submit.clicked.connect(self.given)
        self.cancel.clicked.connect(self.cancelled)
        self.field.entered.connect(lambda _was_scanned: self.given.emit())
        told = QVBoxLayout()
        told.setSpacing(theme.sizes.gap)
        told.addWidget(self.title)
        told.addWidget(self.subject)
        told.addWidget(self.notice)
        told.addStretch()
        column = QVBoxLayout()
        column.setSpacing(theme.sizes.gap)
        column.addWidget(self.field)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(theme.sizes.gap)
        self._parts.addLayout(told, 1)
        self._parts.addLayout(column, 1)
        self._buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._buttons.setContentsMargins(0, 6, 0, 0)
        self._buttons.setSpacing(theme.sizes.gap)
        # Where the act stood that led here, there is now what undoes nothing.
        self._buttons.addWidget(self.cancel)
        self._buttons.addWidget(self.submit)
        self._end = QWidget()
        self._buttons.addWidget(self._end, 1)
        column.addLayout(self._buttons)
        column.addStretch()
        self.hide()

    def lie_flat(self, is_flat: bool) -> None:
        """Put the question beside the field instead of above it."""
        self._parts.setDirection(
            QBoxLayout.Direction.LeftToRight if is_flat else QBoxLayout.Direction.TopToBottom
        )
        self._buttons.setDirection(self._parts.direction())
        self._end.setVisible(is_flat)

    def ask(self, prompt: Prompt) -> None:
        """Ask, with an empty field."""
        self.field.wipe()
        self.title.setText(prompt.title)
        self.subject.setText(prompt.subject)
        self.submit.say(prompt.confirm)
        self.submit.wear("danger" if prompt.is_grave else "primary")
        self.cancel.say(prompt.cancel)
        self.cancel.wear("primary" if prompt.is_grave else "secondary")
        self.notice.show_text("warning", prompt.text)
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problem(self, words: str) -> None:
        """Say what is wrong with the reason, at its field."""
        self.field.show_problem(words)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def wipe(self) -> None:
        """Forget what was typed, and go away."""
        self.field.wipe()
        self.subject.setText("")
        self.notice.clear()
        self.hide()
