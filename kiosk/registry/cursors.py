"""Cursors: how far a device has read the feed, in a form that only this registry can make."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from kiosk.registry.clocks import Clock

MARK_BYTES = 6
_PAYLOAD = struct.Struct(f">BQQ{MARK_BYTES}s")
_VERSION = 2
# What was given out before cursors said what stood at their place.
_UNMARKED = struct.Struct(">BQQ")
_FIRST_VERSION = 1
_TAG_BYTES = 16
_LENGTHS = (44, 52)


@dataclass(frozen=True, slots=True)
class ReadCursor:
    """What a cursor of this registry says.

    Attributes:
        position: Last place of the feed that was looked at.
        issued_at: Registry time of issue, milliseconds since 1970, UTC.
        mark: Tells what stood at that place from what stands there in another history of the same
            registry; None in cursors of a time that made none.
    """

    position: int
    issued_at: int
    mark: bytes | None = None


class Cursors:
    """Issues and reads cursors.

    Args:
        key: Secret of this registry.
        clock: The registry's time.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, position: int, mark: bytes) -> str:
        """Return the cursor for a place in the feed, as of now.

        Args:
            position: The place.
            mark: Of what stands there, ``MARK_BYTES`` bytes.
        """
        payload = _PAYLOAD.pack(_VERSION, position, self._clock(), mark)
        return base64.urlsafe_b64encode(payload + self._tag(payload)).decode()

    def read(self, text: str) -> ReadCursor | None:
        """Return what a cursor says, or None where this registry did not make it."""
        if len(text) not in _LENGTHS or not text.isascii():
            return None
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        payload, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(payload)):
            return None
        if payload[0] == _FIRST_VERSION and len(payload) == _UNMARKED.size:
            return ReadCursor(*_UNMARKED.unpack(payload)[1:])
        if payload[0] == _VERSION and len(payload) == _PAYLOAD.size:
            return ReadCursor(*_PAYLOAD.unpack(payload)[1:])
        return None

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)[:_TAG_BYTES]
