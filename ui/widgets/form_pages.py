"""A screen with a form."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from kiosk.domain.forms import Field
from ui.base.theme import Theme
from ui.widgets.busy_indicators import BusyIndicator
from ui.widgets.buttons import Button
from ui.widgets.form_fields import FormField
from ui.widgets.notices import Notice, Tone
from ui.widgets.pages import Page
from ui.widgets.password_fields import PasswordField

BUSY_AFTER_MS = 150


class FormPage(Page):
    """Fields one below the other, one button that sends them, and what happens meanwhile.

    Args:
        name: As for ``Page``.
        title: As for ``Page``.
        intro: As for ``Page``.
        submit: The words of the button.
        busy: What is said while a request runs.

    Signals:
        submitted: The button, or Enter.
        cancelled: Cancelar, or Esc while a request runs.
        left: The person left this ``Field`` with something in it.
    """

    submitted = Signal()
    cancelled = Signal()
    left = Signal(object)

    def __init__(
        self, theme: Theme, name: str, title: str, intro: str, *, submit: str, busy: str
    ) -> None:
        super().__init__(theme, name, title, intro)
        translate = QCoreApplication.translate
        self.fields: dict[Field, FormField] = {}
        self._links: list[Button] = []
        self._waiting_links: list[Button] = []
        self._is_busy = False
        self._busy_words = busy
        self.notice = Notice(theme, f"{name}Notice")
        self.column.content.addWidget(self.notice)
        self.submit = Button(submit, "primary", f"{name}Submit")
        self.cancel = Button(translate("FormPage", "Cancelar"), "secondary", f"{name}Cancel")
        self.cancel.hide()
        self._busy = BusyIndicator()
        for widget in (self.submit, self.cancel, self._busy):
            self.buttons.addWidget(widget)
        self.buttons.addStretch()
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(BUSY_AFTER_MS)
        self._delay.timeout.connect(self._show_delay)
        self.submit.clicked.connect(self._submit)
        self.cancel.clicked.connect(self._cancel)

    @property
    def is_busy(self) -> bool:
        """Whether a request of this form runs."""
        return self._is_busy

    def add_field(self, key: Field, field: FormField) -> None:
        """Add a field below the others."""
        self.fields[key] = field
        self.column.content.addWidget(field)
        field.edit.reached.connect(lambda: self.reveal(field))
        field.left.connect(lambda: self._on_left(key))
        field.entered.connect(lambda was_scanned: self._on_entered(key, was_scanned))

    def add_link(self, link: Button) -> None:
        """Add a way to another form beside the button; it makes room while a request runs."""
        self._links.append(link)
        self.buttons.insertWidget(self.buttons.count() - 1, link)

    def first_focus(self) -> QWidget | None:
        """Return the first field in error, or else the first empty one."""
        fields = [field for field in self.fields.values() if field.edit.isEnabled()]
        for field in fields:
            if field.problem:
                return field.edit
        for field in fields:
            if not field.edit.text():
                return field.edit
        return fields[0].edit

    def show_problem(self, key: Field, words: str) -> None:
        """Show a message at one field; an empty text takes it away."""
        self.fields[key].show_problem(words)

    def show_problems(self, words: Mapping[Field, str]) -> None:
        """Show the messages at all fields, and go to the first in error."""
        for key, field in self.fields.items():
            field.show_problem(words.get(key, ""))
        first = next((self.fields[key] for key in self.fields if key in words), None)
        if first is not None:
            first.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            self.reveal(first)

    def reveal(self, widget: QWidget) -> None:
        """Scroll so that something in the column is in view."""
        self.settle()
        self.column.reveal(widget)

    def show_notice(self, tone: Tone, words: str) -> None:
        """Say something about the whole form, above it."""
        self.notice.show_text(tone, words)
        self.settle()
        self.column.verticalScrollBar().setValue(0)

    def show_busy(self) -> None:
        """A request runs: nothing can be sent twice, and soon it shows."""
        self._is_busy = True
        self.notice.clear()
        # Disabling a button that has the focus would hand focus, and a second Enter, to Voltar.
        if self.submit.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable(False)
        self._delay.start()

    def show_idle(self) -> None:
        """The request is over."""
        had_focus = self.cancel.hasFocus() or self.hasFocus()
        self._is_busy = False
        self._delay.stop()
        self._busy.stop()
        self._enable(True)
        if had_focus:
            self.submit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cancel.hide()
        self.cancel.setEnabled(True)
        for link in self._waiting_links:
            link.show()
        self._waiting_links = []

    def show_cancelling(self) -> None:
        """The person does not want to wait; what runs may still take a moment to stop."""
        if self.cancel.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cancel.setEnabled(False)

    def wipe(self) -> None:
        """Forget everything that was typed or said."""
        for field in self.fields.values():
            field.wipe()
        self.notice.clear()

    def wipe_passwords(self) -> None:
        """Forget the passwords, and keep the rest."""
        for field in self.fields.values():
            if isinstance(field, PasswordField):
                field.wipe()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels what runs, and only then goes back."""
        if event.key() == Qt.Key.Key_Escape and self._is_busy:
            self._cancel()
            return
        super().keyPressEvent(event)

    def _enable(self, is_idle: bool) -> None:
        for button in (self.submit, *self._links):
            button.setEnabled(is_idle)

    def _submit(self) -> None:
        if not self._is_busy:
            self.submitted.emit()

    def _cancel(self) -> None:
        if self.cancel.isEnabled():
            self.show_cancelling()
            self.cancelled.emit()

    def _show_delay(self) -> None:
        self._waiting_links = [link for link in self._links if not link.isHidden()]
        for link in self._waiting_links:
            link.hide()
        self.cancel.show()
        self._busy.start(self._busy_words)
        if self.hasFocus():
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_left(self, key: Field) -> None:
        field = self.fields[key]
        if field.edit.text() or field.was_edited:
            self.left.emit(key)

    def _on_entered(self, key: Field, was_scanned: bool) -> None:
        following = self._after(key)
        if was_scanned and following is not None and not following.edit.text():
            following.edit.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self._submit()

    def _after(self, key: Field) -> FormField | None:
        keys = list(self.fields)
        for other in keys[keys.index(key) + 1 :]:
            if self.fields[other].edit.isEnabled():
                return self.fields[other]
        return None
