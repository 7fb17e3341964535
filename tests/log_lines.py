"""The lines that records of the log become in the file."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kiosk.logs import LogFile


def lines_of(records: Iterable[logging.LogRecord]) -> str:
    """Return what a log file would hold of the records, those of libraries included."""
    handler = LogFile(Path("unwritten"))
    try:
        return "\n".join(handler.format(one) for one in records)
    finally:
        handler.close()


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return what stands in a log file, line by line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
