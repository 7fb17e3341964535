"""Imports in the GUI thread during which the window stays alive."""

import sys
from collections.abc import Sequence
from threading import get_ident
from time import perf_counter
from types import ModuleType

from PySide6.QtCore import QCoreApplication, QEventLoop

_PIECE_SECONDS = 0.008


class LiveImports:
    """Lets Qt draw between one module and the next, whoever imports them.

    What the person presses meanwhile waits its turn, and is not lost.
    """

    def __init__(self) -> None:
        self._thread = get_ident()
        self._breathed = perf_counter()

    def begin(self) -> None:
        """Begin; again and again has no further effect."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Leave imports alone again."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, _name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> None:
        """Find nothing; it is the moment before a module is read that counts."""
        now = perf_counter()
        if get_ident() == self._thread and now - self._breathed > _PIECE_SECONDS:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            self._breathed = perf_counter()
