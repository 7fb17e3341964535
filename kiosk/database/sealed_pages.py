"""The pages of an encrypted file, taken by themselves, as salvage has to take them.

SQLCipher opens no page whose seal does not fit, and after one it opens none of the others either.
Here a page is looked at alone; under a new seal, one that the disk has changed is read again, and
what was changed in it is garbled for 32 bytes and no further.

Source of the format: https://www.zetetic.net/sqlcipher/design/. A page is AES-256-CBC text, its
16-byte start vector, and HMAC-SHA512 of both and of the page's number; page 1 begins with the salt.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kiosk.database.keys import SALT_BYTES, StoreKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE_BYTES = 4096
VECTOR_BYTES = 16
RESERVED_BYTES = 80
_TEXT_END = PAGE_BYTES - RESERVED_BYTES
_SEAL_AT = _TEXT_END + VECTOR_BYTES
_SALT_MASK = 0x3A
_ROUNDS = 2
_NUMBER_BYTES = 4
# Source: https://www.sqlite.org/fileformat2.html, "The WAL file".
_LOG_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_MAGIC = b"SQLite format 3\x00"
_EMPTY = bytes(PAGE_BYTES)
_KINDS = (0, 2, 5, 10, 13)
_PAGES_THAT_TELL = 4


class PageSeal:
    """Opens and closes single pages.

    Args:
        key: Of the file.
    """

    def __init__(self, key: StoreKey) -> None:
        self._key = key
        masked = bytes(one ^ _SALT_MASK for one in key.salt)
        self._seal_key = hashlib.pbkdf2_hmac("sha512", key.secret, masked, _ROUNDS, 32)

    def is_whole(self, page: bytes, number: int) -> bool:
        """Tell whether a page is as it was written under this key.

        Args:
            page: As it lies in the file.
            number: Of the page, from 1.
        """
        return len(page) == PAGE_BYTES and hmac.compare_digest(
            page[_SEAL_AT:], self._seal(page, number)
        )

    def sealed_again(self, page: bytes, number: int) -> bytes:
        """Return a page under the seal that fits what it has become."""
        # What was never written is nothing but zeros, and stays so.
        return page if page == _EMPTY else page[:_SEAL_AT] + self._seal(page, number)

    def opened(self, page: bytes, number: int) -> bytes:
        """Return the content of a page, whatever its seal says; the reserved bytes are zeros."""
        start = SALT_BYTES if number == 1 else 0
        decryptor = self._cipher(page[_TEXT_END:_SEAL_AT]).decryptor()
        content: bytes = decryptor.update(page[start:_TEXT_END])
        return (_MAGIC if start else b"") + content + bytes(RESERVED_BYTES)

    def closed(self, content: bytes, number: int) -> bytes:
        """Return a page as it lies in the file.

        Args:
            content: 4096 bytes, of which the reserved ones are not looked at.
            number: Of the page, from 1.
        """
        start = SALT_BYTES if number == 1 else 0
        vector = os.urandom(VECTOR_BYTES)
        encryptor = self._cipher(vector).encryptor()
        text: bytes = encryptor.update(content[start:_TEXT_END])
        front = self._key.salt if start else b""
        return self.sealed_again(front + text + vector + bytes(PAGE_BYTES - _SEAL_AT), number)

    def _seal(self, page: bytes, number: int) -> bytes:
        start = SALT_BYTES if number == 1 else 0
        summed = page[start:_SEAL_AT] + number.to_bytes(_NUMBER_BYTES, "little")
        return hmac.digest(self._seal_key, summed, "sha512")

    def _cipher(self, vector: bytes) -> "Cipher[CBC]":
        # Imported where it is needed: opening a file without a key has no use for it.
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES256
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        return Cipher(AES256(self._key.secret), CBC(vector))


def is_plain(path: Path) -> bool:
    """Tell whether a file is an unencrypted database."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except FileNotFoundError:
        return False


def looks_plain(path: Path) -> bool:
    """Tell whether a file is an unencrypted database, though its first page may be damaged.

    Most pages of one begin with a byte that says their kind; of an encrypted one, as many as chance
    wants.
    """
    if is_plain(path):
        return True
    if not path.exists():
        return False
    with path.open("rb") as file:
        kinds = [page[0] in _KINDS for number, page in _pages(file) if number > 1]
    return len(kinds) >= _PAGES_THAT_TELL and sum(kinds) * 2 > len(kinds)


def first_page(path: Path, key: StoreKey | None) -> bytes:
    """Return page 1 of a file, opened; shorter where the file is."""
    with path.open("rb") as file:
        page = file.read(PAGE_BYTES)
    if key is None or len(page) < PAGE_BYTES:
        return page
    return PageSeal(key).opened(page, 1)


def opens_with(path: Path, key: StoreKey) -> bool:
    """Tell whether at least one page of a file was written under a key."""
    seal = PageSeal(key)
    with path.open("rb") as file:
        return any(seal.is_whole(page, number) for number, page in _pages(file))


def log_opens_with(log: Path, key: StoreKey) -> bool:
    """Tell whether at least one page in the log of a file was written under a key.

    Args:
        log: The ``-wal`` file.
        key: Of the file.
    """
    if not log.exists():
        return False
    seal = PageSeal(key)
    with log.open("rb") as file:
        file.seek(_LOG_HEADER_BYTES)
        while len(frame := file.read(_FRAME_HEADER_BYTES + PAGE_BYTES)) > PAGE_BYTES:
            number = int.from_bytes(frame[:_NUMBER_BYTES], "big")
            if seal.is_whole(frame[_FRAME_HEADER_BYTES:], number):
                return True
    return False


def holds_nothing(path: Path) -> bool:
    """Tell whether a file has no page but such as were never written, as a dying disk leaves it."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        return all(page == _EMPTY for _, page in _pages(file))


def seal_again(path: Path, key: StoreKey) -> None:
    """Give every page of a copy the seal that fits it, so that what it still says can be read.

    A last page of which a part is cut off is filled up with zeros.
    """
    seal = PageSeal(key)
    with path.open("r+b") as file:
        file.truncate(-(-file.seek(0, os.SEEK_END) // PAGE_BYTES) * PAGE_BYTES)
        for number, page in _pages(file):
            if not seal.is_whole(page, number):
                file.seek((number - 1) * PAGE_BYTES)
                file.write(seal.sealed_again(page, number))


def _pages(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 1
    while True:
        file.seek((number - 1) * PAGE_BYTES)
        page = file.read(PAGE_BYTES)
        if len(page) < PAGE_BYTES:
            return
        yield number, page
        number += 1
