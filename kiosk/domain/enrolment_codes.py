"""The code that lets one new device in: 128 bits, typed by a technician once.

Seven groups of four: 26 characters of the alphabet of receipt numbers, which has no look-alikes,
and two that check them, so that a mistake in typing is told before anything is sent.
"""

import hashlib
import re

from kiosk.domain.receipts import DEVICE_CODE_ALPHABET

CODE_BYTES = 16
LIFE_MS = 15 * 60_000
_DATA, _CHECK, _GROUP = 26, 2, 4
LENGTH = _DATA + _CHECK
_LOOKALIKES = str.maketrans("ILOU", "110V")
_SIZE = len(DEVICE_CODE_ALPHABET)


def from_bytes(drawn: bytes) -> str:
    """Return the code of 16 random bytes, without dashes.

    Raises:
        ValueError: There are more or fewer.
    """
    if len(drawn) != CODE_BYTES:
        raise ValueError(f"{len(drawn)} bytes")
    data = _characters(int.from_bytes(drawn), _DATA)
    return data + _check(data)


def grouped(code: str) -> str:
    """Return a code as it is read out and typed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read(typed: str) -> str | None:
    """Read a code as it was typed: any case, spaces and dashes anywhere; None where it is none."""
    code = re.sub(r"[\s-]", "", typed).upper().translate(_LOOKALIKES)
    if len(code) != LENGTH or not set(code) <= set(DEVICE_CODE_ALPHABET):
        return None
    return code if _check(code[:_DATA]) == code[_DATA:] else None


def _check(data: str) -> str:
    digest = hashlib.sha256(data.encode()).digest()
    return _characters(int.from_bytes(digest[:2]) % _SIZE**_CHECK, _CHECK)


def _characters(number: int, count: int) -> str:
    return "".join(
        DEVICE_CODE_ALPHABET[number // _SIZE**place % _SIZE] for place in reversed(range(count))
    )
