"""Ending in order when the system asks for it: SIGINT, SIGTERM, and SIGHUP where there is one."""

import signal
import socket
from collections.abc import Callable
from types import FrameType, TracebackType

from PySide6.QtCore import QSocketNotifier

_SIGNALS = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if name in signal.Signals.__members__
)


class EndingSignals:
    """While entered, asks the program to end as closing the window does.

    Qt's event loop runs no Python while nothing happens, so a signal is written to a socket that
    the loop watches.

    Args:
        end: Called in the GUI thread.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __enter__(self) -> "EndingSignals":
        self._heard, self._written = socket.socketpair()
        self._written.setblocking(False)
        self._notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._hear)
        self._wakeup_before = signal.set_wakeup_fd(self._written.fileno())
        self._before = {number: signal.signal(number, _leave_to_the_loop) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._heard.close()
        self._written.close()

    def _hear(self) -> None:
        self._heard.recv(64)
        self._end()


def _leave_to_the_loop(_number: int, _frame: FrameType | None) -> None:
    """Do nothing here: the byte on the socket wakes the event loop."""
