"""The card number (número do cartão, TISS ``numeroCarteira``): text, leading zeros kept."""

import re
from dataclasses import dataclass

MAX_LENGTH = 20
_SEPARATORS = re.compile(r"[.\-\s]")


@dataclass(frozen=True, slots=True)
class CardFormat:
    """How this plan's card numbers look.

    Attributes:
        pattern: Regular expression for the whole cleaned number.

    Source: ANS, Padrão TISS, ``numeroCarteira``: up to 20 characters.
    """

    pattern: str = r"[0-9]{6,20}"

    def matches(self, number: str) -> bool:
        """Tell whether a cleaned text can be a card number of this plan."""
        return len(number) <= MAX_LENGTH and re.fullmatch(self.pattern, number) is not None


def clean(text: str) -> str:
    """Drop the dots, dashes and white space printed between the groups of a card number."""
    return _SEPARATORS.sub("", text)


def mask(number: str) -> str:
    """Show a card number where it need not be read in full: ``••••1234``."""
    return "••••" + number[-4:]
