import logging
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.logs import logged


@pytest.mark.parametrize("name", ["kiosk.sync.workers", "ui.errors"])
def test_what_the_program_says_is_in_the_file(tmp_path: Path, name: str) -> None:
    with logged(tmp_path / "data", "device"):
        logging.getLogger(name).info("line lost: %s", "ConnectError")
    written = (tmp_path / "data" / "logs" / "device.log").read_text()
    assert f"INFO {name} line lost: ConnectError" in written


def test_afterwards_the_file_is_closed_and_nothing_more_is_written(tmp_path: Path) -> None:
    with logged(tmp_path, "registry"):
        pass
    logging.getLogger("kiosk.sync").info("too late")
    assert logging.getLogger("kiosk").handlers == []
    assert (tmp_path / "logs" / "registry.log").read_text() == ""


def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Complaint, match="--data"), logged(tmp_path / "file", "device"):
        pass
