"""The log: what a technician needs, in files that never grow without bound, without a person.

The code logs with the standard library: an event's name, and what belongs to it as ``extra``. Here
structlog makes a line of JSON of it, and lets through only what two lists know. It costs too much
to import before the first paint, so it is imported where the log is opened.
"""

import faulthandler
import logging
import os
import re
import secrets
import stat
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from kiosk.complaints import Complaint, unusable_data_dir
from kiosk.log_events import EVENTS
from kiosk.log_values import NotAllowed, allowed, told_of

if TYPE_CHECKING:
    from structlog.stdlib import ProcessorFormatter

FOLDER = "logs"
FILES_KEPT = 5
_FILE_BYTES = 1_000_000
_TRACES_KEPT = 5
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_OURS = ("kiosk", "ui")
_LOGGER_NAME = re.compile(r"[A-Za-z_.]{1,60}")
# What every record of the standard library has: the rest of one is what was said as extra.
_OF_RECORDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

_PASSED_ON = ("_record", "_from_structlog", "exc_info")

Program = Literal["device", "registry"]
_log = logging.getLogger(__name__)


class LogFile(RotatingFileHandler):
    """Writes records as lines of JSON, and ends nothing where it cannot.

    Args:
        path: The file; those before it have a number behind.
        max_bytes: Of one file.

    Attributes:
        device: Code of this device, None where there is none, or not yet.
        lost: Records that could not be written since the last one that could.
    """

    def __init__(self, path: Path, max_bytes: int = _FILE_BYTES) -> None:
        super().__init__(path, backupCount=FILES_KEPT, delay=True)
        self.device: str | None = None
        self.lost = 0
        self._run = secrets.token_hex(4)
        self._most = max_bytes
        self._file: BinaryIO | None = None
        self._size = 0
        self._is_torn = False
        self.setFormatter(self._formatter())
        self.addFilter(_is_worth_it)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it as lost."""
        try:
            if self.lost:
                gap = logging.makeLogRecord(
                    {
                        "name": __name__,
                        "msg": "log_gap",
                        "levelno": logging.WARNING,
                        "levelname": "WARNING",
                        "lost": self.lost,
                    }
                )
                self._write(self.format(gap))
                self.lost = 0
            self._write(self.format(record))
        except Exception:  # noqa: BLE001
            # A full disk, a folder that is gone, or a fault in here: whoever logs goes on.
            self.lost += 1
            self._let_go()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        """Say nothing: the library would print the record, and with it what must not be seen."""
        self.lost += 1

    def close(self) -> None:
        """Close the file."""
        self._let_go()
        super().close()

    def _write(self, line: str) -> None:
        content = line.encode("utf-8", "backslashreplace") + b"\n"
        file = self._opened()
        if self._size and self._size + len(content) > self._most:
            self._let_go()
            self.doRollover()
            file = self._opened()
        if self._is_torn:
            # What went before ends somewhere in a line.
            content = b"\n" + content
        self._is_torn = True
        written = file.write(content)
        self._size += written
        if written != len(content):
            raise OSError
        self._is_torn = False

    def _opened(self) -> BinaryIO:
        if self._file is None:
            path = Path(self.baseFilename)
            _make_folder(path.parent)
            self._file = open_private(path)
            self._size = os.fstat(self._file.fileno()).st_size
        return self._file

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _formatter(self) -> "ProcessorFormatter":
        import structlog

        return structlog.stdlib.ProcessorFormatter(
            use_get_message=False,
            processors=[
                self._head,
                _allow,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False),
            ],
        )

    def _head(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
        """Put in front what every line has."""
        record: logging.LogRecord = event["_record"]
        at = datetime.fromtimestamp(record.created, UTC)
        return {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": event["event"],
            "logger": record.name if _LOGGER_NAME.fullmatch(record.name) else "?",
            "device": self.device,
            "run": self._run,
            **{
                key: event[key]
                for key in ("_record", "_from_structlog", "exc_info")
                if key in event
            },
        }


@contextmanager
def logged(data_dir: Path, name: Program) -> Iterator[LogFile]:
    """While entered, write the program's log to ``DATA/logs/NAME.log``, rotating.

    What ends the program from below (SIGSEGV, say) leaves its trace beside it, by line numbers.

    Args:
        data_dir: The data directory, made where it is missing.
        name: Which of the two programs writes.

    Raises:
        Complaint: There can be no such directory. A log that cannot be written is no reason.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise unusable_data_dir(data_dir) from None
    folder = data_dir / FOLDER
    handler = LogFile(folder / f"{name}.log")
    loggers = [logging.getLogger(one) for one in _OURS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with _traced(folder, name):
            yield handler
    except Complaint:
        raise
    except Exception as error:
        # Whoever hears of it next has no log any more.
        _log.critical("uncaught_error", extra={"error": error})
        raise
    finally:
        root.removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
        handler.close()


def open_private(path: Path) -> BinaryIO:
    """Open a file to add to it, which only this user may read, whoever made it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _FILE_MODE)
    if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, _FILE_MODE)
    return open(descriptor, "ab", buffering=0)  # noqa: PTH123 - a descriptor is no path


def _make_folder(folder: Path) -> None:
    folder.mkdir(_FOLDER_MODE, exist_ok=True)


@contextmanager
def _traced(folder: Path, name: Program) -> Iterator[None]:
    """Let a crash of the interpreter leave a trace, which holds no value of a variable."""
    if faulthandler.is_enabled():
        # Whoever has asked for it elsewhere reads it there.
        yield
        return
    path = folder / f"{name}-crash.txt"
    try:
        _make_folder(folder)
        _put_away(path, name)
        file = open_private(path)
    except OSError:
        yield
        return
    with file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()


def _put_away(path: Path, name: Program) -> None:
    """Keep what a crash has left under the time of the crash."""
    if not path.exists() or not path.stat().st_size:
        return
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    kept = path.with_name(f"{name}-crash-{at:%Y%m%dT%H%M%SZ}.txt")
    path.replace(kept)
    _log.error("crash_trace_found", extra={"file": kept.name})
    for old in sorted(path.parent.glob(f"{name}-crash-*.txt"))[:-_TRACES_KEPT]:
        old.unlink()


def _is_worth_it(record: logging.LogRecord) -> bool:
    is_ours = record.name.partition(".")[0] in _OURS
    return record.levelno >= (logging.INFO if is_ours else logging.WARNING)


def _allow(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Any:
    """Let through what the lists know; count the rest in ``left_out``."""
    record: logging.LogRecord = line["_record"]
    left_out = 0
    if record.name.partition(".")[0] not in _OURS:
        # Its text may quote anything.
        line["event"] = "library_record"
    elif line["event"] not in EVENTS:
        line["event"] = "unlisted_event"
        left_out += 1
    for key, value in record.__dict__.items():
        if key in _OF_RECORDS or value is None:
            continue
        try:
            line[key] = allowed(key, value)
        except NotAllowed:
            left_out += 1
    info = line.pop("exc_info", None)
    if isinstance(info, tuple) and info[1] is not None:
        line["error"] = told_of(info[1])
    if left_out:
        line["left_out"] = left_out
    return line
