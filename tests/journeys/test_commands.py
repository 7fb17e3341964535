"""The command line as a person types it."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import typer

from kiosk import settings
from kiosk.registry.rosters import HEADER
from ui.commands import app, run_command
from ui.demonstrations import open_demonstration


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["kiosk"], 1, "Não há tela"),
        (["desk", "--data", "x"], 1, "Não há tela"),
        (["nothing"], 2, "Comando desconhecido"),
        (["run", "--face", "moon"], 2, "não é um de"),
        (["kiosk", "--colour"], 2, "Opção desconhecida"),
        (["registry", "serve", "--port", "none"], 2, "não é um número"),
        (["registry", "import"], 2, "Falta o argumento"),
        (["registry", "import", "/no/such.csv"], 1, "não pôde ser lido"),
        (["registry", "import-outbox"], 2, "Falta o argumento"),
        (["registry", "import-outbox", "x"], 1, "Ainda não há cadastro central"),
        (["outbox", "export"], 2, "Falta o argumento"),
        (["outbox", "export", "x"], 1, "Não há fila"),
        (["outbox", "export", "x", "--config", "/no/such.toml"], 2, "não pôde ser lido"),
        (["registry", "status", "--database", "no address"], 2, "sqlite:///"),
        (["registry", "status", "--config", "/no/such.toml"], 2, "não pôde ser lido"),
        (["tour"], 2, "Falta o argumento"),
        (["tour", "/proc/no/such"], 1, "não pode ser criada"),
    ],
)
def test_a_mistake_ends_in_one_line(
    program: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, str(program), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
        env={**bare, "KIOSK_DATA_DIR": str(tmp_path), "PYTHONUTF8": "1"},
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert (done.returncode, len(lines)) == (code, 1), lines
    assert said in lines[0]


def test_a_letter_that_the_terminal_lacks_ends_no_command(program: Path, tmp_path: Path) -> None:
    words = ("registry", "sample", tmp_path / "people.csv", "--people", "3", "--seed", "1")
    for more in (words, ("registry", "import", tmp_path / "people.csv", "--data", tmp_path)):
        done = subprocess.run(
            [sys.executable, str(program), *map(str, more)],
            capture_output=True,
            check=False,
            timeout=120,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        assert done.returncode == 0, done.stderr
    enrol = ("enrol-code", "--name", "Açaí", "--site", "B", "--face", "kiosk", "--data", tmp_path)
    done = subprocess.run(
        [sys.executable, str(program), "registry", "devices", *map(str, enrol)],
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.search(rb"^  (\S{4}-){6}\S{4}$", done.stdout, re.MULTILINE)


def test_help_is_portuguese_all_through(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def every(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, below in getattr(command, "commands", {}).items():
            yield from every(below, (*words, name))

    shown = list(every(typer.main.get_command(app), ()))
    assert ("registry", "devices", "enrol-code") in shown
    for words in shown:
        monkeypatch.setattr(sys, "argv", ["main.py", *words, "--help"])
        assert run_command(program, None) == 0
        said = capsys.readouterr().out
        assert said.startswith("Uso: "), words
        for english in ("Usage", "Options", "Commands:", "Arguments", "Show this", "[default"):
            assert english not in said, (words, english)
        for english in ("[required]", "OPTIONS", "ARGS", "<str>", "<int>", "<path>"):
            assert english not in said, (words, english)


def test_a_new_machine_is_told_on_leaving_what_else_can_be_typed(
    program: Path, tmp_path: Path
) -> None:
    # Ended by the system while the technician's screen is there.
    running = subprocess.Popen(
        [sys.executable, str(program), "desk", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"},
    )
    deadline = time.monotonic() + 60
    lock = tmp_path / "device.lock"
    try:
        while not lock.exists():
            assert time.monotonic() < deadline
            assert running.poll() is None
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It holds until somebody ends it.
            running.wait(3)
        assert running.poll() is None
        running.terminate()
        said = running.communicate(timeout=60)[1]
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()
    assert running.returncode == 1
    assert said.count("\n") == 1
    assert "ainda não está inscrita" in said


def test_settings_reach_the_program(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(program), "registry", "status"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "KIOSK_DATA_DIR": str(tmp_path / "here"), "PYTHONUTF8": "1"},
    )
    assert str(tmp_path / "here") in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "--data", "/proc/no/such"], 1, "não pode ser usada"),
        (["run", "--data", "{file}"], 1, "não pode ser usada"),
        (
            ["kiosk", "--data", "{file}", "--registry", "http://127.0.0.1:1"],
            1,
            "não pode ser usada",
        ),
        (["kiosk", "--registry", "http://127.0.0.1:x"], 2, "registry_url"),
        (["run", "--roster", "/no/such.csv"], 1, "não pôde ser lido"),
        (["run", "--config", "/no/such.toml"], 2, "não pôde ser lido"),
    ],
)
def test_a_mistake_behind_an_open_window_ends_in_one_line_too(
    program: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    done = subprocess.run(
        [sys.executable, str(program), *(word.format(file=file) for word in words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"},
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr


def test_the_demonstrations_registry_reads_the_same_configuration(
    program: Path, tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text("card_pattern = '[0-9]{3}'\n")
    roster = tmp_path / "people.csv"
    row = "P1,,123,,1960-03-24,Joana,,,active,none,"
    roster.write_text(",".join(HEADER) + f"\n{row}\n")
    loaded = settings.load(config, data_dir=tmp_path / "data")
    with ExitStack() as closing_all:
        open_demonstration(program, loaded, config, roster, closing_all).close()
    with closing(sqlite3.connect(tmp_path / "data" / "registry.sqlite3")) as connection:
        assert connection.execute("SELECT card_number FROM people").fetchall() == [("123",)]
    assert (tmp_path / "data" / "logs" / "device.log").exists()
    assert (tmp_path / "data" / "logs" / "registry.log").exists()


def test_where_there_is_no_screen_the_demonstration_is_the_tour(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    toured: list[Path] = []

    def tour(_program: Path, folder: Path, *, face: str) -> int:
        assert face == "desk"
        toured.append(folder)
        return 5

    monkeypatch.setattr("ui.tour.tours.run_tour", tour)
    monkeypatch.setattr(sys, "argv", ["main.py", "run", "--face", "desk"])
    assert run_command(program, None) == 5
    said = capsys.readouterr().out
    assert "Não há tela" in said
    assert str(toured[0]) in said
    toured[0].rmdir()
