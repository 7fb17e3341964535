"""Only what one machine alone can sign with is a key."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from kiosk.wire.device_keys import _SMALL_ORDER, load_key, make_key, public_key

PRIME = 2**255 - 19
SIGN = 1 << 255


def spellings(y: int) -> list[bytes]:
    """Return all ways to write a point: with either sign, and y once more beyond the prime."""
    wide = [y, *([y + PRIME] if y + PRIME < SIGN else [])]
    return [(one | sign).to_bytes(32, "little") for one in wide for sign in (0, SIGN)]


@pytest.mark.parametrize("y", sorted(_SMALL_ORDER))
def test_a_key_of_small_order_is_none(y: int) -> None:
    for written in spellings(y):
        with pytest.raises(ValueError, match="small order"):
            public_key(written)


def test_these_are_the_points_of_small_order() -> None:
    """The library refuses an exchange with each: on the other form of the curve it leads to 0."""
    private = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    for y in _SMALL_ORDER - {1}:
        u = (1 + y) * pow(1 - y, -1, PRIME) % PRIME
        with pytest.raises(ValueError, match="shared key"):
            private.exchange(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


def test_anybody_signs_for_such_a_key() -> None:
    """Which is why they are refused: half of all words fit one and the same signature."""
    key = Ed25519PublicKey.from_public_bytes(bytes(32))
    fitting = 0
    for number in range(64):
        try:
            key.verify(bytes(64), b"%d" % number)
        except InvalidSignature:
            continue
        fitting += 1
    assert fitting > 0


@pytest.mark.parametrize("length", [1, 31, 33, 64])
def test_a_key_has_its_length(length: int) -> None:
    with pytest.raises(ValueError, match="32"):
        public_key(b"\x07" * length)


def test_every_key_that_is_made_is_taken() -> None:
    for key in (*(make_key() for _ in range(20)), load_key(bytes(range(32)))):
        public_key(key.public).verify(key.private.sign(b"x"), b"x")
