"""Release codes: what the desk gives after seeing a photo document, typed at one named kiosk.

Ten letters in two halves. The kiosk verifies the first, also without line; the second only the
registry can, with a key that no kiosk has. Why so stands in ``docs/adr/0008-release-codes.md``.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET

VALID_MINUTES = 10
# How far the clocks of desk, kiosk and registry may be apart before a fresh code is refused.
EARLY_MINUTES = 2
# How long a code is told apart from one that was never right.
TOLD_OVER_MINUTES = 60
HALF_LENGTH = 5
MINUTE_MS = 60_000
GUARDED = frozenset({OperationKind.REGISTER, OperationKind.RESET})

_LOOKALIKES = str.maketrans("ILOU", "110V")
_BITS = 5


@dataclass(frozen=True, slots=True)
class Release:
    """What a code is for.

    Attributes:
        kiosk: Code of the one device at which it may be typed.
        purpose: Cadastro or reset.
        subject: Whom it is for, as ``subject_of`` says it.
    """

    kiosk: str
    purpose: OperationKind
    subject: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReleaseKeys:
    """The keys of one kiosk's codes. The desk has both, the kiosk its own, the registry makes both.

    Attributes:
        kiosk: Of the half that the kiosk verifies.
        registry: Of the half that the registry verifies.
    """

    kiosk: bytes = field(repr=False)
    registry: bytes = field(repr=False)


def subject_of(claim: Claim) -> str:
    """Return whom a code is for: the CPF, or the card of a person without one."""
    return f"cpf:{claim.cpf}" if claim.cpf else f"card:{claim.identifier.value}"


def read(typed: str) -> str | None:
    """Return a code as it is compared, however it was typed; None where it cannot be one."""
    kept = "".join(character for character in typed if character not in " -\t").upper()
    code = kept.translate(_LOOKALIKES)
    is_whole = len(code) == 2 * HALF_LENGTH and set(code) <= set(DEVICE_CODE_ALPHABET)
    return code if is_whole else None


def written(code: str) -> str:
    """Return a code as it is shown and read out."""
    return f"{code[:HALF_LENGTH]}-{code[HALF_LENGTH:]}"


def make(keys: ReleaseKeys, release: Release, now_ms: int) -> str:
    """Return the code that the desk gives now.

    Args:
        keys: Of the kiosk.
        release: What it is for.
        now_ms: The present instant, milliseconds since 1970.
    """
    slot = now_ms // MINUTE_MS
    return _half(keys.kiosk, release, slot) + _half(keys.registry, release, slot)


def find_slot_at_kiosk(key: bytes, release: Release, code: str, now_ms: int) -> int | None:
    """Return the minute in which a code was given, by the kiosk's half; None where it is void.

    Args:
        key: The kiosk's own.
        release: What it would have to be for.
        code: As ``read`` returned it.
        now_ms: An instant that never goes back, or a clock set back would revive codes.
    """
    return _find(key, release, code[:HALF_LENGTH], _slots(now_ms))


def is_over_at_kiosk(key: bytes, release: Release, code: str, now_ms: int) -> bool:
    """Tell whether a code that is void was right not long ago, by the kiosk's half.

    For whoever typed it too late; nothing is taken on it.
    """
    first = now_ms // MINUTE_MS - VALID_MINUTES
    slots = range(first - TOLD_OVER_MINUTES + 1, first + 1)
    return _find(key, release, code[:HALF_LENGTH], slots) is not None


def is_right_at_registry(
    key: bytes, release: Release, code: str, slot: int | None, now_ms: int, earliest_ms: int
) -> bool:
    """Tell whether a code is right, by the registry's half.

    Args:
        key: The registry's.
        release: What it would have to be for.
        code: As ``read`` returned it.
        slot: The minute that the kiosk found; None where it could not look.
        now_ms: The registry's time.
        earliest_ms: Before which the person cannot have acted: the registry's time of what the
            kiosk knew then, or the present where they act just now.
    """
    half = code[HALF_LENGTH:]
    if slot is None:
        return _find(key, release, half, _slots(now_ms)) is not None
    first = earliest_ms // MINUTE_MS - VALID_MINUTES
    if not first <= slot <= now_ms // MINUTE_MS + EARLY_MINUTES:
        return False
    # One slot for each try: many at once would be as many guesses.
    return _find(key, release, half, range(slot, slot + 1)) is not None


def _slots(now_ms: int) -> range:
    minute = now_ms // MINUTE_MS
    return range(minute - VALID_MINUTES + 1, minute + EARLY_MINUTES + 1)


def _find(key: bytes, release: Release, half: str, slots: range) -> int | None:
    found = None
    for slot in slots:
        # All of them, whichever it is.
        if hmac.compare_digest(_half(key, release, slot), half):
            found = slot
    return found


def _half(key: bytes, release: Release, slot: int) -> str:
    text = f"release|{release.kiosk}|{release.purpose}|{release.subject}|{slot}"
    number = int.from_bytes(hmac.digest(key, text.encode(), sha256)[:8], "big")
    return "".join(
        DEVICE_CODE_ALPHABET[number >> _BITS * place & 31] for place in range(HALF_LENGTH)
    )
