"""The key by which a registry knows a device: Ed25519, 32 bytes each half."""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES = 32
_ID_BYTES = 16
_PRIME = 2**255 - 19
# Of the points of small order, under which signatures of anybody fit: y, in whatever spelling.
_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A private key, which never leaves its device.

    Attributes:
        secret: Its 32 bytes, for the store.
        public: The 32 bytes of the other half.
        key_id: Names it to the registry.
    """

    secret: bytes = field(repr=False)
    public: bytes
    key_id: str
    private: Ed25519PrivateKey = field(repr=False, compare=False)


def make_key() -> DeviceKey:
    """Make a new key."""
    return _of(Ed25519PrivateKey.generate())


def load_key(secret: bytes) -> DeviceKey:
    """Return the key whose secret was kept.

    Raises:
        ValueError: These are not the bytes of one.
    """
    return _of(Ed25519PrivateKey.from_private_bytes(secret))


def public_key(public: bytes) -> Ed25519PublicKey:
    """Return the public half from its bytes.

    Raises:
        ValueError: These are not the bytes of one, or of one for which anybody can sign.

    Source: RFC 8032 section 5.1.3, by which the sign of x is the highest bit.
    """
    if int.from_bytes(public, "little") % 2**255 % _PRIME in _SMALL_ORDER:
        raise ValueError("a key of small order")
    try:
        return Ed25519PublicKey.from_public_bytes(public)
    except UnsupportedAlgorithm:
        raise ValueError("no Ed25519 here") from None


def key_id_of(public: bytes) -> str:
    """Return the name of a public key: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).digest()[:_ID_BYTES].hex()


def _of(private: Ed25519PrivateKey) -> DeviceKey:
    public = private.public_key().public_bytes_raw()
    return DeviceKey(private.private_bytes_raw(), public, key_id_of(public), private)
