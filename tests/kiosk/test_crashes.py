import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROGRAM
from tests.log_lines import read_log

_HEAD = """
import sys, threading
from pathlib import Path
from kiosk.crashes import guard_process
guard_process()
from kiosk.logs import logged
SAID = "Maria 52998224725"
def fail():
    raise ValueError(SAID) from KeyError(SAID)
class Left:
    def __del__(self):
        fail()
"""
_WAYS = {
    "at the top": "with logged(Path(sys.argv[1]), 'device'):\n    fail()",
    "in a thread": "with logged(Path(sys.argv[1]), 'device'):\n"
    "    thread = threading.Thread(target=fail)\n    thread.start()\n    thread.join()",
    "in a destructor": "with logged(Path(sys.argv[1]), 'device'):\n    Left()",
    "without a log": "fail()",
    # It goes after an error that nobody has caught, whose words the interpreter would add.
    "interrupted": "try:\n    fail()\nfinally:\n    raise KeyboardInterrupt",
}


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _HEAD + code, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROGRAM.parent,
        timeout=60,
    )


@pytest.mark.parametrize("way", _WAYS)
def test_no_text_of_an_error_is_said(way: str, tmp_path: Path) -> None:
    done = run(_WAYS[way], tmp_path)
    assert "Maria" not in done.stdout + done.stderr
    assert "52998224725" not in done.stdout + done.stderr
    if way == "interrupted":
        assert done.stderr == ""
        return
    assert done.stderr.startswith("Erro inesperado: ValueError, em ")
    assert done.stderr.count("\n") == 1
    if way != "without a log":
        written = (tmp_path / "logs" / "device.log").read_text()
        assert "Maria" not in written


@pytest.mark.parametrize("way", ["at the top", "in a thread", "in a destructor"])
def test_an_uncaught_error_is_in_the_log(way: str, tmp_path: Path) -> None:
    run(_WAYS[way], tmp_path)
    (line,) = read_log(tmp_path / "logs" / "device.log")
    assert (line["event"], line["level"]) == ("uncaught_error", "critical")
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["because"]["type"] == "KeyError"


def test_no_core_is_written() -> None:
    code = "import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))"
    assert run(code, Path()).stdout == "(0, 0)\n"


def test_the_program_guards_itself(tmp_path: Path) -> None:
    # Wherever it is broken, its command line says so without the words of the error.
    code = f"""
import runpy, sys
sys.argv = ["main.py", "doctor", "--data", {str(tmp_path)!r}]
def check_up(*_):
    raise ValueError("Maria 52998224725")
import kiosk.store.checkups
kiosk.store.checkups.check_up = check_up
runpy.run_path({str(PROGRAM)!r}, run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROGRAM.parent,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Erro inesperado: ValueError, em ")
    assert "Maria" not in done.stderr
