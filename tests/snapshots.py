"""Files of accounts as a registry sends them."""

import hashlib
import json
from pathlib import Path

import msgspec

from kiosk.wire.messages import ACCOUNTS, DigestLine, SnapshotResponse


def snapshot_lines(count: int) -> bytes:
    rows = ([f"{number:032x}", "active", "app_2024", "usable"] for number in range(count))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def digest_lines(count: int) -> bytes:
    lines = (DigestLine(number.to_bytes(15, "big"), b"v" * 15) for number in range(count))
    return msgspec.json.Encoder().encode_lines(lines)


def facts_of(content: bytes, cursor: str = "c", holds: str = ACCOUNTS) -> SnapshotResponse:
    return SnapshotResponse(
        ready=True,
        id=hashlib.sha256(content + cursor.encode()).hexdigest()[:32],
        cursor=cursor,
        count=content.count(b"\n"),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        holds=holds,
    )


def snapshot_file(path: Path, count: int, cursor: str = "c") -> SnapshotResponse:
    """Write a file; return what a registry would say of it."""
    content = snapshot_lines(count)
    path.write_bytes(content)
    return facts_of(content, cursor)
