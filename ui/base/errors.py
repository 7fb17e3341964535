"""The path of an error that nobody foresaw: logged without personal data, told calmly."""

import logging
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger("ui.errors")


def code_of(error: BaseException) -> str:
    """Return the short code that the screen shows and the log carries.

    It depends only on the kind of the error and the place where it was raised, so the same defect
    has the same code everywhere, and nothing of what a person typed can be in it.
    """
    return f"{zlib.crc32(place_of(error).encode()) & 0xFFFF:04X}"


def place_of(error: BaseException) -> str:
    """Return the kind of an error and where it was raised, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} {where}"


class ErrorPath:
    """Receives unforeseen errors in the GUI thread.

    Args:
        show: Called with the code to show.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def report(self, error: BaseException) -> None:
        """Log kind, place and code, and show the code."""
        code = code_of(error)
        _log.error("unforeseen_error", extra={"code": code, "error": error})
        self._show(code)
