"""The edit for an enrolment code."""

import time
from collections.abc import Callable
from string import ascii_letters, digits

from PySide6.QtCore import Qt

from kiosk.domain import enrolment_codes
from ui.widgets.digit_edits import DigitEdit

_CHARACTERS = frozenset(ascii_letters + digits)


class EnrolmentCodeEdit(DigitEdit):
    """Shows groups of four capitals while a code is typed; what a scanner reads stays as it is.

    Args:
        name: Object name.
        clock: As for ``LineEdit``.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            name,
            "-",
            enrolment_codes.LENGTH,
            lambda typed: enrolment_codes.grouped(typed.upper()),
            clock,
            _CHARACTERS,
        )
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhPreferUppercase | Qt.InputMethodHint.ImhNoPredictiveText
        )
