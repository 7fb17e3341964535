import pytest

from tests.upkeep.locks import LOCK, Locked, locked

HASH = "0" * 64


def test_a_pin_with_its_marker_and_hashes() -> None:
    text = f"# head\nA_b==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:{HASH}\n"
    assert locked(text) == [Locked("a-b", "1.0", "sys_platform == 'win32'", (HASH,))]


@pytest.mark.parametrize("text", ["a==1.0\n", "a>=1.0 --hash=sha256:" + HASH, "-e .\n"])
def test_anything_else_is_no_lock(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        locked(text)


def test_the_lock_names_no_index() -> None:
    text = LOCK.read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
