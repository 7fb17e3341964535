"""The date of birth, as people write it (dd/mm/aaaa) and as files carry it (ISO 8601)."""

import re
from datetime import date
from enum import StrEnum

MAX_AGE_YEARS = 130
_BRAZILIAN = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class BirthDateProblem(StrEnum):
    """Why a text is no date of birth."""

    INCOMPLETE = "incomplete"
    IMPOSSIBLE = "impossible"
    FUTURE = "future"
    TOO_OLD = "too_old"


def parse(text: str, today: date) -> date | BirthDateProblem:
    """Read a date of birth.

    Args:
        text: ``dd/mm/aaaa`` or ``aaaa-mm-dd``, ASCII digits.
        today: The day against which future and age are judged.
    """
    if match := _BRAZILIAN.fullmatch(text):
        day, month, year = (int(group) for group in match.groups())
    elif match := _ISO.fullmatch(text):
        year, month, day = (int(group) for group in match.groups())
    else:
        return BirthDateProblem.INCOMPLETE
    try:
        born = date(year, month, day)
    except ValueError:
        return BirthDateProblem.IMPOSSIBLE
    if born > today:
        return BirthDateProblem.FUTURE
    if (today.year - MAX_AGE_YEARS, today.month, today.day) > (born.year, born.month, born.day):
        return BirthDateProblem.TOO_OLD
    return born


def format_partial(digits: str) -> str:
    """Set the slashes into up to eight digits, as they stand while typing: ``24/03/19``."""
    text = digits[:2]
    if len(digits) > 2:
        text += "/" + digits[2:4]
    if len(digits) > 4:
        text += "/" + digits[4:8]
    return text


def with_slashes(text: str) -> str:
    """Return eight bare digits as dd/mm/aaaa, and anything else as it is."""
    return format_partial(text) if _EIGHT_DIGITS.fullmatch(text) else text
