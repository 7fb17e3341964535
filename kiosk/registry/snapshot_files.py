"""Files of all accounts, in a folder beside the registry's database that is named after it.

``ID.ndjson`` holds the accounts and ``ID.json``, written last, what there is to know of it. What
has no ``ID.json`` was never finished.
"""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from kiosk.database.files import create_private, sync_folder

KEPT = 2
KEPT_WHILE_READ = 4
_ID = re.compile("[0-9a-f]{32}")
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_OWN = re.compile(r"([0-9a-f]{32})\.(ndjson|json|part)")


class SnapshotGone(Exception):
    """There is no such file, or no longer."""


class SnapshotCard(msgspec.Struct, frozen=True):
    """What there is to know of one file.

    Attributes:
        made_at: Registry time, milliseconds since 1970, UTC.
        count: Lines.
        size: Bytes.
        sha256: Of all bytes, hexadecimal.
    """

    id: str
    made_at: int
    cursor: str
    count: int
    size: int
    sha256: str


class SnapshotFiles:
    """The files in one folder.

    Args:
        folder: Made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def cards(self, now: int) -> list[SnapshotCard]:
        """Return what is there, the one made nearest to now first.

        Args:
            now: Registry time; it may have been set back since some were made.
        """
        found: list[SnapshotCard] = []
        for path in self._folder.glob("*.json"):
            # Whatever cannot be read was never finished, or has just been removed.
            with contextlib.suppress(OSError, *_UNDECODABLE):
                card = msgspec.json.decode(path.read_bytes(), type=SnapshotCard)
                is_named = _ID.fullmatch(card.id) is not None and path.stem == card.id
                if is_named and self._data(card.id).stat().st_size == card.size:
                    found.append(card)
        return sorted(found, key=lambda card: abs(now - card.made_at))

    def write(self, made_at: int, cursor: str, chunks: Iterable[tuple[int, bytes]]) -> SnapshotCard:
        """Write a file; it is there, whole and on disk, on return.

        Args:
            made_at: Registry time, milliseconds since 1970, UTC.
            cursor: From where the feed goes on after it.
            chunks: Count of lines and their bytes, in order.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        digest = hashlib.sha256()
        count = size = 0
        part = self._folder / f"{name}.part"
        with create_private(part) as file:
            for lines, content in chunks:
                file.write(content)
                digest.update(content)
                count += lines
                size += len(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._data(name))
        card = SnapshotCard(name, made_at, cursor, count, size, digest.hexdigest())
        with create_private(part) as file:
            file.write(msgspec.json.encode(card))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / f"{name}.json")
        sync_folder(self._folder)
        return card

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return some bytes of a file, none beyond its end.

        Raises:
            SnapshotGone: There is no such file.
        """
        if not _ID.fullmatch(name):
            raise SnapshotGone
        try:
            with self._data(name).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except FileNotFoundError:
            raise SnapshotGone from None

    def prune(self, now: int, being_read: frozenset[str]) -> None:
        """Remove what is old, and what dead programs left unfinished; nothing of anybody else.

        Args:
            now: Registry time.
            being_read: Files that some device is fetching; they stay a while longer.
        """
        cards = self.cards(now)
        wanted = {card.id for card in cards[:KEPT]}
        wanted |= {card.id for card in cards[:KEPT_WHILE_READ] if card.id in being_read}
        for path in self._folder.iterdir():
            own = _OWN.fullmatch(path.name)
            if own is not None and own[1] not in wanted:
                # Windows lets nobody remove what is being read; the next one does.
                with contextlib.suppress(OSError):
                    path.unlink()

    def _data(self, name: str) -> Path:
        return self._folder / f"{name}.ndjson"
