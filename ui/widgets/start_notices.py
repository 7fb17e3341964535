"""What the start screen tells after a sudden end, until somebody has read it."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.notices import Notice


class StartNotice(QFrame):
    """A notice with a button that takes it away.

    Args:
        name: Beginning of the object names: ``<name>`` of the words, ``<name>Read`` of the button.

    Signals:
        was_read: Entendi.
    """

    was_read = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._notice = Notice(theme, name)
        self.read = Button(
            QCoreApplication.translate("StartNotice", "Entendi"), "secondary", f"{name}Read"
        )
        self.read.clicked.connect(self._take_away)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.sizes.gap)
        row.addWidget(self._notice, 1)
        row.addWidget(self.read)
        self.read.hide()
        self.hide()

    def show_words(self, words: str) -> None:
        """Show what is to be told."""
        self._notice.show_text("info", words)
        self.read.show()
        self.show()

    def _take_away(self) -> None:
        self._notice.clear()
        self.read.hide()
        self.hide()
        self.was_read.emit()
