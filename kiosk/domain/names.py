"""Names of people: which one is shown, and how two are compared in a search."""

import unicodedata

_APOSTROPHES = frozenset("'’‘`´ʼ")


def normalise(text: str) -> str:
    """Return a name as it is kept: NFC, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def shown_name(full_name: str, social_name: str | None) -> str:
    """Return the name every screen shows: the nome social where there is one.

    Source: Decreto 8.727/2016, art. 2.
    """
    return social_name or full_name


def search_key(text: str) -> str:
    """Return a name without accents, case and apostrophes, for searching."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(
        character
        for character in decomposed
        if not unicodedata.combining(character) and character not in _APOSTROPHES
    )
    return " ".join(kept.split())
