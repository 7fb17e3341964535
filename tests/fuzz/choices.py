"""Bytes that somebody else has drawn, taken apart into what a parser is given.

Coverage-guided fuzzing changes bytes and Hypothesis draws them, so both drive the same targets.
"""

from collections.abc import Sequence
from typing import TypeVar

SEPARATOR = b"\x1f"
"""Stands between the fields of an input: it survives a changed length, which a prefix would not."""

_One = TypeVar("_One")


class Choices:
    """Takes choices from the front of some bytes; where they are used up, the first of each.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        """Return the next byte, 0 behind the last."""
        taken = self._data[self._at : self._at + 1]
        self._at += 1
        return taken[0] if taken else 0

    def flag(self) -> bool:
        """Return one of two."""
        return self.byte() % 2 == 1

    def pick(self, options: Sequence[_One]) -> _One:
        """Return one of at most 256."""
        return options[self.byte() % len(options)]

    def number(self, size: int) -> int:
        """Return an unsigned number of so many bytes."""
        return int.from_bytes(bytes(self.byte() for _ in range(size)))

    def rest(self) -> bytes:
        """Return everything that is left."""
        rest = self._data[self._at :]
        self._at = len(self._data)
        return rest

    def pieces(self, count: int) -> list[bytes]:
        """Return everything that is left in so many fields; those that are missing are empty."""
        fields = self.rest().split(SEPARATOR, count - 1)
        return fields + [b""] * (count - len(fields))

    def texts(self, count: int) -> list[str]:
        """Return everything that is left in so many fields of text."""
        return [text_of(one) for one in self.pieces(count)]


def text_of(data: bytes) -> str:
    """Return a text for any bytes; what is no UTF-8 becomes lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def fields(*texts: str) -> bytes:
    """Return the bytes of which ``texts`` and ``pieces`` make these fields."""
    return SEPARATOR.join(text.encode("utf-8", "surrogateescape") for text in texts)


def is_writable(text: str) -> bool:
    """Tell whether a text has a UTF-8 form."""
    return not any("\ud800" <= one <= "\udfff" for one in text)
