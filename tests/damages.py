"""Real damage to real database files: pages found by their tables, flipped, cut and zeroed."""

import os
import struct
from contextlib import closing
from pathlib import Path

from kiosk.database.damages import connect_read_only
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import PageSeal

PAGE = 4096
_INTERIOR = 5


def leaves_of(path: Path, name: str, key: StoreKey | None = None) -> list[int]:
    """Return the numbers of the leaf pages of a table or index, in order; its log must be empty."""
    content = path.read_bytes()
    if key is not None:
        seal = PageSeal(key)
        pages = enumerate(range(0, len(content), PAGE), start=1)
        content = b"".join(seal.opened(content[at : at + PAGE], number) for number, at in pages)
    return _leaves(content, root_of(path, name, key))


def _leaves(content: bytes, number: int) -> list[int]:
    page = content[(number - 1) * PAGE : number * PAGE]
    at = 100 if number == 1 else 0
    if page[at] not in (_INTERIOR, 2):
        return [number]
    cells = struct.unpack_from(">H", page, at + 3)[0]
    pointers = struct.unpack_from(f">{cells}H", page, at + 12)
    children = [struct.unpack_from(">I", page, one)[0] for one in pointers]
    children.append(struct.unpack_from(">I", page, at + 8)[0])
    return [leaf for child in children for leaf in _leaves(content, child)]


def root_of(path: Path, name: str, key: StoreKey | None = None) -> int:
    """Return the number of the root page of a table or index."""
    with closing(connect_read_only(path, key)) as connection:
        root: int = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()[0]
    return root


def flip(path: Path, page: int, start: int = 0, end: int = PAGE) -> None:
    """Turn every bit of a part of a page."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE + start)
        content = file.read(end - start)
        file.seek((page - 1) * PAGE + start)
        file.write(bytes(255 - one for one in content))


def cut(path: Path, size: int) -> None:
    """Cut a file off after so many bytes."""
    os.truncate(path, size)
