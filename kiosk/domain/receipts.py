"""Receipt numbers: unique by construction, short enough to be read out on the phone.

``DEVICE-COUNTER-CHECK``, for instance ``K7Q2MT-0042-H``: the code of the device, its counter, and
a check character over both (ISO/IEC 7064, MOD 37-36), which finds every single wrong character and
nearly every swap of neighbours. The letters I, L, O and U are not used: nobody can mistake them.
"""

import re
from dataclasses import dataclass

DEVICE_CODE_LENGTH = 6
DEVICE_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOOKALIKES = str.maketrans("ILOU", "110V")
_FORM = re.compile(r"([0-9A-HJKMNP-TV-Z]{6})-?([0-9]{4,12})-?([0-9A-Z])")


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """One receipt.

    Attributes:
        device_code: Six characters of ``DEVICE_CODE_ALPHABET``.
        counter: From 1, never used twice by that device.
    """

    device_code: str
    counter: int

    def __str__(self) -> str:
        body = f"{self.device_code}-{self.counter:04d}"
        return f"{body}-{_check_character(body)}"


def parse(text: str) -> ReceiptNumber | None:
    """Read a receipt number as people type it: any case, spaces, with or without dashes.

    Returns None where the text is none or the check character does not fit.
    """
    cleaned = re.sub(r"\s", "", text).upper()
    match = _FORM.fullmatch(cleaned)
    if match is None and cleaned.isascii():
        match = _FORM.fullmatch(cleaned[:-1].translate(_LOOKALIKES) + cleaned[-1:])
    if match is None:
        return None
    number = ReceiptNumber(match[1], int(match[2]))
    return number if str(number).endswith(f"-{match[3]}") else None


def is_device_code(text: str) -> bool:
    """Tell whether a text can stand for a device in a receipt number."""
    return len(text) == DEVICE_CODE_LENGTH and set(text) <= set(DEVICE_CODE_ALPHABET)


def _check_character(body: str) -> str:
    product = 36
    for character in body.replace("-", ""):
        product = (product + _CHECK_ALPHABET.index(character)) % 36 or 36
        product = product * 2 % 37
    return _CHECK_ALPHABET[(37 - product) % 36]
