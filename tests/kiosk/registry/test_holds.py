import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.registry.holds import ServiceHold

_HOLDING = """
import sys, time
from pathlib import Path
from kiosk.registry.holds import ServiceHold
hold = ServiceHold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_service_on_one_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite3"
    with ServiceHold(path), pytest.raises(Complaint) as complaint:
        ServiceHold(path)
    assert "já atende" in str(complaint.value)
    with ServiceHold(path):
        pass


def test_what_a_killed_service_held_is_free(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Complaint):
            ServiceHold(path)
        process.kill()
    with ServiceHold(path):
        pass


def test_a_folder_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Complaint) as complaint:
        ServiceHold(tmp_path / "file" / "registry.sqlite3")
    assert "não aceita escrita" in str(complaint.value)


def test_another_database_is_anothers(tmp_path: Path) -> None:
    with ServiceHold(tmp_path / "one.sqlite3"), ServiceHold(tmp_path / "two.sqlite3"):
        pass


def test_one_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite3"
    ending = ServiceHold(path)
    ending.__enter__()
    got = threading.Event()

    def wait() -> None:
        with ServiceHold(path, 60.0):
            got.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not got.wait(0.2)
    ending.__exit__(None, None, None)
    assert got.wait(60)
    waiting.join()
