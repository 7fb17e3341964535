import errno
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.complaints import Complaint
from kiosk.log_events import EVENTS
from kiosk.logs import FILES_KEPT, LogFile, logged
from tests.conftest import PROGRAM
from tests.log_lines import read_log

OPERATION = UUID("0197a4b0-1111-7222-8333-444455556666")


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[LogFile]:
    handler = LogFile(tmp_path / "device.log", max_bytes=2000)
    yield handler
    handler.close()


def a_record(
    name: str = "kiosk.sync", event: str = "line_back", **said: object
) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": name, "levelno": logging.ERROR, "levelname": "ERROR", "msg": event, **said}
    )


def test_a_line_says_when_what_where_and_in_which_run(tmp_path: Path) -> None:
    with logged(tmp_path / "data", "device") as log:
        log.device = "K7Q2MT"
        for name in ("kiosk.sync.workers", "ui.errors"):
            logging.getLogger(name).info("line_lost", extra={"cause": "ConnectError"})
    first, second = read_log(tmp_path / "data" / "logs" / "device.log")
    assert (first["level"], first["event"], first["cause"]) == ("info", "line_lost", "ConnectError")
    assert (first["logger"], second["logger"]) == ("kiosk.sync.workers", "ui.errors")
    assert first["device"] == "K7Q2MT"
    assert first["run"] == second["run"]
    assert len(first["run"]) == 8
    assert first["at"].endswith("Z")
    assert len(first["at"]) == len("2026-11-25T00:24:11.123Z")


def test_afterwards_the_file_is_closed_and_nothing_more_is_written(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    with logged(tmp_path, "registry"):
        logging.getLogger("kiosk.sync").info("line_back")
    logging.getLogger("kiosk.sync").info("line_back")
    assert logging.getLogger().handlers == before
    assert len(read_log(tmp_path / "logs" / "registry.log")) == 1


def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Complaint, match="--data"), logged(tmp_path / "file", "device"):
        pass


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with logged(tmp_path, "device"):
        logging.getLogger("kiosk.sync").info("line_back")
    assert (tmp_path / "logs").read_bytes() == b""


def test_files_and_folder_are_this_users_own(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "device.log").touch(0o666)
    (tmp_path / "logs" / "device.log").chmod(0o666)
    with logged(tmp_path, "device"), logged(tmp_path / "new", "device"):
        logging.getLogger("kiosk.sync").info("line_back")
    for folder in (tmp_path, tmp_path / "new"):
        assert stat.S_IMODE((folder / "logs" / "device.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "logs").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(a_record(event="Maria 52998224725"), id="event"),
        pytest.param(a_record(event="line_lost: %s", args=("Maria 52998224725",)), id="arguments"),
        pytest.param(a_record(cause="Maria 52998224725"), id="a word that is none"),
        pytest.param(a_record(count=52998224725), id="a large number"),
        pytest.param(a_record(count="52998224725"), id="a number in words"),
        pytest.param(a_record(receipt="52998224725"), id="a receipt that is none"),
        pytest.param(a_record(operation="Maria 52998224725"), id="an id that is none"),
        pytest.param(a_record(operations=[OPERATION, "Maria 52998224725"]), id="in a list"),
        pytest.param(a_record(name_of_person="Maria 52998224725"), id="an unknown key"),
        pytest.param(a_record(error="Maria 52998224725"), id="an error's text"),
        pytest.param(a_record("uvicorn.error", "GET /?cpf=52998224725 Maria"), id="a library"),
        pytest.param(a_record("uvicorn", "%s", args=("Maria 52998224725",)), id="its arguments"),
        pytest.param(a_record(stack_info="Maria 52998224725"), id="a stack"),
    ],
)
def test_nobody_gets_into_the_log_by_accident(log_file: LogFile, record: logging.LogRecord) -> None:
    log_file.emit(record)
    written = Path(log_file.baseFilename).read_text()
    assert written.count("\n") == 1
    assert "Maria" not in written
    assert "52998224725" not in written
    (line,) = read_log(Path(log_file.baseFilename))
    assert line["event"] in EVENTS
    if record.name.startswith("kiosk") and not record.stack_info:
        assert line["left_out"] == 1


def stumble(text: str) -> None:
    raise ValueError(text) from OSError(errno.ENOSPC, text)


@pytest.mark.parametrize("how", ["error", "exc_info"])
def test_an_error_is_its_kinds_and_places(log_file: LogFile, how: str) -> None:
    try:
        stumble("Maria 52998224725")
    except ValueError as error:
        said = {"error": error} if how == "error" else {"exc_info": (ValueError, error, None)}
        log_file.emit(a_record(event="request_failed", **said))
    written = Path(log_file.baseFilename).read_text()
    assert "Maria" not in written
    (line,) = read_log(Path(log_file.baseFilename))
    told = line["error"]
    assert told["type"] == "ValueError"
    assert [place.split(":")[0].split(".")[-1] for place in told["at"]] == ["test_logs"] * 2
    assert (told["because"]["type"], told["because"]["code"]) == ("OSError", "ENOSPC")


def test_an_operation_can_be_followed(log_file: LogFile) -> None:
    log_file.emit(
        a_record(event="operation_recorded", operation=OPERATION, receipt="K7Q2MT-0042-B")
    )
    (line,) = read_log(Path(log_file.baseFilename))
    assert (line["operation"], line["receipt"]) == (str(OPERATION), "K7Q2MT-0042-B")


def test_libraries_are_heard_from_a_warning_on(tmp_path: Path) -> None:
    with logged(tmp_path, "device"):
        logging.getLogger("httpx").info("HTTP Request")
        logging.getLogger("asyncio").error("Task exception was never retrieved")
    (line,) = read_log(tmp_path / "logs" / "device.log")
    assert (line["logger"], line["event"]) == ("asyncio", "library_record")


def test_it_rotates_and_keeps_so_many(log_file: LogFile) -> None:
    for _ in range(200):
        log_file.emit(a_record())
    path = Path(log_file.baseFilename)
    files = sorted(path.parent.iterdir())
    assert len(files) == FILES_KEPT + 1
    assert all(file.stat().st_size <= 2000 for file in files)
    assert all(line["event"] == "line_back" for file in files for line in read_log(file))


def test_a_full_disk_loses_lines_and_says_how_many() -> None:
    # A device that is always full.
    mode = Path("/dev/full").stat().st_mode
    handler = LogFile(Path("/dev/full"))
    for _ in range(3):
        handler.emit(a_record())
    assert handler.lost == 3
    handler.close()
    assert Path("/dev/full").stat().st_mode == mode


def test_what_was_lost_is_told_when_there_is_room_again(
    log_file: LogFile, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(log_file.baseFilename)
    path.mkdir()
    for _ in range(3):
        log_file.emit(a_record())
    path.rmdir()
    log_file.emit(a_record(event="line_lost"))
    gap, line = read_log(path)
    assert (gap["event"], gap["lost"]) == ("log_gap", 3)
    assert line["event"] == "line_lost"
    assert capsys.readouterr().err == ""


def test_a_line_that_was_torn_does_not_take_the_next_with_it(log_file: LogFile) -> None:
    log_file.emit(a_record())

    class Short:
        def __init__(self, file: object) -> None:
            self.file = file

        def write(self, content: bytes) -> int:
            return os.write(self.file.fileno(), content[:20])  # type: ignore[attr-defined]

        def close(self) -> None:
            self.file.close()  # type: ignore[attr-defined]

    log_file._file = Short(log_file._file)  # type: ignore[assignment]
    log_file.emit(a_record())
    log_file.emit(a_record())
    lines = Path(log_file.baseFilename).read_text().splitlines()
    assert [json.loads(line)["event"] for line in (lines[0], *lines[2:])] == [
        "line_back",
        "log_gap",
        "line_back",
    ]


_CRASH = """
import ctypes, sys
from pathlib import Path
from kiosk.logs import logged
with logged(Path(sys.argv[1]), "device"):
    password = "Maria 52998224725"
    if len(sys.argv) > 2:
        ctypes.string_at(0)
"""


def run_crash(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _CRASH, str(data_dir), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROGRAM.parent,
        timeout=60,
    )


def test_a_crash_leaves_a_trace_that_the_next_start_keeps(tmp_path: Path) -> None:
    died = run_crash(tmp_path, "now")
    assert died.returncode < 0
    folder = tmp_path / "logs"
    trace = folder / "device-crash.txt"
    assert "Segmentation fault" in trace.read_text()
    assert stat.S_IMODE(trace.stat().st_mode) == 0o600
    assert run_crash(tmp_path).returncode == 0
    (line,) = read_log(folder / "device.log")
    assert line["event"] == "crash_trace_found"
    kept = (folder / line["file"]).read_text()
    assert "Segmentation fault" in kept
    assert "Maria" not in kept + died.stderr
    assert trace.read_text() == ""
