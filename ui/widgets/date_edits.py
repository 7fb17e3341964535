"""The edit for a date of birth."""

import re
import time
from collections.abc import Callable

from PySide6.QtGui import QKeyEvent

from kiosk.domain import birth_dates
from ui.widgets.digit_edits import DigitEdit

_ISO = re.compile(r"\s*([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\s*")
_BRAZILIAN = re.compile(r"\s*([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\s*")
_LENGTH = 8


class DateEdit(DigitEdit):
    """Shows ``dd/mm/aaaa`` while it is typed, and reads a pasted ISO date.

    Args:
        name: Object name.
        clock: As for ``LineEdit``.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name, "/.-", _LENGTH, birth_dates.format_partial, clock)

    def read_whole(self, text: str) -> str:
        """Bring a date that arrived at once into the form in which it is typed."""
        if match := _ISO.fullmatch(text):
            year, month, day = match.groups()
        elif match := _BRAZILIAN.fullmatch(text):
            day, month, year = match.groups()
        else:
            return text
        return f"{day:0>2}/{month:0>2}/{year}"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take ``1/`` for ``01/``, as people write it."""
        text = self.text()
        ends_a_single_digit = (
            event.text() in ("/", ".", "-")
            and self.cursorPosition() == len(text)
            and not self.hasSelectedText()
            and re.fullmatch(r"([0-9]{2}/)?[1-9]", text) is not None
        )
        if ends_a_single_digit:
            self.setText(f"{text[:-1]}0{text[-1]}")
            return
        super().keyPressEvent(event)
