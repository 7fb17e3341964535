import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import password_patterns
from kiosk.domain.password_patterns import count_pieces, is_made_of_runs, is_repetition


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", 0),
        ("a", 1),
        ("ab", 2),
        ("abc", 1),
        ("zyx", 1),
        ("aaa", 1),
        ("qwe", 1),
        ("ewq", 1),
        ("qaz", 1),
        ("poi", 1),
        ("lç~", 1),
        ("789", 1),
        ("147", 1),
        ("159", 1),
        ("963", 1),
        ("1q2w3e", 1),
        ("1q2w", 4),
        ("abcxyz", 2),
        ("abcq1xyz", 4),
        ("gato", 4),
    ],
)
def test_a_text_falls_into_runs(text: str, pieces: int) -> None:
    assert count_pieces(text) == pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcdefghxyz", True),
        ("gatopreto", False),
        ("abcdqwer12345678zxcv", True),
        ("abcgatodefpretoghi", False),
        ("1a2b3c4d", True),
        ("k7q2mt4x", False),
    ],
)
def test_few_runs_are_little(text: str, expected: bool) -> None:
    assert is_made_of_runs(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaaaaaaa", True),
        ("abababab", True),
        ("abcabcab", True),
        ("gatogato", True),
        ("gatosgatos", False),
        ("abcdefgh", False),
        ("a", False),
        ("", False),
    ],
)
def test_a_short_thing_again_and_again_is_a_repetition(text: str, expected: bool) -> None:
    assert is_repetition(text) is expected


@given(st.text(max_size=60))
def test_a_text_has_at_most_as_many_pieces_as_characters(text: str) -> None:
    assert (len(text) > 0) <= count_pieces(text) <= len(text)


def test_a_long_text_is_not_copied_for_each_of_its_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand ligatures become twenty thousand characters, and took seconds on the screen."""
    read: list[object] = []
    steady = password_patterns._steady

    def noted(steps: list[frozenset[password_patterns.Step]], at: int, stride: int) -> int:
        read.append(steps)
        return steady(steps, at, stride)

    monkeypatch.setattr(password_patterns, "_steady", noted)
    assert count_pieces("cavalo bateria grampo") > 3
    assert len({id(one) for one in read}) == 1
