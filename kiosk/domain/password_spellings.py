"""What a password is underneath capitals, accents, marks, digits put around it and look-alikes.

Nothing here refuses anything. The forms that are found are what guessing programs try first: a word
with a year behind it, with ``@`` for an a, spelt backwards or twice.
"""

import string
import unicodedata
from collections.abc import Iterator

from kiosk.domain.password_patterns import count_pieces

_MOST_DIGITS_AROUND = 4
# Of more kinds of marks nobody can say that they only stand around or between.
_MOST_KINDS_OF_MARKS = 3
# No entry of the list is half as long, and more than eight digits and marks are no trimming.
LONGEST = 64
_LEAST_SHARE_OF_LETTERS = 0.4
_MARKS = string.punctuation + string.whitespace + "´¨§°£¢¬"
_LOOK_ALIKES = (
    str.maketrans("013456789@$!|+€", "oieasbtbgasiite"),
    str.maketrans("013456789@$!|+€", "oleasgtbgasllte"),
)


def without_accents(text: str) -> str:
    """Return a text without accents, all else kept."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def plain(text: str) -> str:
    """Return a text without capitals and accents, its marks kept."""
    return without_accents(text.casefold())


def letters_of(text: str) -> str:
    """Return letters, digits and pictures of a text and nothing else, without capitals."""
    return "".join(one for one in plain(text) if _is_kept(one))


def fold(text: str) -> str:
    """Return the same, but with all marks where they are too many kinds to be trimming."""
    bare = plain(text)
    if not _is_trimmed(bare):
        return bare
    return "".join(one for one in bare if _is_kept(one))


def without_look_alikes(text: str) -> tuple[str, ...]:
    """Return what a text may say where digits and marks stand for letters; folded."""
    bare = plain(text)
    # Where most are digits and marks they do not stand for letters, they are the password.
    kept = [one for one in bare.strip(_MARKS) if not one.isspace()]
    if sum(one.isalpha() for one in kept) < _LEAST_SHARE_OF_LETTERS * len(kept):
        return ()
    if not _is_trimmed(bare):
        return ()
    forms = {bare, letters_of(bare)}
    read = {form.translate(table) for form in forms for table in _LOOK_ALIKES}
    return tuple({fold(one) for one in read - forms})


def spellings(text: str) -> Iterator[str]:
    """Yield all that a password may be underneath, folded; nothing for a long one.

    Args:
        text: In NFC.
    """
    bare = plain(text)
    if len(bare) > LONGEST or not _is_trimmed(bare):
        return
    folded = fold(bare)
    yield folded
    yield folded[::-1]
    if unit := _unit_of(folded):
        yield unit
    tried = {folded}
    for trimmed in _without_marks_around(bare):
        for core in _without_digits_around(trimmed):
            for form in (fold(core), *without_look_alikes(core)):
                if form not in tried:
                    tried.add(form)
                    yield form


def _is_trimmed(bare: str) -> bool:
    marks = {one for one in bare if not _is_kept(one) and not one.isspace()}
    return len(marks) <= _MOST_KINDS_OF_MARKS


def _is_kept(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "So"


def _unit_of(folded: str) -> str | None:
    at = (folded + folded).find(folded, 1)
    return folded[:at] if 0 < at < len(folded) else None


def _without_marks_around(bare: str) -> Iterator[str]:
    trimmed = {bare.lstrip(_MARKS), bare.rstrip(_MARKS), bare.strip(_MARKS)}
    yield from trimmed | {bare, letters_of(bare)}


def _without_digits_around(text: str) -> Iterator[str]:
    before = _removable(text[: len(text) - len(text.lstrip(string.digits))])
    after = _removable(text[len(text.rstrip(string.digits)) :])
    for first in before:
        for last in after:
            is_few = min(first, last) == 0 or first + last <= _MOST_DIGITS_AROUND
            if is_few and first + last < len(text):
                yield text[first : len(text) - last]


def _removable(digits: str) -> list[int]:
    counts = list(range(min(len(digits), _MOST_DIGITS_AROUND) + 1))
    if len(digits) > _MOST_DIGITS_AROUND and count_pieces(digits) == 1:
        counts.append(len(digits))
    return counts
