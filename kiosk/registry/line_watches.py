"""A bound on a whole exchange, where a library has one for each single read."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class LineWatch:
    """Ends a connection that takes too long over something, however it trickles on.

    Attributes:
        is_over: It has ended one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._is_cut = False
        self.is_over = False

    def take(self, line: socket.socket) -> None:
        """Watch a connection by a second handle, which stays its own when TLS takes the first."""
        with self._lock:
            self._line = line.dup()
            is_cut = self._is_cut
        if is_cut:
            self.cut()

    @contextlib.contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """While entered, wait no longer than this."""
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def cut(self) -> None:
        """End the connection, now or as soon as it is there."""
        with self._lock:
            self._is_cut = True
            if self._line is not None:
                with contextlib.suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _end(self) -> None:
        self.is_over = True
        self.cut()
