"""Password hashes: the schemes that are known, one verification, and when to hash anew.

Known are argon2id, and what the Portal kept: bcrypt and PBKDF2-SHA256, the latter as passlib and as
Django write it; ``docs/domain.md`` has the formats. No password is cut off here, but for one thing:
bcrypt never saw more than 72 bytes of any. A hash that was made of a longer one is verified as it
was made, by the first 72; the hash that then takes its place is of the whole password.
"""

import binascii
import re
import secrets
from base64 import b64decode

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type
from passlib.hash import (  # type: ignore[import-untyped]
    bcrypt,
    django_pbkdf2_sha256,
    pbkdf2_sha256,
)

from kiosk.domain import passwords

BCRYPT_MAX_BYTES = 72
# What costs more than this is damaged or meant to keep the machine busy.
_MAX_ARGON2_MEMORY_KIB = 1024 * 1024
_MAX_ARGON2_TIME = 64
_MAX_ARGON2_LANES = 64
_MAX_BCRYPT_COST = 16
_MAX_PBKDF2_ROUNDS = 5_000_000

_ARGON2ID = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,8}),t=([1-9][0-9]{0,3}),p=([1-9][0-9]{0,3})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})"
)
# The last character of salt and of digest carries only the bits that are left over.
_BCRYPT = re.compile(
    r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
)
_PBKDF2 = re.compile(
    r"\$pbkdf2-sha256\$([1-9][0-9]{0,8})\$([./A-Za-z0-9]{8,86})\$([./A-Za-z0-9]{43})"
)
_DJANGO = re.compile(r"pbkdf2_sha256\$([1-9][0-9]{0,8})\$([A-Za-z0-9]{1,64})\$([A-Za-z0-9+/]{43})=")


def is_known(stored: str) -> bool:
    """Tell whether a text is a whole hash of a known scheme at a bearable cost."""
    return _is_argon2id(stored) or _is_bcrypt(stored) or _is_pbkdf2(stored) or _is_django(stored)


class PasswordHashes:
    """Makes and verifies hashes.

    Args:
        hasher: argon2id with the parameters of this registry; the default is the second profile of
            RFC 9106.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = PasswordHasher() if hasher is None else hasher
        # Verified where there is nobody to verify for, so that this takes as long.
        self._dummy = self._hasher.hash(secrets.token_hex(16))
        self._current = _pattern_like(self._dummy)

    def hash(self, password: str) -> str:
        """Return the hash to keep for a normalised password."""
        return self._hasher.hash(password)

    def is_current(self, stored: str) -> bool:
        """Tell whether a hash is argon2id with exactly the parameters of this registry."""
        return self._current.fullmatch(stored) is not None

    def verify(self, password: str, stored: str | None) -> bool:
        """Verify one password, once, also where there is no hash: then it never matches.

        Args:
            password: Normalised.
            stored: A hash of a known scheme, or None.
        """
        if stored is None or not _can_match(password, stored):
            self._verify_argon2id("", self._dummy)
            return False
        if stored.startswith("$argon2id$"):
            return self._verify_argon2id(password, stored)
        return _verify_old(password, stored)

    def _verify_argon2id(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False


def _pattern_like(made: str) -> re.Pattern[str]:
    """Return what fits every argon2id hash with the parameters and lengths of one, and no other."""
    parameters = extract_parameters(made)
    before, _, _ = made.rpartition("$")
    before, _, _ = before.rpartition("$")
    parts = (_base64_pattern(parameters.salt_len), _base64_pattern(parameters.hash_len))
    return re.compile(r"\$".join((re.escape(before), *parts)))


def _base64_pattern(length: int) -> str:
    # In the one canonical spelling the bits that are left over in the last character are 0.
    whole, left_over = divmod(length, 3)
    end = ("", "[A-Za-z0-9+/][AQgw]", "[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]")[left_over]
    return f"[A-Za-z0-9+/]{{{4 * whole}}}{end}"


def _can_match(password: str, stored: str) -> bool:
    if len(password) > passwords.MAX_LENGTH:
        return False
    if stored.startswith("$argon2id$"):
        return True
    # bcrypt ends at a NUL, and HMAC, on which PBKDF2 stands, takes trailing ones for nothing.
    return "\0" not in password


def _verify_old(password: str, stored: str) -> bool:
    secret = password.encode()
    if stored.startswith("$2"):
        scheme = bcrypt
        # The library refuses more, which bcrypt itself passed over.
        secret = secret[:BCRYPT_MAX_BYTES]
    elif stored.startswith("$pbkdf2-sha256$"):
        scheme = pbkdf2_sha256
    else:
        scheme = django_pbkdf2_sha256
    matches: bool = scheme.verify(secret, stored)
    return matches


def _is_argon2id(stored: str) -> bool:
    match = _ARGON2ID.fullmatch(stored)
    if match is None:
        return False
    memory, time, lanes = int(match[1]), int(match[2]), int(match[3])
    return (
        8 * lanes <= memory <= _MAX_ARGON2_MEMORY_KIB
        and time <= _MAX_ARGON2_TIME
        and lanes <= _MAX_ARGON2_LANES
        and _decodes(match[4])
        and _decodes(match[5])
        and len(match[5]) * 6 // 8 % 8 == 0
        and extract_parameters(stored).type is Type.ID
    )


def _is_bcrypt(stored: str) -> bool:
    match = _BCRYPT.fullmatch(stored)
    return match is not None and 4 <= int(match[1]) <= _MAX_BCRYPT_COST


def _is_pbkdf2(stored: str) -> bool:
    match = _PBKDF2.fullmatch(stored)
    return (
        match is not None
        and int(match[1]) <= _MAX_PBKDF2_ROUNDS
        and _decodes(match[2].replace(".", "+"))
        and _decodes(match[3].replace(".", "+"))
    )


def _is_django(stored: str) -> bool:
    match = _DJANGO.fullmatch(stored)
    return match is not None and int(match[1]) <= _MAX_PBKDF2_ROUNDS and _decodes(match[3])


def _decodes(text: str) -> bool:
    try:
        raw = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    # Only the one canonical spelling: a changed last character is damage, even if it decodes.
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").decode() == text
