from uuid import UUID

import pytest

from kiosk.domain.operations import Outcome, ParkedReason, Reason
from kiosk.log_values import KEYS, NotAllowed, allowed, told_of
from tests.journeys.canaries import marks, spellings

# Without hexadecimal: eight letters in it look like the id of a key, and nobody logs a person so.
TYPED = sorted(
    {
        content.decode()
        for mark in marks()
        for name, content in spellings(mark).items()
        if not any(way in name.lower() for way in ("utf", "latin", "hexadecimal"))
    }
)


@pytest.mark.parametrize("key", [*KEYS, "name", "message", ""])
def test_no_key_takes_what_is_a_persons(key: str) -> None:
    numbers = [int(text) for text in TYPED if text.isdecimal()]
    assert numbers
    for value in (
        *TYPED,
        *numbers,
        *([text] for text in TYPED),
        {"a": TYPED[0]},
        TYPED[0].encode(),
    ):
        with pytest.raises(NotAllowed):
            allowed(key, value)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("operation", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("operations", [UUID(int=1)], ["00000000-0000-0000-0000-000000000001"]),
        ("receipt", "K7Q2MT-0042-B", "K7Q2MT-0042-B"),
        ("device", "K7Q2MT", "K7Q2MT"),
        ("outcome", Outcome.ACCEPTED, "accepted"),
        ("outcome", "accepted", "accepted"),
        ("reason", Reason.STALE, "stale"),
        ("reason", ParkedReason.NO_ANSWER, "no_answer"),
        ("cause", "ConnectError", "ConnectError"),
        ("cause", "ReadTimeout", "ReadTimeout"),
        ("cause", "HTTP 503", "HTTP 503"),
        ("cause", "not authorised", "not authorised"),
        ("file", "copy.sqlite3", "copy.sqlite3"),
        ("file", "device-000012.sqlite3", "device-000012.sqlite3"),
        ("file", "device.sqlite3.before-0006", "device.sqlite3.before-0006"),
        ("quarantine", "quarantine/3", "quarantine/3"),
        ("count", 350_000, 350_000),
        ("ended_suddenly", False, False),
    ],
)
def test_what_a_technician_needs_passes(key: str, value: object, written: object) -> None:
    assert allowed(key, value) == written
    assert type(allowed(key, value)) is type(written)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", True),
        ("count", -1),
        ("count", 1.5),
        ("ended_suddenly", 1),
        ("operation", "0" * 32),
    ],
)
def test_a_value_of_another_type_does_not(key: str, value: object) -> None:
    with pytest.raises(NotAllowed):
        allowed(key, value)


def test_errors_in_a_circle_come_to_an_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert told_of(first) == {
        "type": "ValueError",
        "at": [],
        "because": {"type": "KeyError", "at": []},
    }


def test_what_was_raised_from_none_has_no_cause() -> None:
    error = ValueError()
    error.__context__, error.__suppress_context__ = KeyError(), True
    assert told_of(error) == {"type": "ValueError", "at": []}
