import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.database.keys import StoreKey
from kiosk.store import account_copies
from kiosk.store.account_copies import FILE_NAME
from kiosk.store.copy_openings import open_copy
from tests.damages import flip

pytestmark = pytest.mark.usefixtures("expected_stumbles")


def leave(data_dir: Path) -> Path:
    copy = open_copy(data_dir, ended_suddenly=False)
    copy.apply([], "c7")
    copy.close()
    return data_dir / FILE_NAME


def folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "kept").touch()


def folder_for_its_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").mkdir()


@pytest.mark.parametrize("ended_suddenly", [False, True])
@pytest.mark.parametrize(
    "befalls", [folder_in_its_place, folder_for_its_log, lambda path: flip(path, 1)]
)
def test_what_cannot_be_opened_is_set_aside_whole(
    befalls: Callable[[Path], None], ended_suddenly: bool, tmp_path: Path
) -> None:
    path = leave(tmp_path)
    befalls(path)
    before = path.is_dir()
    copy = open_copy(tmp_path, ended_suddenly=ended_suddenly)
    assert copy.cursor() is None
    copy.close()
    kept = tmp_path / "quarantine" / "1" / FILE_NAME
    assert kept.is_dir() is before
    assert kept.exists()


def test_one_that_is_held_elsewhere_does_not_prevent_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_copies, "BUSY_TIMEOUT_MS", 10)
    path = leave(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        copy = open_copy(tmp_path, ended_suddenly=False)
        assert copy.cursor() is None
        copy.close()


def test_one_that_is_whole_stays(tmp_path: Path) -> None:
    leave(tmp_path)
    copy = open_copy(tmp_path, ended_suddenly=True)
    assert copy.cursor() == "c7"
    copy.close()
    assert not (tmp_path / "quarantine").exists()


def test_where_nothing_can_be_set_aside_it_is_said_plainly(tmp_path: Path) -> None:
    folder_in_its_place(leave(tmp_path))
    (tmp_path / "quarantine").touch()
    with pytest.raises(Complaint, match="não pode ser usada"):
        open_copy(tmp_path, ended_suddenly=False)


def test_a_full_disk_sets_nothing_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_path: Path, _key: StoreKey | None) -> None:
        raise OSError(28, "No space left on device")

    leave(tmp_path)
    monkeypatch.setattr(account_copies, "_opened", no_room)
    with pytest.raises(Complaint, match="se há espaço"):
        open_copy(tmp_path, ended_suddenly=False)
    assert not (tmp_path / "quarantine").exists()
