"""Loading a snapshot into a new copy beside the old one, a little at a time, and checking it."""

import hashlib
import os
from itertools import islice
from pathlib import Path
from time import perf_counter

import msgspec

from kiosk.database.drivers import INTEGRITY_ERRORS, connect
from kiosk.database.files import create_private
from kiosk.database.keys import StoreKey
from kiosk.store.account_copies import create_tables, set_cursor
from kiosk.wire.messages import ACCOUNTS, DIGESTS, SnapshotResponse

# Decoding a block keeps other threads from the interpreter for about a millisecond.
_BLOCK_BYTES = 64 * 1024
_LONGEST_LINE = 1024
# So that no single wait for the disk is long.
_SYNC_BYTES = 8 * 1024 * 1024
_CACHE_KIB = 8 * 1024
_ROWS = 200


class _Lines:
    """How lines of one kind become rows.

    Args:
        table: Where they go.
        fields: Of a line.
        decoder: Of the arrays of many lines made one.
    """

    def __init__(
        self,
        table: str,
        fields: int,
        decoder: msgspec.json.Decoder[list[str]] | msgspec.json.Decoder[list[bytes]],
    ) -> None:
        marks = f"({', '.join('?' * fields)})"
        self.one = f"INSERT INTO {table} VALUES {marks}"  # noqa: S608 - a table of this program's own
        self.many = self.one + f", {marks}" * (_ROWS - 1)
        self.fields = fields
        self.decoder = decoder


# Bytes come as base64.
_LINES = {
    ACCOUNTS: _Lines(ACCOUNTS, 4, msgspec.json.Decoder(list[str])),
    DIGESTS: _Lines(DIGESTS, 2, msgspec.json.Decoder(list[bytes])),
}


class DamagedSnapshot(Exception):
    """The file is not what the registry said it would be."""


class CopyLoad:
    """Loads one snapshot.

    The new file has no journal: where this does not come to its end, the file is worth nothing.

    Args:
        source: The snapshot's file.
        target: The copy that is made, anew where something is there.
        facts: What the registry said of the snapshot.
        key: Of the copy.

    Raises:
        DamagedSnapshot: It holds nothing that this program knows.
    """

    def __init__(
        self, source: Path, target: Path, facts: SnapshotResponse, key: StoreKey | None = None
    ) -> None:
        if facts.holds not in _LINES:
            raise DamagedSnapshot
        self._lines = _LINES[facts.holds]
        self._facts = facts
        self._digest = hashlib.sha256()
        self._count = 0
        self._size = 0
        self._unsynced = 0
        self._rest = b""
        target.unlink(missing_ok=True)
        self._target = create_private(target)
        self._source = source.open("rb", buffering=0)
        self._connection = connect(target, key, isolation_level=None, check_same_thread=False)
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            "locking_mode=EXCLUSIVE",
            f"cache_size=-{_CACHE_KIB}",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        create_tables(self._connection)

    def go_on(self, seconds: float) -> bool:
        """Load for about so long; return whether the copy is whole, checked, closed and on disk.

        Raises:
            DamagedSnapshot: Size, count, digest or form is not what the registry said.
        """
        until = perf_counter() + seconds
        self._connection.execute("BEGIN")
        while block := self._source.read(_BLOCK_BYTES):
            self._take(block)
            if perf_counter() >= until:
                self._connection.execute("COMMIT")
                self._sync_some()
                return False
        self._check()
        set_cursor(self._connection, self._facts.cursor, self._facts.holds)
        self._connection.execute("COMMIT")
        self._connection.close()
        os.fsync(self._target.fileno())
        self.close()
        return True

    def close(self) -> None:
        """Close the files, finished or not."""
        self._connection.close()
        self._source.close()
        self._target.close()

    def _take(self, block: bytes) -> None:
        self._digest.update(block)
        self._size += len(block)
        self._unsynced += len(block)
        block = self._rest + block
        end = block.rfind(b"\n") + 1
        self._rest = block[end:]
        if len(self._rest) > _LONGEST_LINE or self._size > self._facts.size:
            raise DamagedSnapshot
        if end:
            self._insert(block[: end - 1])

    def _insert(self, lines: bytes) -> None:
        count = lines.count(b"\n") + 1
        try:
            # The arrays of all lines made one: decoding it takes a third of the time.
            fields = self._lines.fields
            values = self._lines.decoder.decode(lines.replace(b"]\n[", b","))
            if len(values) != count * fields:
                raise DamagedSnapshot
            many = _ROWS * fields
            whole = len(values) // many * many
            for begin in range(0, whole, many):
                self._connection.execute(self._lines.many, values[begin : begin + many])
            rest = islice(values, whole, None)
            self._connection.executemany(self._lines.one, zip(*[rest] * fields, strict=True))
        except (msgspec.DecodeError, UnicodeError, *INTEGRITY_ERRORS):
            raise DamagedSnapshot from None
        self._count += count

    def _check(self) -> None:
        facts = self._facts
        found = (self._rest, self._size, self._count, self._digest.hexdigest())
        if found != (b"", facts.size, facts.count, facts.sha256):
            raise DamagedSnapshot

    def _sync_some(self) -> None:
        if self._unsynced >= _SYNC_BYTES:
            os.fsync(self._target.fileno())
            self._unsynced = 0
