"""The key of a device's database files: 256 random bits, used as they are."""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

KEY_BYTES = 32
SALT_BYTES = 16
_WRITTEN = re.compile(r"[0-9a-f]{64}")
_CHECK_CHARACTERS = 32


@dataclass(frozen=True)
class StoreKey:
    """A key that no passphrase stands behind, so nothing has to be stretched when a file is opened.

    Attributes:
        secret: 32 bytes.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")

    @classmethod
    def draw(cls) -> "StoreKey":
        """Return a new one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def read(cls, written: str) -> "StoreKey | None":
        """Return the key that a custody wrote as 64 hexadecimal digits; None where it is none."""
        written = written.strip().lower()
        return cls(bytes.fromhex(written)) if _WRITTEN.fullmatch(written) else None

    def written(self) -> str:
        """Return it as a custody keeps it."""
        return self.secret.hex()

    @cached_property
    def salt(self) -> bytes:
        """Of all files under this key, 16 bytes.

        SQLCipher would draw one a file and lay it in the file's first bytes, and a file whose first
        bytes the disk has changed would not open to the right key. A key that is random needs none.
        """
        return self._derived(b"salt")[:SALT_BYTES]

    @cached_property
    def specification(self) -> str:
        """What SQLCipher is given: key and salt, neither of them stretched."""
        return f"x'{self.secret.hex()}{self.salt.hex()}'"

    @cached_property
    def check(self) -> str:
        """By which the right key is known, and from which nobody gets it back."""
        return self._derived(b"check").hex()[:_CHECK_CHARACTERS]

    def _derived(self, purpose: bytes) -> bytes:
        return hmac.digest(self.secret, b"kiosk-pas store: " + purpose, sha256)
