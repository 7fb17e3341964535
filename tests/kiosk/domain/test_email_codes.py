import pytest

from kiosk.domain import email_codes
from kiosk.domain.email_codes import CodeState, is_open, next_sending, read
from kiosk.domain.throttles import EMAIL_REST_MS

NOW = 1_780_000_000_000
MINUTE = 60_000
FIRST = CodeState(NOW, 0, 1, NOW)


@pytest.mark.parametrize(
    ("passed", "tries", "opens"),
    [
        (0, 0, True),
        (10 * MINUTE - 1, 4, True),
        (10 * MINUTE, 0, False),
        (0, 5, False),
        (-1, 0, False),
    ],
)
def test_a_code_is_open_for_ten_minutes_and_five_tries(
    passed: int, tries: int, opens: bool
) -> None:
    assert is_open(CodeState(NOW, tries, 1, NOW), NOW + passed) is opens


@pytest.mark.parametrize(
    ("state", "passed", "after"),
    [
        (None, 0, FIRST),
        (FIRST, MINUTE - 1, None),
        (FIRST, MINUTE, CodeState(NOW + MINUTE, 0, 2, NOW)),
        (CodeState(NOW, 3, 3, NOW), 59 * MINUTE, None),
        (
            CodeState(NOW, 3, 3, NOW),
            60 * MINUTE,
            CodeState(NOW + 60 * MINUTE, 0, 1, NOW + 60 * MINUTE),
        ),
    ],
)
def test_three_codes_an_hour_a_minute_apart(
    state: CodeState | None, passed: int, after: CodeState | None
) -> None:
    assert next_sending(state, NOW + passed) == after


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("012345", "012345"),
        (" 012 345 ", "012345"),
        ("12345", None),
        ("1234567", None),
        ("١٢٣٤٥٦", None),
        ("12345a", None),
    ],
)
def test_six_digits_are_a_code(typed: str, kept: str | None) -> None:
    assert read(typed) == kept


def test_an_address_that_was_set_here_rests_before_it_is_sent_a_code() -> None:
    assert email_codes.is_settled(None, 0)
    assert not email_codes.is_settled(0, EMAIL_REST_MS - 1)
    assert email_codes.is_settled(0, EMAIL_REST_MS)
