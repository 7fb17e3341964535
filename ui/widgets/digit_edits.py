"""An edit that sets separators between digits while they are typed."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from ui.widgets.line_edits import LineEdit

_DIGITS = frozenset("0123456789")
_HISTORY = 100


def digits_of(text: str, digits: frozenset[str] = _DIGITS) -> str:
    """Return the ASCII digits of a text, or whatever counts as one."""
    return "".join(character for character in text if character in digits)


def caret_after(text: str, count: int, digits: frozenset[str] = _DIGITS) -> int:
    """Return the place in a text right after so many digits."""
    if count == 0:
        return 0
    seen = 0
    for place, character in enumerate(text):
        seen += character in digits
        if seen == count:
            return place + 1
    return len(text)


class DigitEdit(LineEdit):
    """Formats digits, and only digits: anything else stays as it is, so that a message can say so.

    The caret is counted in digits. Deleting a separator deletes the digit next to it. More digits
    than fit are kept and stand unformatted: cutting them off could make a wrong number look right.

    Args:
        name: Object name.
        separators: Characters that people write between the digits, beside white space.
        length: Most digits that are formatted.
        form: Sets the separators into up to ``length`` digits.
        clock: As for ``LineEdit``.
        digits: What counts as one.
    """

    def __init__(
        self,
        name: str,
        separators: str,
        length: int,
        form: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
        digits: frozenset[str] = _DIGITS,
    ) -> None:
        super().__init__(name, clock)
        self._digits = digits
        self._separators = frozenset(separators)
        self._length = length
        self._form = form
        self._before = ""
        self._caret_before = 0
        self._is_formatting = False
        self._states: list[tuple[str, int]] = [("", 0)]
        self._state = 0
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhPreferNumbers | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.textChanged.connect(self._changed)
        self.cursorPositionChanged.connect(self._moved)

    def read_whole(self, text: str) -> str:
        """Return a whole value that arrived at once in the usual form; here, unchanged."""
        return text

    def wipe(self) -> None:
        """Empty the edit and everything that could be undone."""
        super().wipe()
        self._states = [("", 0)]
        self._state = 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo in steps of what was seen, since formatting ends Qt's own history."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self._go_to(self._state - 1)
            return
        if event.matches(QKeySequence.StandardKey.Redo):
            self._go_to(self._state + 1)
            return
        super().keyPressEvent(event)

    def _moved(self, _old: int, now: int) -> None:
        self._caret_before = now

    def _changed(self, text: str) -> None:
        if self._is_formatting:
            return
        caret = self.cursorPosition()
        if len(text) - len(self._before) > 1:
            whole = self.read_whole(text)
            if whole != text:
                text, caret = whole, len(whole)
        if self.typed() == text and self._is_formattable(text):
            text, caret = self._formatted(text, caret)
        self._set(text, caret)
        del self._states[self._state + 1 :]
        self._states = [*self._states[-_HISTORY:], (text, caret)]
        self._state = len(self._states) - 1

    def _formatted(self, text: str, caret: int) -> tuple[str, int]:
        digits = digits_of(text, self._digits)
        before = len(digits_of(text[:caret], self._digits))
        took_only_separators = len(text) < len(self._before) and digits == digits_of(
            self._before, self._digits
        )
        if took_only_separators and self._is_formattable(self._before):
            went_back = caret < self._caret_before
            at = before - 1 if went_back else before
            if 0 <= at < len(digits):
                digits = digits[:at] + digits[at + 1 :]
                before = at
        formatted = self._form(digits)
        return formatted, caret_after(formatted, before, self._digits)

    def _is_formattable(self, text: str) -> bool:
        is_clean = all(
            character in self._digits or character in self._separators or character.isspace()
            for character in text
        )
        return is_clean and len(digits_of(text, self._digits)) <= self._length

    def _go_to(self, state: int) -> None:
        if 0 <= state < len(self._states):
            self._state = state
            self._set(*self._states[state])

    def _set(self, text: str, caret: int) -> None:
        self._is_formatting = True
        try:
            if text != self.text():
                self.setText(text)
            if caret != self.cursorPosition():
                self.setCursorPosition(caret)
        finally:
            self._is_formatting = False
        self._before = text
        self._caret_before = caret
