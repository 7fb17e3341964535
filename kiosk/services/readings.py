"""What a stored row says, or nothing where the disk has changed it into what cannot be."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from kiosk.clocks import local_time

_Word = TypeVar("_Word", bound=StrEnum)


def known_word(words: type[_Word], stored: str | None) -> _Word | None:
    """Return the word that was stored; None where it is none of them.

    Args:
        words: All there are.
        stored: What was read.
    """
    return next((word for word in words if word.value == stored), None)


def possible_time(unix_ms: int | None) -> datetime | None:
    """Return an instant as local time of this machine; None where no calendar has it."""
    if unix_ms is None:
        return None
    try:
        return local_time(unix_ms)
    except (ValueError, OverflowError, OSError):
        return None
