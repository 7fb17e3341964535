from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.custody.choices import Wish, chosen_for, keep_choice, load_choice, usable_kinds
from kiosk.custody.credentials import CREDENTIAL
from kiosk.custody.custodies import CustodyKind
from kiosk.database.keys import StoreKey


@pytest.mark.parametrize("kind", CustodyKind)
def test_what_was_chosen_comes_back(kind: CustodyKind, tmp_path: Path) -> None:
    assert load_choice(tmp_path) is None
    choice = chosen_for(tmp_path, Wish(kind, tmp_path.parent / "store.key"))
    keep_choice(tmp_path, choice)
    assert load_choice(tmp_path) == choice
    assert [one.name for one in tmp_path.iterdir()] == ["store-key.json"]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[1]", b'{"kind": "none"}', b"\xff", b'{"kind": ' + b"[" * 5000),
        b'{"kind": "file", "place": 5, "owner": "a"}',
        b'{"kind": "file", "place": "a\\u0000b", "owner": "a"}',
        b'{"kind": "file", "place": "a\\ud800b", "owner": "a"}',
        b'{"kind": "file", "place": "a", "owner": "a", "check": ["a"]}',
        b'{"kind": "file", "place": "a", "owner": "a", "is_converting": "no"}',
    ],
)
def test_a_choice_that_cannot_be_read_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "store-key.json"
    path.write_bytes(content)
    with pytest.raises(Complaint, match="não pôde ser lido"):
        load_choice(tmp_path)
    assert path.read_bytes() == content


def test_whoever_chooses_is_told_who_could_keep_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    without = usable_kinds(tmp_path / "data")
    assert CustodyKind.FILE in without
    assert not {CustodyKind.SYSTEMD, CustodyKind.DEMO} & set(without)
    (tmp_path / CREDENTIAL).write_text(StoreKey.draw().written())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert CustodyKind.SYSTEMD in usable_kinds(tmp_path / "data")
    assert not (tmp_path / "data").exists()
