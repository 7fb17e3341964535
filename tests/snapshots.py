"""Files of accounts as a registry sends them."""

import hashlib
import json
from pathlib import Path

from kiosk.wire.messages import SnapshotResponse


def snapshot_lines(count: int) -> bytes:
    rows = ([f"{number:032x}", "active", "app_2024", "usable"] for number in range(count))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def facts_of(content: bytes, cursor: str = "c") -> SnapshotResponse:
    return SnapshotResponse(
        ready=True,
        id=hashlib.sha256(content + cursor.encode()).hexdigest()[:32],
        cursor=cursor,
        count=content.count(b"\n"),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def snapshot_file(path: Path, count: int, cursor: str = "c") -> SnapshotResponse:
    """Write a file; return what a registry would say of it."""
    content = snapshot_lines(count)
    path.write_bytes(content)
    return facts_of(content, cursor)
