import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.registry.cursors import Cursors, ReadCursor
from tests.kiosk.registry.workbench import START, StandingClock

cursors = Cursors(b"k" * 32, StandingClock())


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_tells_position_and_time_of_issue(position: int) -> None:
    assert cursors.read(cursors.issue(position)) == ReadCursor(position, START)


@given(st.text())
def test_other_texts_are_none(text: str) -> None:
    assert cursors.read(text) is None


@given(st.integers(0, 43), st.sampled_from("ABab01-_"))
def test_a_changed_character_is_found(place: int, character: str) -> None:
    cursor = cursors.issue(12345)
    changed = cursor[:place] + character + cursor[place + 1 :]
    assert changed == cursor or cursors.read(changed) is None


@pytest.mark.parametrize("text", ["+" * 44, "!" * 44, "é" * 44, "A" * 43 + "=", "A" * 45, ""])
def test_texts_of_nearly_the_right_form_are_none(text: str) -> None:
    assert cursors.read(text) is None


def test_a_cursor_of_another_registry_is_none() -> None:
    assert cursors.read(Cursors(b"x" * 32, StandingClock()).issue(1)) is None


def test_a_cursor_of_a_later_version_is_none() -> None:
    payload = b"\x02" + b"\0" * 16
    raw = payload + cursors._tag(payload)
    assert cursors.read(base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None
