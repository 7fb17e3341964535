"""The log: what a technician needs, in a file that never grows without bound, without a person."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FILE_BYTES = 1_000_000
_FILES_KEPT = 5


def start_log(data_dir: Path, name: str) -> None:
    """Write the program's log to ``DATA/logs/NAME.log``, rotating.

    Args:
        data_dir: The data directory, made where it is missing.
        name: ``device`` or ``registry``.
    """
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / f"{name}.log", maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"
    )
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    ours = logging.getLogger("kiosk")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    interface = logging.getLogger("ui")
    interface.addHandler(handler)
    interface.setLevel(logging.INFO)
