"""What was fetched of a snapshot, kept with what it takes to go on after a cut or a restart.

A power cut may take bytes from the end of what was fetched, or leave zeros there; the digest of the
whole tells.
"""

import contextlib
import os
import re
from pathlib import Path

import msgspec

from kiosk.database.files import create_private, sync_folder
from kiosk.store.disks import free_bytes_of
from kiosk.wire.messages import SnapshotResponse

_ID = re.compile("[0-9a-f]{32}")
_SHA256 = re.compile("[0-9a-f]{64}")
# What is left to everything else that this machine has to write.
_SPARE_BYTES = 256 * 1024 * 1024
# One changed byte is enough for the second, and what is no file of ours for the third.
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class SnapshotParts:
    """The one snapshot that is being fetched into a data directory.

    Args:
        data_dir: The data directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._facts = self._found()

    @property
    def facts(self) -> SnapshotResponse | None:
        """What the registry said of it; None where none is being fetched."""
        return self._facts

    @property
    def path(self) -> Path:
        """The file with what was fetched."""
        if self._facts is None:
            raise FileNotFoundError
        return self._named(self._facts, "part")

    def begin(self, facts: SnapshotResponse) -> None:
        """Begin with another; whatever was fetched of one before is gone."""
        self.discard()
        create_private(self._named(facts, "part")).close()
        writing = self._named(facts, "writing")
        with create_private(writing) as file:
            file.write(msgspec.json.encode(facts))
            file.flush()
            os.fsync(file.fileno())
        writing.replace(self._named(facts, "json"))
        sync_folder(self._data_dir)
        # Last: after a failure on the way there is none, and it is begun again.
        self._facts = facts

    def received(self) -> int:
        """Return how many bytes are there.

        Raises:
            FileNotFoundError: Somebody has taken the file away.
        """
        return self.path.stat().st_size

    def append(self, offset: int, piece: bytes) -> None:
        """Keep some bytes more; half of them, after a failure, count for nothing."""
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(piece)

    def discard(self) -> None:
        """Forget it, and whatever else of this kind lies about."""
        self._facts = None
        # The facts first: without them the rest is never looked at.
        for kind in ("json", "part", "writing"):
            for path in self._data_dir.glob(f"snapshot-*.{kind}"):
                path.unlink(missing_ok=True)

    def has_room_for(self, facts: SnapshotResponse) -> bool:
        """Tell whether the disk holds the snapshot, a copy made of it, and some more."""
        return free_bytes_of(self._data_dir) >= 2 * facts.size + _SPARE_BYTES

    def _named(self, facts: SnapshotResponse, kind: str) -> Path:
        return self._data_dir / f"snapshot-{facts.id}.{kind}"

    def _found(self) -> SnapshotResponse | None:
        for path in self._data_dir.glob("snapshot-*.json"):
            with contextlib.suppress(OSError, *_UNDECODABLE):
                facts = msgspec.json.decode(path.read_bytes(), type=SnapshotResponse)
                name = f"snapshot-{facts.id}"
                if is_sound(facts) and path.stem == name and path.with_suffix(".part").exists():
                    return facts
        return None


def is_sound(facts: SnapshotResponse) -> bool:
    """Tell whether what a registry says of a snapshot can be true; its id becomes a file name."""
    return (
        facts.ready
        and _ID.fullmatch(facts.id) is not None
        and _SHA256.fullmatch(facts.sha256) is not None
        and facts.cursor != ""
        and 0 <= facts.count <= facts.size
    )
