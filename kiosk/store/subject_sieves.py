"""Whether a person may have an operation waiting, told without asking the database.

Nearly everybody who acts has nothing waiting. An index of persons would tell, but its keys come in
no order: with a million rows each new one would go to another page. This says "no" for certain or
"perhaps", from memory that never grows, and "perhaps" is looked up.
"""

from collections.abc import Iterable, Iterator

# 8 MiB, which the system gives page by page as they are written. With a million people in it, one
# in a hundred thousand others is looked up in vain.
_BITS = 26
_BYTES = 2**_BITS // 8
_MASK = 2**_BITS - 1
_PARTS = 4
_PART_BYTES = 4


class SubjectSieve:
    """People who acted, by their digest; nobody is ever taken out (B. H. Bloom, 1970).

    Args:
        subjects: Digests, 32 bytes each, of those who are known at the beginning.
    """

    def __init__(self, subjects: Iterable[bytes] = ()) -> None:
        self._marks = bytearray(_BYTES)
        for subject in subjects:
            self.add(subject)

    def add(self, subject: bytes) -> None:
        """Note that somebody acted."""
        for place in _places(subject):
            self._marks[place >> 3] |= 1 << (place & 7)

    def may_hold(self, subject: bytes) -> bool:
        """Tell whether somebody may have acted; False is certain."""
        return all(self._marks[place >> 3] & 1 << (place & 7) for place in _places(subject))


def _places(subject: bytes) -> Iterator[int]:
    # The digest is keyed and spread evenly, so its own bytes are as good as another hash.
    for begin in range(0, _PARTS * _PART_BYTES, _PART_BYTES):
        yield int.from_bytes(subject[begin : begin + _PART_BYTES], "big") & _MASK
