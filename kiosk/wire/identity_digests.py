"""How a kiosk knows that card, CPF and date of birth belong together without having any of them.

Registry and kiosk make the same two values: a keyed digest of the card, by which a line is found,
and a slow verifier of CPF and date of birth, whose salt follows from the card and is kept nowhere.
Why so stands in ``docs/adr/0010-kiosk-digests.md``.
"""

import hmac
from datetime import date
from hashlib import sha256

from argon2.low_level import Type, hash_secret_raw

from kiosk.wire.messages import DigestKey

CARD_BYTES = 15
VERIFIER_BYTES = 15
KEY_BYTES = 32
DIGESTS_VERSION = 1
# A registry that asks for more would stop the machine of whoever types.
MOST_MEMORY_KIB = 256 * 1024
MOST_PASSES = 16
_SALT_BYTES = 16
_FEWEST_MEMORY_KIB = 8


def is_sound(key: DigestKey) -> bool:
    """Tell whether a device can work with what a registry says."""
    return (
        len(key.key) == KEY_BYTES
        and _FEWEST_MEMORY_KIB <= key.memory_kib <= MOST_MEMORY_KIB
        and 1 <= key.passes <= MOST_PASSES
    )


def card_digest(key: DigestKey, card_number: str) -> bytes:
    """Return under what a card is found, ``CARD_BYTES`` long.

    Args:
        key: The registry's.
        card_number: Cleaned.
    """
    return _keyed(key, f"card:{card_number}")[:CARD_BYTES]


def verifier(key: DigestKey, card_number: str, cpf: str | None, born: date) -> bytes:
    """Return what shows that CPF and date of birth are the card's, ``VERIFIER_BYTES`` long.

    Slow on purpose: about as long for each card, known or not.

    Args:
        key: The registry's.
        card_number: Cleaned.
        cpf: Eleven digits; None for somebody without one.
        born: Date of birth.
    """
    return hash_secret_raw(
        canonical(cpf, born),
        _keyed(key, f"salt:{card_number}")[:_SALT_BYTES],
        time_cost=key.passes,
        memory_cost=key.memory_kib,
        parallelism=1,
        hash_len=VERIFIER_BYTES,
        type=Type.ID,
    )


def canonical(cpf: str | None, born: date) -> bytes:
    """Return CPF and date of birth in the one spelling that is hashed."""
    return f"{'-' if cpf is None else cpf}|{born.isoformat()}".encode()


def _keyed(key: DigestKey, text: str) -> bytes:
    return hmac.digest(key.key, text.encode(), sha256)
