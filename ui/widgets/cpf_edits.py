"""The edit for a CPF."""

import time
from collections.abc import Callable

from kiosk.domain import cpfs
from ui.widgets.digit_edits import DigitEdit


class CpfEdit(DigitEdit):
    """Shows ``000.000.000-00`` while it is typed.

    Args:
        name: Object name.
        clock: As for ``LineEdit``.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name, ".-", cpfs.LENGTH, cpfs.format_partial, clock)
