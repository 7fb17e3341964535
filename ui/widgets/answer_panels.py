"""A panel with an answer: a few words large, then what they mean."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.widgets.notices import Notice, Tone


class AnswerPanel(QWidget):
    """Shows a title and below it a notice; takes no room while there is nothing.

    Args:
        name: Object name of the label that carries the explanation; the title is ``<name>Title``.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.title = Label("", "heading", f"{name}Title")
        self.notice = Notice(theme, name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.notice)
        self.hide()

    def show_answer(self, tone: Tone, title: str, text: str) -> None:
        """Show an answer and announce it."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.show()
        self.notice.show_text(tone, text)

    def clear(self) -> None:
        """Take the answer away."""
        self.title.setText("")
        self.notice.clear()
        self.hide()
