import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import cards
from kiosk.domain.cards import CardFormat


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0012345678", "0012345678"),
        ("0012.3456-78", "0012345678"),
        (" 0012 3456\t78\n", "0012345678"),
        ("0012\u00a03456\u200978", "0012345678"),
        ("0012/345678", "0012/345678"),
        ("0012_345678", "0012_345678"),
        ("ab-12", "ab12"),
        ("", ""),
    ],
)
def test_only_dots_dashes_and_white_space_go(typed: str, number: str) -> None:
    assert cards.clean(typed) == number


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert cards.clean(cards.clean(text)) == cards.clean(text)


@pytest.mark.parametrize("number", ["000000", "123456", "00123456789012345678", "9" * 20])
def test_a_card_number_has_six_to_twenty_digits(number: str) -> None:
    assert CardFormat().matches(number)


@pytest.mark.parametrize(
    "number",
    ["", "12345", "1" * 21, "12345a", "１２３４５６", "١٢٣٤٥٦", "123456\n", "123.456", "\ud800"],
)
def test_nothing_else_is_one(number: str) -> None:
    assert not CardFormat().matches(number)


def test_the_pattern_is_a_setting() -> None:
    lettered = CardFormat(r"P[0-9]{7}")
    assert lettered.matches("P0000042")
    assert not lettered.matches("0000042")
    assert not lettered.matches("P00000421")


def test_no_pattern_lets_more_than_twenty_characters_through() -> None:
    anything = CardFormat(r"[0-9]+")
    assert anything.matches("1" * cards.MAX_LENGTH)
    assert not anything.matches("1" * (cards.MAX_LENGTH + 1))


def test_a_masked_card_shows_its_end() -> None:
    assert cards.mask("0012345678") == "••••5678"
