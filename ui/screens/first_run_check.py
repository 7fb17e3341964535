"""The last step of making a machine a device: it is done, and everything that has to work does."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from ui.base.announcements import announce
from ui.base.theme import Theme
from ui.widgets.busy_indicators import BusyIndicator
from ui.widgets.buttons import Button
from ui.widgets.check_lists import CheckList, CheckRow
from ui.widgets.labels import Label
from ui.widgets.pages import Page


class FirstRunCheckScreen(Page):
    """Progress, then the list of what was looked at.

    Signals:
        done: Pronto.
        again_wanted: Conferir de novo.
    """

    done = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "firstRunCheck",
            translate("FirstRunCheckScreen", "Inscrição e conferência"),
            translate(
                "FirstRunCheckScreen",
                "Passo 3 de 3. Se a energia faltar agora, abra o programa de novo: ele continua.",
            ),
            has_back=False,
        )
        self.heading = Label("", "heading", "firstRunCheckHeading")
        self.list = CheckList(theme, "firstRunCheck")
        self.column.content.addWidget(self.heading)
        self.column.content.addWidget(self.list)
        self.ready = Button(translate("FirstRunCheckScreen", "Pronto"), "primary", "firstRunDone")
        self.again = Button(
            translate("FirstRunCheckScreen", "Conferir de novo"), "secondary", "firstRunAgain"
        )
        self._busy = BusyIndicator()
        self.ready.clicked.connect(self.done)
        self.again.clicked.connect(self.again_wanted)
        for widget in (self.ready, self.again, self._busy):
            self.buttons.addWidget(widget)
        self.buttons.addStretch()
        self.order_tabs([self.ready, self.again])

    def show_progress(self, words: str, rows: Sequence[CheckRow]) -> None:
        """Something is done, and nothing can be pressed meanwhile."""
        self.heading.setText(words)
        self.list.show_rows(rows)
        self.setFocus()
        for button in (self.ready, self.again):
            button.hide()
        self._busy.start(words)
        self.settle()

    def show_rows(self, heading: str, rows: Sequence[CheckRow], *, is_well: bool) -> None:
        """Show how everything stands."""
        translate = QCoreApplication.translate
        self._busy.stop()
        self.heading.setText(heading)
        self.list.show_rows(rows)
        self.ready.say(
            translate("FirstRunCheckScreen", "Pronto")
            if is_well
            else translate("FirstRunCheckScreen", "Abrir assim mesmo")
        )
        self.ready.show()
        self.again.setVisible(not is_well)
        self.settle()
        target = self.ready if is_well else self.again
        target.setFocus()
        announce(self.heading, heading)

    def first_focus(self) -> QWidget | None:
        """Return the way on, where there is one already."""
        return None if self.ready.isHidden() else self.ready
