"""The registry's time by which waits, limits and codes are measured: it never runs backwards."""

import sqlite3
import threading
import time
from collections.abc import Callable

from kiosk.registry.clocks import Clock

_HIGHEST = "highest_time_ms"
_READ = "SELECT value FROM meta WHERE name = ?"
_KEEP = (
    "INSERT INTO meta (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_KEEP_EVERY_MS = 1000


class RegistryTimes:
    """Tells the time of this registry, over restarts and in all of its processes.

    The machine's clock is followed forwards and never backwards. Set back, or set right after it
    had been far ahead, it is passed over, and time goes on from where it was by the monotonic
    clock: so nothing that was begun ends sooner for it, and nothing waits until the clock has
    caught up, which might take years.

    Args:
        clock: The machine's, milliseconds since 1970, UTC.
        monotonic: Seconds that never run backwards while the process runs.
    """

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known = 0
        self._known_at = monotonic()

    def now(self, driver: sqlite3.Connection) -> int:
        """Return the present instant in milliseconds since 1970.

        Args:
            driver: In a transaction that keeps other writers out; the instant is noted there.
        """
        row = driver.execute(_READ, (_HIGHEST,)).fetchone()
        stored = 0 if row is None else int(row[0])
        with self._lock:
            at = self._monotonic()
            gone_on = self._known + int((at - self._known_at) * 1000)
            now = max(self._clock(), stored, gone_on)
            self._known, self._known_at = now, at
        if now >= stored + _KEEP_EVERY_MS:
            driver.execute(_KEEP, (_HIGHEST, b"%d" % now))
        return now

    def glance(self) -> int:
        """Return about the same instant without a transaction, and note nothing.

        It may be behind where another process knew of a later one: whoever acts on it asks ``now``.
        """
        with self._lock:
            gone_on = self._known + int((self._monotonic() - self._known_at) * 1000)
            return max(self._clock(), gone_on)
