"""The write-ahead log as a file: what SQLite's own recovery passes over in silence.

SQLite reads a log up to the first frame whose checksum does not fit and takes that for its end, as
it must: a power cut tears the last transaction. It does not look whether more follows. A commit is
on disk before the next one is written, so two commits after a frame that does not fit mean that at
least one that was acknowledged is gone.

Source of the format: https://www.sqlite.org/walformat.html and fileformat2.html, "The WAL file".
"""

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_SUMMED_HEADER_BYTES = 24
_SUMMED_FRAME_BYTES = 8
_MAGIC = 0x377F0682
_BIG_ENDIAN = 1
_PAGE_SIZES = tuple(2**power for power in range(9, 17))
_COMMITS_THAT_PROVE_A_LOSS = 2
_MASK = 0xFFFFFFFF
_DEFAULT_PAGE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class _Frame:
    page: int
    is_commit: bool
    is_whole: bool
    content_at: int


def has_lost_commits(log: Path) -> bool:
    """Tell whether a log shows that commits are gone which had reached the disk.

    What was cut off at its end leaves no trace in it.

    Args:
        log: The ``-wal`` file; one that is missing or without a frame shows nothing.
    """
    if not _has_frames(log):
        return False
    with log.open("rb") as file:
        header = _header(file)
        if header is None:
            return True
        broken, commits = False, 0
        for frame in _frames(file, header):
            broken = broken or not frame.is_whole
            commits += broken and frame.is_whole and frame.is_commit
        return commits >= _COMMITS_THAT_PROVE_A_LOSS


def lay_over(log: Path, database: Path) -> None:
    """Write every page of a log that is whole into a database file, the newest last.

    Frames after the last commit are left out, those after a broken frame are not.

    Args:
        log: The ``-wal`` file.
        database: A copy: it may be left with pages that do not belong together.
    """
    if not _has_frames(log):
        return
    with log.open("rb") as file, database.open("r+b") as target:
        header = _header(file) or _guessed_header(file, database)
        frames = list(_frames(file, header))
        commits = [at for at, frame in enumerate(frames) if frame.is_whole and frame.is_commit]
        for frame in frames[: commits[-1] + 1 if commits else 0]:
            if frame.is_whole:
                file.seek(frame.content_at)
                target.seek((frame.page - 1) * header.page_size)
                target.write(file.read(header.page_size))


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    page_size: int
    salts: tuple[int, int]
    sums: tuple[int, int] | None


def _has_frames(log: Path) -> bool:
    return log.exists() and log.stat().st_size > _HEADER.size + _FRAME.size


def _header(file: BinaryIO) -> _Header | None:
    file.seek(0)
    raw = file.read(_HEADER.size)
    magic, _, page_size, _, first_salt, second_salt, *sums = _HEADER.unpack(raw)
    if magic & ~_BIG_ENDIAN != _MAGIC or page_size not in _PAGE_SIZES:
        return None
    order = ">" if magic & _BIG_ENDIAN else "<"
    if _checksum(raw[:_SUMMED_HEADER_BYTES], (0, 0), order) != tuple(sums):
        return None
    return _Header(order, page_size, (first_salt, second_salt), (sums[0], sums[1]))


def _guessed_header(file: BinaryIO, database: Path) -> _Header:
    """Return what the frames themselves say where the header is broken."""
    file.seek(_HEADER.size)
    _, _, first_salt, second_salt, _, _ = _FRAME.unpack(file.read(_FRAME.size))
    with database.open("rb") as other:
        page_size = int.from_bytes(other.read(18)[16:18], "big")
    return _Header(
        "<" if sys.byteorder == "little" else ">",
        page_size if page_size in _PAGE_SIZES else _DEFAULT_PAGE_SIZE,
        (first_salt, second_salt),
        None,
    )


def _frames(file: BinaryIO, header: _Header) -> Iterator[_Frame]:
    """Yield the frames of the log's present round; those of an earlier one have other salts.

    A frame is whole where its checksum follows from that of the frame before it, whatever became
    of that one's page.
    """
    size = os.fstat(file.fileno()).st_size
    step = _FRAME.size + header.page_size
    before = header.sums
    for at in range(_HEADER.size, size - step + 1, step):
        file.seek(at)
        raw = file.read(step)
        page, size_after, first_salt, second_salt, *sums = _FRAME.unpack_from(raw)
        summed = raw[:_SUMMED_FRAME_BYTES] + raw[_FRAME.size :]
        is_present = (first_salt, second_salt) == header.salts
        is_whole = (
            is_present
            and before is not None
            and page > 0
            and _checksum(summed, before, header.order) == tuple(sums)
        )
        before = (sums[0], sums[1])
        yield _Frame(page, size_after > 0, is_whole, at + _FRAME.size)


def _checksum(content: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = start
    words = iter(struct.unpack(f"{order}{len(content) // 4}I", content))
    for one, two in zip(words, words, strict=True):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
