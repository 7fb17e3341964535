import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.registry.cursors import Cursors, ReadCursor
from tests.kiosk.registry.workbench import START, StandingClock

cursors = Cursors(b"k" * 32, StandingClock())


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_tells_position_and_time_of_issue(position: int) -> None:
    assert cursors.read(cursors.issue(position, b"a mark")) == ReadCursor(
        position, START, b"a mark"
    )


@given(st.text())
def test_other_texts_are_none(text: str) -> None:
    assert cursors.read(text) is None


@given(st.integers(0, 51), st.sampled_from("ABab01-_"))
def test_a_changed_character_is_found(place: int, character: str) -> None:
    cursor = cursors.issue(12345, b"a mark")
    changed = cursor[:place] + character + cursor[place + 1 :]
    assert changed == cursor or cursors.read(changed) is None


@pytest.mark.parametrize(
    "text", ["+" * 44, "!" * 52, "é" * 44, "A" * 43 + "=", "A" * 45, "A" * 51 + "=", ""]
)
def test_texts_of_nearly_the_right_form_are_none(text: str) -> None:
    assert cursors.read(text) is None


def test_a_cursor_of_another_registry_is_none() -> None:
    assert cursors.read(Cursors(b"x" * 32, StandingClock()).issue(1, b"a mark")) is None


def made(payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload + cursors._tag(payload)).decode().rstrip("=")


def test_a_cursor_of_the_first_version_is_read() -> None:
    payload = b"\x01" + (7).to_bytes(8, "big") + START.to_bytes(8, "big")
    assert cursors.read(made(payload)) == ReadCursor(7, START, None)


@pytest.mark.parametrize(
    "payload", [b"\x02" + b"\0" * 16, b"\x03" + b"\0" * 22, b"\x01" + b"\0" * 22]
)
def test_a_cursor_of_another_version_or_length_is_none(payload: bytes) -> None:
    assert cursors.read(made(payload)) is None
