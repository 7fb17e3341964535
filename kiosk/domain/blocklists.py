"""The list of common passwords, as it lies in one file.

The file is text: a line with kind, version and the SHA-256 of everything after it, a line that
tells how many words there are of each length, then the words, folded (``password_spellings.fold``),
by length and within it by alphabet. Words of one length lie at even distances, so one is found by
halving, in the bytes as they were read. It holds words, not digests or a filter: nothing is refused
that does not stand in it, and anybody can look.
"""

from hashlib import sha256

MAGIC = b"kiosk-blocklist 1 "


class Blocklist:
    """Knows which words are common.

    Args:
        data: What stands in the file.

    Raises:
        ValueError: It is not such a file, or damaged.
    """

    def __init__(self, data: bytes) -> None:
        head, _, rest = data.partition(b"\n")
        if head != MAGIC + sha256(rest).hexdigest().encode():
            raise ValueError("damaged")
        index = rest.partition(b"\n")[0]
        self._data = data
        self._places: dict[int, tuple[int, int]] = {}
        at = len(head) + 1 + len(index) + 1
        for length, count in _counts(index):
            self._places[length] = (at, count)
            at += count * (length + 1)

    def __contains__(self, word: object) -> bool:
        """Tell whether a folded word stands in the list."""
        if not isinstance(word, str) or not word.isascii() or len(word) not in self._places:
            return False
        wanted = word.encode()
        length = len(wanted)
        start, high = self._places[length]
        data, distance, low = self._data, length + 1, 0
        while low < high:
            middle = (low + high) // 2
            at = start + middle * distance
            found = data[at : at + length]
            if found == wanted:
                return True
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return False

    def count(self, least_length: int) -> int:
        """Count the words that are that long or longer."""
        return sum(count for length, (_, count) in self._places.items() if length >= least_length)


def compose(words: set[str]) -> bytes:
    """Return what stands in the file for some folded words.

    Args:
        words: ASCII letters and digits.
    """
    counts: dict[int, int] = {}
    for word in words:
        counts[len(word)] = counts.get(len(word), 0) + 1
    index = " ".join(f"{length}:{count}" for length, count in sorted(counts.items()))
    lines = [index, *sorted(words, key=lambda word: (len(word), word))]
    rest = "".join(f"{line}\n" for line in lines).encode("ascii")
    return MAGIC + sha256(rest).hexdigest().encode() + b"\n" + rest


def _counts(index: bytes) -> list[tuple[int, int]]:
    pairs = (entry.split(b":") for entry in index.split())
    return [(int(length), int(count)) for length, count in pairs]
