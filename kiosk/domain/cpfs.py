"""The CPF, Brazil's number of a natural person: cleaning, check digits, display, mask."""

import re

LENGTH = 11
_SEPARATORS = re.compile(r"[.\-\s]")
_ELEVEN_ASCII_DIGITS = re.compile(r"[0-9]{11}")


def clean(text: str) -> str:
    """Drop the dots, dashes and white space people write into a CPF, and nothing else."""
    return _SEPARATORS.sub("", text)


def check_digits(base: str) -> str:
    """Return the two check digits of a CPF.

    Args:
        base: The first nine digits, ASCII.

    Source: Receita Federal, módulo 11 with weights 10..2, then 11..2; a remainder below 2 gives 0.
    """
    digits = base
    for first_weight in (10, 11):
        total = sum(
            int(digit) * weight
            for digit, weight in zip(digits, range(first_weight, 1, -1), strict=True)
        )
        remainder = total % 11
        digits += "0" if remainder < 2 else str(11 - remainder)
    return digits[-2:]


def is_valid(digits: str) -> bool:
    """Tell whether a cleaned text is eleven ASCII digits, not all equal, whose check holds."""
    return (
        _ELEVEN_ASCII_DIGITS.fullmatch(digits) is not None
        and len(set(digits)) > 1
        and digits[9:] == check_digits(digits[:9])
    )


def format_partial(digits: str) -> str:
    """Set dots and dash into up to eleven digits, as they stand while typing: ``123.456.7``."""
    text = digits[:3]
    for start, mark in ((3, "."), (6, "."), (9, "-")):
        if len(digits) > start:
            text += mark + digits[start : start + (2 if mark == "-" else 3)]
    return text


def mask(digits: str) -> str:
    """Show a CPF where it need not be read in full: ``***.456.789-**``."""
    return f"***.{digits[3:6]}.{digits[6:9]}-**"
