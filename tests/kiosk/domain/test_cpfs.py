import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import cpfs

nine_digits = st.from_regex(r"[0-9]{9}", fullmatch=True)
VALID = ["52998224725", "11144477735", "00000000191", "98765432100", "12345678909"]


@pytest.mark.parametrize("digits", VALID)
def test_right_check_digits(digits: str) -> None:
    assert cpfs.is_valid(digits)


@pytest.mark.parametrize("digit", "0123456789")
def test_all_equal_digits_are_refused(digit: str) -> None:
    assert not cpfs.is_valid(digit * 11)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "191",
        "5299822472",
        "529982247250",
        "52998224724",
        "52998224735",
        "529.982.247-25",
        "52998224725\n",
        " 52998224725",
        "５２９９８２２４７２５",
        "٥٢٩٩٨٢٢٤٧٢٥",
        "5299822472²",
        "5299822472a",
        "\ud80052998224725",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not cpfs.is_valid(text)


@pytest.mark.parametrize(
    ("base", "check"),
    [
        ("529982247", "25"),
        ("111444777", "35"),
        ("000000001", "91"),
        ("000000000", "00"),
        ("987654321", "00"),
        ("123456789", "09"),
    ],
)
def test_remainders_below_two_give_nought(base: str, check: str) -> None:
    assert cpfs.check_digits(base) == check


@given(nine_digits)
def test_exactly_one_pair_of_check_digits_fits(base: str) -> None:
    fitting = [pair for pair in (f"{n:02d}" for n in range(100)) if cpfs.is_valid(base + pair)]
    all_equal = len(set(base + cpfs.check_digits(base))) == 1
    assert fitting == ([] if all_equal else [cpfs.check_digits(base)])


@given(nine_digits, st.integers(0, 10), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(base: str, place: int, change: int) -> None:
    right = base + cpfs.check_digits(base)
    wrong_digit = str((int(right[place]) + change) % 10)
    wrong = right[:place] + wrong_digit + right[place + 1 :]
    if not cpfs.is_valid(wrong):
        return
    # A remainder of 10 and one of 11 both give 0, so these two cannot be told apart by anybody.
    assert "0" in right[9:]


@given(st.text())
def test_no_text_is_too_much(text: str) -> None:
    cleaned = cpfs.clean(text)
    assert not cpfs.is_valid(cleaned) or (cleaned.isascii() and len(cleaned) == cpfs.LENGTH)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("529.982.247-25", "52998224725"),
        (" 529 982 247 25\n", "52998224725"),
        ("529.982.247/25", "529982247/25"),
        ("529,982", "529,982"),
        ("", ""),
    ],
)
def test_only_dots_dashes_and_white_space_go(typed: str, cleaned: str) -> None:
    assert cpfs.clean(typed) == cleaned


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("", ""),
        ("5", "5"),
        ("529", "529"),
        ("5299", "529.9"),
        ("529982", "529.982"),
        ("5299822", "529.982.2"),
        ("529982247", "529.982.247"),
        ("5299822472", "529.982.247-2"),
        ("52998224725", "529.982.247-25"),
    ],
)
def test_marks_come_while_typing(digits: str, shown: str) -> None:
    assert cpfs.format_partial(digits) == shown


@given(st.from_regex(r"[0-9]{0,11}", fullmatch=True))
def test_formatting_then_cleaning_gives_the_same(digits: str) -> None:
    assert cpfs.clean(cpfs.format_partial(digits)) == digits


def test_a_masked_cpf_shows_its_middle() -> None:
    assert cpfs.mask("52998224725") == "***.982.247-**"
