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
        self._missed = 0

    def value(self) -> int:
        """Return the count; the first call takes it."""
        with self._lock:
            if self._count is not None:
                return self._count
        return self._begin()

    def add(self, difference: int) -> None:
        """Note a change that was committed."""
        with self._lock:
            if self._count is None:
                self._missed += 1
            else:
                self._count += difference

    def _begin(self) -> int:
        # What is committed while the file is counted may or may not be in the count, so it is
        # taken again until nothing was.
        while True:
            with self._lock:
                before = self._missed
            count = self._take()
            with self._lock:
                if self._missed == before:
                    self._count = count
                    return count
