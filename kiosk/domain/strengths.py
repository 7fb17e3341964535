"""How well a new password withstands guessing, as it is told while somebody types."""

from dataclasses import dataclass
from enum import StrEnum


class StrengthLevel(StrEnum):
    """In the order of the guesses that are needed."""

    WEAK = "weak"
    FAIR = "fair"
    GOOD = "good"
    STRONG = "strong"


class Advice(StrEnum):
    """What would help most."""

    ADD_WORD = "add_word"
    LENGTHEN = "lengthen"
    AVOID_OWN_DATA = "avoid_own_data"
    AVOID_ORDER = "avoid_order"
    AVOID_REPETITION = "avoid_repetition"
    AVOID_DATES = "avoid_dates"


@dataclass(frozen=True, slots=True)
class Strength:
    """A level, and one piece of advice where there is one."""

    level: StrengthLevel
    advice: Advice | None = None
