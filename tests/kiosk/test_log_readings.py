import logging
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from kiosk.complaints import Complaint
from kiosk.log_readings import LogLine, in_words, of_operation, read_lines
from kiosk.logs import LogFile
from ui.commands import app

FIRST, SECOND, OTHER = (UUID(int=number) for number in (1, 2, 3))
RECEIPTS = ("K7Q2MT-0042-B", "K7Q2MT-0043-9")


def record(at: float, event: str, **said: object) -> logging.LogRecord:
    head = {"name": "kiosk.x", "levelno": 20, "levelname": "INFO", "created": at}
    return logging.makeLogRecord({**head, "msg": event, **said})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The logs of a device and of a registry, about three operations."""
    logs = tmp_path / "logs"
    logs.mkdir()
    device = LogFile(logs / "device.log", max_bytes=400)
    device.device = "K7Q2MT"
    said = {"operation": FIRST, "receipt": RECEIPTS[0], "kind": "register"}
    device.emit(record(1.0, "operation_recorded", **said))
    device.emit(record(2.0, "operation_recorded", **said | {"operation": OTHER, "receipt": None}))
    device.emit(record(3.0, "operation_sent_again", operation=SECOND, replaces=FIRST))
    device.emit(record(5.0, "line_lost", cause="ConnectError"))
    device.close()
    registry = LogFile(logs / "registry.log")
    registry.emit(
        record(
            4.0,
            "operations_decided",
            device="K7Q2MT",
            outcome="accepted",
            operations=[OTHER, FIRST],
            receipts=["K7Q2MT-0050-8", RECEIPTS[0]],
        )
    )
    registry.close()
    return logs


def test_lines_of_both_programs_come_in_order_from_all_files(folder: Path) -> None:
    assert (folder / "device.log.1").exists()
    lines = read_lines(folder)
    assert [line.said["event"] for line in lines] == [
        "operation_recorded",
        "operation_recorded",
        "operation_sent_again",
        "operations_decided",
        "line_lost",
    ]
    assert [line.program for line in lines][3:] == ["registry", "device"]


def test_a_torn_line_is_passed_over(folder: Path) -> None:
    with (folder / "device.log").open("ab") as file:
        file.write(b'{"at": "2026-\\xff\n[1]\n\n')
    assert len(read_lines(folder)) == 5


@pytest.mark.parametrize(
    "line",
    [
        b'{"at":5}',
        b'{"level":[]}',
        b'{"operations":5}',
        b'{"receipts":[["a"]]}',
        b'{"replaces":{"a":1}}',
        b'{"more":' + b"[" * 5000,
    ],
)
def test_a_line_that_is_not_of_its_kind_is_passed_over(folder: Path, line: bytes) -> None:
    with (folder / "device.log").open("ab") as file:
        file.write(line + b"\n")
    lines = read_lines(folder)
    assert len(lines) == 5
    assert len(of_operation(lines, RECEIPTS[0])) == 3


def test_an_odd_error_is_told_all_the_same(folder: Path) -> None:
    with (folder / "device.log").open("ab") as file:
        file.write(b'{"at":"2099-01-01T00:00:00+00:00","error":{"type":"E","at":5,"because":')
        file.write(b'{"because":' * 50 + b"1" + b"}" * 52 + b"\n")
    assert "…" in in_words(read_lines(folder)[-1])


@pytest.mark.parametrize("wanted", [RECEIPTS[0], str(FIRST)])
def test_one_operation_is_followed_by_receipt_or_id(folder: Path, wanted: str) -> None:
    found = of_operation(read_lines(folder), wanted)
    assert [line.said["event"] for line in found] == [
        "operation_recorded",
        "operation_sent_again",
        "operations_decided",
    ]
    # The others of its batch are left out.
    assert found[-1].said["operations"] == [str(FIRST)]


def test_a_line_in_words(folder: Path) -> None:
    words = in_words(read_lines(folder)[-1])
    assert "device  K7Q2MT  informação  A linha caiu (causa: ConnectError)" in words


def test_an_error_in_words(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "device.log")
    try:
        (tmp_path / "away").stat()
    except OSError as error:
        log.emit(record(1.0, "backup_stumbled", error=error))
    log.close()
    (line,) = read_lines(tmp_path)
    assert "erro: FileNotFoundError ENOENT em " in in_words(line)


def run(*words: str) -> list[str]:
    done = CliRunner().invoke(app, ["logs", *words], catch_exceptions=False, standalone_mode=False)
    assert done.exception is None
    return done.stdout.splitlines()


def test_the_command_shows_the_end(folder: Path) -> None:
    shown = run("--data", str(folder.parent), "--last", "2")
    assert ["Pedidos decididos" in shown[0], "A linha caiu" in shown[1]] == [True, True]
    assert len(shown) == 2


def test_the_command_follows_a_receipt_as_people_type_it(folder: Path) -> None:
    shown = run("--data", str(folder.parent), "--operation", "k7q2mt 0042 b")
    assert ["Pedido gravado" in shown[0], "enviado de novo" in shown[1]] == [True, True]


@pytest.mark.parametrize("words", [("--operation", "Maria"), ("--operation", RECEIPTS[1]), ()])
def test_nothing_to_show_is_said_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(Complaint):
        run("--data", str(tmp_path), *words)


def test_what_programs_call_things_is_said_in_words() -> None:
    said = {"event": "operations_answered", "kind": "register", "outcome": "accepted"}
    line = in_words(LogLine("device", {"at": "", "level": "info", **said}))
    assert "Cadastro" in line
    assert "aceito" in line
    assert "register" not in line
