import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.store.holds import DataDirHold


def test_a_second_program_steps_back_until_the_first_has_gone(tmp_path: Path) -> None:
    first = DataDirHold(tmp_path / "new")
    with pytest.raises(Complaint, match="Outro programa"):
        DataDirHold(tmp_path / "new")
    first.close()
    DataDirHold(tmp_path / "new").close()


def test_other_folders_are_free(tmp_path: Path) -> None:
    first, second = DataDirHold(tmp_path / "a"), DataDirHold(tmp_path / "b")
    first.close()
    second.close()


def test_a_folder_that_is_a_file_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Complaint, match="não pode ser usada"):
        DataDirHold(tmp_path / "file")


def test_a_lock_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "device.lock").mkdir()
    with pytest.raises(Complaint, match="não pode ser usada"):
        DataDirHold(tmp_path)


def test_a_file_that_is_no_lock_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "device.lock").write_bytes(b"letters " * 100)
    with pytest.raises(Complaint, match="não pode ser usada"):
        DataDirHold(tmp_path)
    assert (tmp_path / "device.lock").read_bytes() == b"letters " * 100


_HOLD_AND_WAIT = """
import sys
from pathlib import Path
from kiosk.store.holds import DataDirHold
hold = DataDirHold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_what_a_dead_program_held_is_free(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_AND_WAIT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Complaint, match="Outro programa"):
        DataDirHold(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    DataDirHold(tmp_path).close()
