import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.custody.key_files import KeyFile
from kiosk.database.keys import StoreKey

OWNER = "0123456789abcdef"
ONE, TWO = StoreKey(bytes(32)), StoreKey(bytes(range(32)))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "store.key"


@pytest.fixture
def custody(path: Path, data_dir: Path) -> KeyFile:
    return KeyFile(path, OWNER, data_dir)


def test_what_is_kept_comes_back_in_its_order_and_is_its_owners_alone(
    custody: KeyFile, path: Path
) -> None:
    assert custody.load() == ()
    custody.keep([ONE, TWO])
    assert custody.load() == (ONE, TWO)
    custody.keep([TWO])
    assert custody.load() == (TWO,)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_may_touch_is_refused(custody: KeyFile, path: Path, mode: int) -> None:
    custody.keep([ONE])
    path.chmod(mode)
    with pytest.raises(Complaint, match="chmod 600") as caught:
        custody.load()
    assert ONE.written() not in str(caught.value)


def test_a_link_is_refused(custody: KeyFile, path: Path, tmp_path: Path) -> None:
    custody.keep([ONE])
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Complaint, match="arquivo comum"):
        custody.load()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_refused(custody: KeyFile, path: Path) -> None:
    custody.keep([ONE])
    os.chown(path, 65534, -1)
    with pytest.raises(Complaint, match="deste usuário"):
        custody.load()


def test_it_does_not_lie_with_what_it_locks(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data_dir)
    for path in (data_dir / "store.key", data_dir / "a" / "b", tmp_path / "link" / "store.key"):
        for act in (KeyFile(path, OWNER, data_dir).load, _keeping(KeyFile(path, OWNER, data_dir))):
            with pytest.raises(Complaint, match="levaria a chave"):
                act()
        assert not path.exists()
    demo = KeyFile(data_dir / "demo.key", OWNER, None)
    demo.keep([ONE])
    assert demo.load() == (ONE,)


def _keeping(custody: KeyFile) -> Callable[[], None]:
    return lambda: custody.keep([ONE])


@pytest.mark.parametrize(
    "content", [b"", b"0" * 64, b"# kiosk-pas other\n" + b"0" * 64, b"\xff\xfe", b"# kiosk-pas"]
)
def test_what_is_not_this_directorys_key_is_refused(
    custody: KeyFile, path: Path, content: bytes
) -> None:
    custody.keep([ONE])
    path.write_bytes(content)
    with pytest.raises(Complaint):
        custody.load()
    assert path.read_bytes() == content


def test_half_a_key_is_refused_and_not_told(custody: KeyFile, path: Path) -> None:
    custody.keep([TWO])
    path.write_text(path.read_text()[:-8])
    with pytest.raises(Complaint, match="não é uma chave") as caught:
        custody.load()
    assert TWO.written()[:20] not in str(caught.value)


def test_a_folder_that_cannot_be_made_ends_in_a_complaint(tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Complaint, match="não pôde ser gravado"):
        KeyFile(tmp_path / "file" / "store.key", OWNER, data_dir).keep([ONE])


@pytest.mark.parametrize("content", ["minhas notas\n", "# kiosk-pas fedcba9876543210\n"])
def test_a_file_of_something_else_is_never_replaced(
    custody: KeyFile, path: Path, content: str
) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(Complaint, match="não foi tocado"):
        custody.keep([ONE])
    assert path.read_text() == content
    assert [one.name for one in path.parent.iterdir()] == [path.name]
