"""What is known of one thing, as captions and texts."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.labels import Label
from ui.words.queue import Fact

_MOST = 6


class FactTable(QWidget):
    """Up to six captions, each with its text at the right.

    Args:
        name: Beginning of the object names: ``<name>1`` to ``<name>6`` carry the texts.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(theme.sizes.gap - 2)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        self._pairs: list[tuple[Label, Label]] = []
        for place in range(_MOST):
            pair = (Label("", "hint", wraps=False), Label("", "text", f"{name}{place + 1}"))
            grid.addWidget(pair[0], place, 0, top)
            grid.addWidget(pair[1], place, 1)
            self._pairs.append(pair)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show facts, one below the other."""
        for place, (caption, text) in enumerate(self._pairs):
            fact = facts[place] if place < len(facts) else Fact("", "")
            caption.setText(fact.caption)
            text.setText(fact.text)
            # Whoever listens hears what the text is about.
            text.setAccessibleName(f"{fact.caption}: {fact.text}" if fact.text else "")
            for label in (caption, text):
                label.setVisible(bool(fact.caption))
