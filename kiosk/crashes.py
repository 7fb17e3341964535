"""Errors that nobody has caught, and a process that falls over: told without what it held.

Imported before anything else, by ``main.py``, and so imports next to nothing.
"""

import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from threading import ExceptHookArgs


def guard_process() -> None:
    """Let no text of an error reach standard error, and no memory reach a core file.

    An uncaught error goes to the log as its kind and its places, and so to standard error.
    """
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread
    # Windows has no such limit.
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    _tell(error)


def _unraisable(what: "UnraisableHookArgs") -> None:
    if what.exc_value is not None:
        _tell(what.exc_value)


def _in_thread(what: "ExceptHookArgs") -> None:
    if what.exc_value is not None:
        _tell(what.exc_value)


def _tell(error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return
    import logging

    from kiosk.log_values import told_of

    if logging.getLogger().handlers:
        logging.getLogger(__name__).critical("uncaught_error", extra={"error": error})
    told = told_of(error)
    # There may be no standard error any more, and this is the last that can be said.
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(
            f"Erro inesperado: {told['type']}, em {' > '.join(told['at'][-3:])}. "  # type: ignore[index]
            "Chame a equipe de operação; o resto está no log (main.py logs).\n"
        )
