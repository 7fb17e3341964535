"""What a driven process did to its files: made by ``recorder.c``, read here."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

_HEAD = struct.Struct("<QQQIHHBB")
_CREATED, _TRUNCATED = 1, 2
_REPOSITORY = Path(__file__).parents[3]
_DRIVEN_S = 120
# The fortified headers would put other names in the place of open and its like.
_COMPILE = ("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-U_FORTIFY_SOURCE")

CAN_RECORD = sys.platform == "linux" and shutil.which("cc") is not None


class Kind(StrEnum):
    """What one entry of the log tells."""

    CREATED = "created"
    OPENED = "opened"
    WRITTEN = "written"
    CUT = "cut"
    SYNC_BEGUN = "sync begun"
    SYNCED = "synced"
    FOLDER_SYNC_BEGUN = "folder sync begun"
    FOLDER_SYNCED = "folder synced"
    RENAMED = "renamed"
    LINKED = "linked"
    UNLINKED = "unlinked"
    FOLDER_MADE = "folder made"
    MARK = "mark"


_KINDS = {
    "W": Kind.WRITTEN,
    "T": Kind.CUT,
    "s": Kind.SYNC_BEGUN,
    "S": Kind.SYNCED,
    "f": Kind.FOLDER_SYNC_BEGUN,
    "F": Kind.FOLDER_SYNCED,
    "R": Kind.RENAMED,
    "L": Kind.LINKED,
    "U": Kind.UNLINKED,
    "D": Kind.FOLDER_MADE,
    "A": Kind.MARK,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log.

    Attributes:
        number: Place in the order of all.
        file: Which file, unique in the log; 0 where the event is about a name.
        at: Bytes: where was written, or what size the file was cut to; of a sync that has
            returned, the number of the entry that tells its beginning.
        path: Below the root.
        other: The new name of what was renamed or linked.
        data: What was written, or the mark.
    """

    number: int
    kind: Kind
    file: int = 0
    at: int = 0
    path: str = ""
    other: str = ""
    data: bytes = field(default=b"", repr=False)


class NotFollowed(Exception):
    """The process did something to its files that the recorder does not follow."""


def build_recorder(folder: Path) -> Path:
    """Compile the recorder and return the library to preload."""
    library = folder / "recorder.so"
    source = Path(__file__).with_name("recorder.c")
    subprocess.run(
        [*_COMPILE, "-o", str(library), str(source), "-ldl", "-pthread"],
        check=True,
        timeout=60,
    )
    return library


def record(library: Path, root: Path, log: Path, words: Sequence[str]) -> list[Event]:
    """Run Python with these words under the recorder, and return what it did below a folder.

    Args:
        library: From ``build_recorder``.
        root: The folder; what is in it before is not known to the log.
        log: Written anew.
        words: After the name of the interpreter.

    Raises:
        NotFollowed: It did something that the recorder does not follow.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(_REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LD_PRELOAD": str(library),
        "POWER_ROOT": str(root.resolve()),
        "POWER_LOG": str(log),
    }
    subprocess.run([sys.executable, *words], env=environment, check=True, timeout=_DRIVEN_S)
    return list(read_log(log))


def read_log(log: Path) -> Iterator[Event]:
    """Yield the entries of a log.

    Raises:
        NotFollowed: As above.
    """
    text = memoryview(log.read_bytes())
    # The system gives the number of a file that is gone to a new one; here each is its own.
    present: dict[int, int] = {}
    position = 0
    while position < len(text):
        number, inode, at, data_size, path_size, other_size, letter, flags = _HEAD.unpack_from(
            text, position
        )
        ends = [position + _HEAD.size]
        for size in (path_size, other_size, data_size):
            ends.append(ends[-1] + size)
        path, other = (bytes(text[a:b]).decode() for a, b in pairwise(ends[:3]))
        data, position = bytes(text[ends[2] : ends[3]]), ends[3]
        if letter == ord("?"):
            raise NotFollowed(path)
        if letter == ord("O"):
            if flags & _CREATED:
                present[inode] = number
                yield Event(number, Kind.CREATED, number, path=path)
                continue
            if inode not in present:
                raise NotFollowed("a file that was there before")
            kind = Kind.CUT if flags & _TRUNCATED else Kind.OPENED
            yield Event(number, kind, present[inode], 0, path=path)
            continue
        kind = _KINDS[chr(letter)]
        about_content = kind in (Kind.WRITTEN, Kind.CUT, Kind.SYNC_BEGUN, Kind.SYNCED)
        yield Event(number, kind, present[inode] if about_content else 0, at, path, other, data)


def marks_of(events: Sequence[Event]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each mark with its number, as ``drivers.py`` made it."""
    for event in events:
        if event.kind is Kind.MARK:
            yield event.number, json.loads(event.data)
