"""Receipt numbers: unique by construction, short enough to be read out on the phone.

``DEVICE-COUNTER-CHECK``, for instance ``K7Q2MT-0042-B``: the code of the device, its counter, and
a check character over both, which finds every single wrong character and nearly every swap of
neighbours. The letters I, L, O and U are used nowhere: typed for 1, 1, 0 and V, they are read so.

Source of the check: ISO/IEC 7064, hybrid systems, with 33 and 32 in the places of 37 and 36.
"""

import re
from dataclasses import dataclass

DEVICE_CODE_LENGTH = 6
DEVICE_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(DEVICE_CODE_ALPHABET)}
_LOOKALIKES = str.maketrans("ILOU", "110V")
_PRINTED = re.compile(r"([0-9A-HJKMNP-TV-Z]{6})-([0-9]{4,12})-[0-9A-HJKMNP-TV-Z]")
_FORM = re.compile(r"([0-9A-HJKMNP-TV-Z]{6})-?([0-9]{4,12})-?([0-9A-HJKMNP-TV-Z])")


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
        counter = f"{self.counter:04d}"
        return f"{self.device_code}-{counter}-{_check_character(self.device_code + counter)}"


def parse(text: str) -> ReceiptNumber | None:
    """Read a receipt number as people type it: any case, spaces, with or without dashes.

    Returns None where the text is none, or is not the number that its check character belongs to.
    """
    match = _FORM.fullmatch(re.sub(r"\s", "", text).upper().translate(_LOOKALIKES))
    if match is None:
        return None
    number = ReceiptNumber(match[1], int(match[2]))
    return number if str(number) == "-".join(match.groups()) else None


def read(text: str) -> ReceiptNumber | None:
    """Read a receipt number exactly as it is printed, as one program tells it to another."""
    match = _PRINTED.fullmatch(text)
    if match is None:
        return None
    code, counter = match.groups()
    # Filled up with zeros to four digits, and no further.
    if len(counter) > 4 and counter.startswith("0"):
        return None
    if text[-1] != _check_character(code + counter):
        return None
    return ReceiptNumber(code, int(counter))


def is_device_code(text: str) -> bool:
    """Tell whether a text can stand for a device in a receipt number."""
    return len(text) == DEVICE_CODE_LENGTH and set(text) <= set(DEVICE_CODE_ALPHABET)


def _check_character(body: str) -> str:
    product = _SIZE
    for character in body:
        product = _NEXT[product][character]
    return DEVICE_CODE_ALPHABET[(_SIZE + 1 - product) % _SIZE]


def _next(product: int, value: int) -> int:
    return ((product + value) % _SIZE or _SIZE) * 2 % (_SIZE + 1)


_SIZE = len(DEVICE_CODE_ALPHABET)
# Where each character leads from each state.
_NEXT = [
    {character: _next(product, value) for character, value in _VALUES.items()}
    for product in range(_SIZE + 1)
]
