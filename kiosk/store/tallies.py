"""How many operations wait: counted once, and kept in step by the one program that changes it."""

import threading
from collections.abc import Callable


class Tally:
    """A count that is as expensive to take as the queue is long.

    Args:
        take: Counts from the file.
    """

    def __init__(self, take: Callable[[], int]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._count: int | None = None

    def begin(self) -> None:
        """Take the count; said before anybody else changes the file or asks."""
        with self._lock:
            self._count = self._take()

    def value(self) -> int:
        """Return the count, which the first look takes where nobody has begun."""
        with self._lock:
            if self._count is None:
                self._count = self._take()
            return self._count

    def add(self, difference: int) -> None:
        """Note a change that was committed."""
        with self._lock:
            # Before the first look it is in the file.
            if self._count is not None:
                self._count += difference
