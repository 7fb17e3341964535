"""Hashes that cost nothing, and whether one is that of a password."""

import base64
import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class InstantHasher(PasswordHasher):
    """Writes hashes of today's form without the work of making them, so that people can be many."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        digest = hashlib.sha256(password.encode() if isinstance(password, str) else password)
        salted = digest.digest()
        return (
            f"$argon2id$v=19$m={self.memory_cost},t={self.time_cost},p={self.parallelism}"
            f"${_base64(salt or salted[:16])}${_base64(salted)}"
        )


def is_hash_of(password: str, stored: str) -> bool:
    """Tell whether a hash, instant or real, is that of a password."""
    if stored == InstantHasher().hash(password):
        return True
    try:
        return PasswordHasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).rstrip(b"=").decode()
