"""Buttons of which one is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button


class TabRow(QWidget):
    """A row of buttons, each for one view.

    Args:
        names: Key and object name of each button.
        widest: What each is called where that is longest as a rule: so wide it always is.

    Signals:
        chosen: The key of the button that was pressed.
    """

    chosen = Signal(object)

    def __init__(
        self, theme: Theme, names: Sequence[tuple[object, str]], widest: Sequence[str]
    ) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.sizes.gap + 4)
        self.buttons: dict[object, Button] = {}
        for key, name in names:
            button = Button("", "tab", name)
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self.buttons[key] = button
            row.addWidget(button)
        row.addStretch()
        self.show_words(widest)

    def show_words(self, words: Sequence[str]) -> bool:
        """Show what the buttons are called; return whether any is called otherwise now."""
        is_other = False
        for button, text in zip(self.buttons.values(), words, strict=True):
            is_other = is_other or button.text() != text
            button.say(text)
            # Once so wide, always so wide: the buttons beside it must not move with a count.
            button.setMinimumWidth(max(button.minimumWidth(), button.sizeHint().width()))
        return is_other

    def choose(self, chosen: object) -> None:
        """Show which one is chosen."""
        for key, button in self.buttons.items():
            button.setChecked(key is chosen)
