"""Signing what this device asks, at the registry's time."""

import threading
from collections.abc import Callable

from kiosk.wire.device_keys import DeviceKey
from kiosk.wire.signatures import new_nonce, sign


class RequestSigner:
    """Signs requests; may be used from any thread.

    Args:
        key: This device's.
        now_ms: This machine's clock, milliseconds since 1970.

    Attributes:
        key: The present one; may be exchanged.
    """

    def __init__(self, key: DeviceKey, now_ms: Callable[[], int]) -> None:
        self.key = key
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._ahead_ms = 0

    def sign(self, method: str, path: str, digest: str) -> dict[str, str]:
        """Return the headers of a request, each time with another nonce."""
        with self._lock:
            created = max(0, self._now_ms() - self._ahead_ms)
        return sign(self.key, method, path, digest, created, new_nonce())

    def correct(self, registry_ms: int) -> None:
        """Take in the registry's time, by which this machine's clock was found wrong."""
        with self._lock:
            self._ahead_ms = self._now_ms() - registry_ms
