"""The log: what a technician needs, in a file that never grows without bound, without a person."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal

from kiosk.complaints import unusable_data_dir

_FILE_BYTES = 1_000_000
_FILES_KEPT = 5
_OURS = ("kiosk", "ui")


@contextmanager
def logged(data_dir: Path, name: Literal["device", "registry"]) -> Iterator[None]:
    """While entered, write the program's log to ``DATA/logs/NAME.log``, rotating.

    Args:
        data_dir: The data directory, made where it is missing.
        name: Which of the two programs writes.

    Raises:
        Complaint: The file cannot be written.
    """
    folder = data_dir / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / f"{name}.log", maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"
        )
    except OSError:
        raise unusable_data_dir(data_dir) from None
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    loggers = [logging.getLogger(one) for one in _OURS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        handler.close()
