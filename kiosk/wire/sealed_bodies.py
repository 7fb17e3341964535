"""Bodies that only the registry can read: HPKE, bound to what each was made for.

A sealed body is a byte of version, the id of the key, and what HPKE makes (RFC 9180, base mode).
"""

import hashlib
from collections.abc import Callable

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

KEY_ID_BYTES = 8
PUBLIC_KEY_BYTES = 32
# Far more than any body takes: what is longer is not even tried.
MAX_SEALED_BYTES = 16 * 1024
_VERSION = 1
_PREFIX = 1 + KEY_ID_BYTES
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_BINDING = msgspec.json.Encoder()


class CannotOpen(Exception):
    """A body that is not sealed, or to another key, or for something else, or was changed.

    Args:
        key_id: The key it says it is sealed to, 16 hexadecimal digits; None where it says none.
        is_key_known: The key is here, so it is the body that does not fit.
    """

    def __init__(self, key_id: str | None, *, is_key_known: bool = False) -> None:
        super().__init__("not sealed" if key_id is None else f"key {key_id}")
        self.key_id = key_id
        self.is_key_known = is_key_known


class SealingKey:
    """A public key of the registry.

    Args:
        public_key: 32 bytes.

    Attributes:
        id: Tells it from others, 8 bytes.

    Raises:
        ValueError: They are not 32.
    """

    def __init__(self, public_key: bytes) -> None:
        self._key = X25519PublicKey.from_public_bytes(public_key)
        self.public_key = public_key
        self.id = key_id_of(public_key)

    def seal(self, content: bytes, binding: bytes) -> bytes:
        """Return content that opens with the private key and the same binding alone."""
        head = bytes((_VERSION,)) + self.id
        return head + _SUITE.encrypt(content, self._key, info=binding)


def key_id_of(public_key: bytes) -> bytes:
    """Return the id of a public key."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_BYTES]


def open_sealed(
    sealed: bytes,
    binding: bytes,
    private_key: Callable[[bytes], X25519PrivateKey | None],
    most_bytes: int = MAX_SEALED_BYTES,
) -> bytes:
    """Return what was sealed.

    Args:
        sealed: As it came; anything.
        binding: What it has to have been made for.
        private_key: Finds a key by its id.
        most_bytes: What is longer is not even tried.

    Raises:
        CannotOpen: Whatever is wrong with it.
    """
    if not _PREFIX < len(sealed) <= most_bytes or sealed[0] != _VERSION:
        raise CannotOpen(None)
    key_id = sealed[1:_PREFIX]
    key = private_key(key_id)
    if key is None:
        raise CannotOpen(key_id.hex())
    try:
        return _SUITE.decrypt(sealed[_PREFIX:], key, info=binding)
    except InvalidTag:
        raise CannotOpen(key_id.hex(), is_key_known=True) from None


def operation_binding(wish: str, kind: str, device: str) -> bytes:
    """Return what ties a body to an operation.

    Args:
        wish: Id of the first operation of the wish: that of its own, or the one it replaces.
        kind: What it asks for.
        device: Code of the device at which the person acted.
    """
    return _bound_to("operation", wish, kind, device)


def sign_in_binding(device: str, nonce: bytes) -> bytes:
    """Return what ties a password to one attempt at one device."""
    return _bound_to("sign-in", device, nonce.hex())


def request_binding(path: str, device: str, nonce: bytes) -> bytes:
    """Return what ties a question to one asking of it at one device."""
    return _bound_to("request", path, device, nonce.hex())


def gate_binding(device: str, public_key: bytes) -> bytes:
    """Return what ties release keys to the one request that asked for them."""
    return _bound_to("release keys", device, public_key.hex())


def _bound_to(*what: str) -> bytes:
    # Encoded so that no two lists of words look alike.
    return _BINDING.encode(("kiosk-pas", _VERSION, *what))
