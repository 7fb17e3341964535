"""What became of a submission."""

from typing import Literal

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.base import icons
from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.pages import Page

Look = Literal["good", "waiting", "pointed", "refused"]
_ICON_SIDE = 72


class OutcomeScreen(Page):
    """One result, its receipt large, and the ways on.

    Signals:
        next_wanted: The likeliest way on.
        other_wanted: The other way on.
        done_wanted: Concluir, or Esc.
    """

    next_wanted = Signal()
    other_wanted = Signal()
    done_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(theme, "outcome", "", "", has_back=False)
        self._icon = Label("", "icon", wraps=False)
        self.heading = Label("", "result", "outcomeTitle")
        self.text = Label("", "text", "outcomeText")
        self.receipt = Label("", "receipt", "outcomeReceipt", wraps=False)
        self._panel = QFrame()
        self._panel.setProperty("role", "panel")
        panel = QVBoxLayout(self._panel)
        panel.setContentsMargins(24, 16, 24, 18)
        panel.setSpacing(2)
        panel.addWidget(Label(translate("OutcomeScreen", "Número do recibo"), "label"))
        panel.addWidget(self.receipt)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(self._icon)
        head.addWidget(self.heading, 1)
        content = self.column.content
        content.addLayout(head)
        content.addSpacing(4)
        content.addWidget(self.text)
        content.addSpacing(8)
        content.addWidget(self._panel)
        self.next = Button("", "primary", "outcomeNext")
        self.other = Button("", "secondary", "outcomeOther")
        self.done = Button(translate("OutcomeScreen", "Concluir"), "secondary", "outcomeDone")
        self.next.clicked.connect(self.next_wanted)
        self.other.clicked.connect(self.other_wanted)
        self.done.clicked.connect(self.done_wanted)
        self.back_wanted.connect(self.done_wanted)
        for button in (self.next, self.other, self.done):
            self.buttons.addWidget(button)
        self.buttons.addStretch()
        self.show_ways(None, None)
        self.order_tabs([self.next, self.other, self.done])

    def show_outcome(
        self, look: Look, context: str, title: str, text: str, receipt: str | None
    ) -> None:
        """Show a result.

        Args:
            look: Decides icon and colour.
            context: What it is the result of, for the dark side.
            title: What happened.
            text: What it means and what to do.
            receipt: Number to keep, or None.
        """
        colours = self.theme.colours
        icon, ink = {
            "good": ("circle-check", colours.success),
            "waiting": ("clock", colours.info),
            "pointed": ("info", colours.info),
            "refused": ("circle-alert", colours.danger),
        }[look]
        self._icon.setPixmap(icons.pixmap(icon, ink, _ICON_SIDE, self.devicePixelRatioF()))
        self.title.setText(context)
        self.setAccessibleName(title)
        self.heading.setText(title)
        self.text.setText(text)
        self.receipt.setText(receipt or "")
        self._panel.setVisible(receipt is not None)
        announce(self.heading, f"{title}. {text}")

    def show_ways(self, next_words: str | None, other_words: str | None) -> None:
        """Show the buttons that lead on; where there is none, Concluir is the primary one."""
        for button, words in ((self.next, next_words), (self.other, other_words)):
            button.setText(words or "")
            button.setAccessibleName(words or "")
            button.setVisible(words is not None)
        self.done.setProperty("role", "secondary" if next_words is not None else "primary")
        self.done.style().unpolish(self.done)
        self.done.style().polish(self.done)

    def first_focus(self) -> QWidget | None:
        """Return the likeliest button."""
        return self.done if self.next.isHidden() else self.next

    def wipe(self) -> None:
        """Forget the result."""
        for label in (self.title, self.heading, self.text, self.receipt):
            label.setText("")
        self.setAccessibleName("")
