"""Files of exported queues, whole or spoilt."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk.wire.messages import OperationMessage, encode
from kiosk.wire.outbox_files import OutboxFileHeader, OutboxFileTrailer
from tests.kiosk.registry.workbench import DEVICE


def content_of(messages: Sequence[OperationMessage], device: str = DEVICE, **header: Any) -> bytes:
    values: dict[str, Any] = {
        "format": "kiosk-pas-outbox",
        "version": 1,
        "device": device,
        "exported_at": 1,
        "count": len(messages),
    }
    first = OutboxFileHeader(**(values | header))
    return sealed([encode(first), *(encode(one) for one in messages)], len(messages))


def sealed(lines: Sequence[bytes], count: int) -> bytes:
    body = b"".join(line + b"\n" for line in lines)
    digest = hashlib.sha256(body).hexdigest()
    return body + encode(OutboxFileTrailer(count=count, sha256=digest)) + b"\n"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
