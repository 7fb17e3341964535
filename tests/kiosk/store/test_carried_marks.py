from pathlib import Path

import pytest

from kiosk.store.carried_marks import CarriedMark


def test_nothing_was_carried_off_yet(tmp_path: Path) -> None:
    assert CarriedMark(tmp_path).reaches() == 0


def test_it_only_grows(tmp_path: Path) -> None:
    mark = CarriedMark(tmp_path)
    for sequence, reach in ((7, 7), (3, 7), (12, 12)):
        mark.extend(sequence)
        assert CarriedMark(tmp_path).reaches() == reach
    assert [file.name for file in tmp_path.iterdir()] == ["outbox.carried"]


@pytest.mark.parametrize("content", [b"", b"sete", b"\xff\xfe"])
def test_what_cannot_be_read_counts_as_everything(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "outbox.carried").write_bytes(content)
    mark = CarriedMark(tmp_path)
    assert mark.reaches() > 10**18
    mark.extend(5)
    assert mark.reaches() > 10**18
