import stat
from pathlib import Path

import msgspec
import pytest

from kiosk.store import snapshot_parts
from kiosk.store.snapshot_parts import SnapshotParts, is_sound
from tests.snapshots import facts_of

FACTS = facts_of(b'["a", "b", "c", "d"]\n')


def test_what_was_fetched_is_there_after_a_restart(tmp_path: Path) -> None:
    parts = SnapshotParts(tmp_path)
    assert parts.facts is None
    parts.begin(FACTS)
    parts.append(0, b"abc")
    parts.append(3, b"def")
    again = SnapshotParts(tmp_path)
    assert again.facts == FACTS
    assert again.received() == 6
    assert again.path.read_bytes() == b"abcdef"
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_one_takes_the_place_of_another(tmp_path: Path) -> None:
    parts = SnapshotParts(tmp_path)
    parts.begin(facts_of(b"other\n"))
    parts.append(0, b"other")
    parts.begin(FACTS)
    assert (parts.facts, parts.received()) == (FACTS, 0)
    assert {file.stem for file in tmp_path.iterdir()} == {f"snapshot-{FACTS.id}"}


def test_nothing_is_left_of_one_that_is_discarded(tmp_path: Path) -> None:
    parts = SnapshotParts(tmp_path)
    parts.begin(FACTS)
    (tmp_path / "snapshot-0.writing").write_text("")
    parts.discard()
    assert (parts.facts, list(tmp_path.iterdir())) == (None, [])
    parts.discard()


@pytest.mark.parametrize("kind", ["json", "part"])
def test_half_of_it_is_nothing(tmp_path: Path, kind: str) -> None:
    SnapshotParts(tmp_path).begin(FACTS)
    (tmp_path / f"snapshot-{FACTS.id}.{kind}").unlink()
    assert SnapshotParts(tmp_path).facts is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff", b"{}", b'{"ready": true}'),
        # One bit of a text has changed on the disk.
        msgspec.json.encode(FACTS).replace(b'"cursor":"', b'"cursor":"\xff'),
        b'{"more":' + b"[" * 2000,
    ],
)
def test_facts_that_cannot_be_read_are_none(tmp_path: Path, content: bytes) -> None:
    SnapshotParts(tmp_path).begin(FACTS)
    (tmp_path / f"snapshot-{FACTS.id}.json").write_bytes(content)
    assert SnapshotParts(tmp_path).facts is None


@pytest.mark.parametrize(
    "odd",
    [
        {"ready": False},
        {"id": ""},
        {"id": "../../" + "0" * 26},
        {"id": "0" * 33},
        {"sha256": "x"},
        {"cursor": ""},
        {"count": -1},
        {"size": -1},
        {"count": FACTS.size + 1},
    ],
)
def test_facts_that_cannot_be_true(odd: dict[str, object]) -> None:
    assert is_sound(FACTS)
    assert not is_sound(msgspec.structs.replace(FACTS, **odd))


def test_a_snapshot_that_the_disk_cannot_hold_has_no_room(tmp_path: Path) -> None:
    parts = SnapshotParts(tmp_path)
    assert parts.has_room_for(FACTS)
    assert not parts.has_room_for(msgspec.structs.replace(FACTS, size=2**60))


@pytest.mark.parametrize("failing", ["create_private", "sync_folder"])
def test_one_that_could_not_be_begun_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    parts = SnapshotParts(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(snapshot_parts, failing, full)
        with pytest.raises(OSError, match="space"):
            parts.begin(FACTS)
    assert SnapshotParts(tmp_path).facts is None or failing == "sync_folder"
    with pytest.raises(FileNotFoundError):
        parts.received()
    parts.begin(FACTS)
    assert (parts.facts, parts.received()) == (FACTS, 0)


def test_of_none_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _ = SnapshotParts(tmp_path).path
