"""Cursors: how far a device has read the feed, in a form that only this registry can make."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from kiosk.registry.clocks import Clock

_PAYLOAD = struct.Struct(">BQQ")
_VERSION = 1
_TAG_BYTES = 16
_LENGTH = 44


@dataclass(frozen=True, slots=True)
class ReadCursor:
    """What a cursor of this registry says.

    Attributes:
        position: Last place of the feed that was looked at.
        issued_at: Registry time of issue, milliseconds since 1970, UTC.
    """

    position: int
    issued_at: int


class Cursors:
    """Issues and reads cursors.

    Args:
        key: Secret of this registry.
        clock: The registry's time.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, position: int) -> str:
        """Return the cursor for a place in the feed, as of now."""
        payload = _PAYLOAD.pack(_VERSION, position, self._clock())
        return base64.urlsafe_b64encode(payload + self._tag(payload)).rstrip(b"=").decode()

    def read(self, text: str) -> ReadCursor | None:
        """Return what a cursor says, or None where this registry did not make it."""
        if len(text) != _LENGTH or not text.isascii():
            return None
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        payload, tag = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
        if not hmac.compare_digest(tag, self._tag(payload)):
            return None
        version, position, issued_at = _PAYLOAD.unpack(payload)
        return ReadCursor(position, issued_at) if version == _VERSION else None

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)[:_TAG_BYTES]
