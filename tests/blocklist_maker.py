"""Makes the list of common passwords: ``python -m tests.blocklist_maker WORDS FILE``.

WORDS is the dictionary of Debian's package wbrazilian, /usr/share/dict/brazilian in it; the rest
comes with zxcvbn. ``make blocklist`` fetches the package and calls this.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from kiosk.domain.blocklists import compose
from kiosk.domain.password_spellings import LONGEST, letters_of
from kiosk.domain.passwords import DEFAULT_MIN_LENGTH

# Short ones count with digits around them, as in "maria2024"; four letters of any language would
# be in every other thing that somebody types.
SHORTEST_BY_SOURCE = {"passwords": 4, "female_names": 4, "male_names": 4}
SHORTEST_WORD = 5
# The plan's short name, and what people of Brazil choose and no other list has.
ALSO = ("pas", "amor", "jesus", "deus", "fofa", "gato", "gata", "vovo", "bebe", "casa", "vida")


def gather(dictionary: Iterable[str]) -> set[str]:
    """Return the folded words of all sources.

    Args:
        dictionary: The words of wbrazilian.
    """
    words = set(ALSO)
    for name, entries in FREQUENCY_LISTS.items():
        words |= _usable(entries, SHORTEST_BY_SOURCE.get(name, SHORTEST_WORD))
    return words | _usable(dictionary, SHORTEST_WORD)


def _usable(entries: Iterable[str], shortest: int) -> set[str]:
    folded = {letters_of(entry) for entry in entries}
    return {word for word in folded if shortest <= len(word) <= LONGEST and _is_telling(word)}


def _is_telling(word: str) -> bool:
    """Tell whether a word is one, or digits that pass the rule of length."""
    return word.isascii() and (len(word) >= DEFAULT_MIN_LENGTH or not word.isdigit())


def main(dictionary: str, file: str) -> None:
    """Write the file."""
    words = gather(Path(dictionary).read_text(encoding="utf-8").splitlines())
    Path(file).write_bytes(compose(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
