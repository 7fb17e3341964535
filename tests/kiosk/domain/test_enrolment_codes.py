import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes, grouped, read
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET

drawn = st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES)


@given(drawn)
def test_a_code_is_read_as_it_is_shown(content: bytes) -> None:
    code = from_bytes(content)
    shown = grouped(code)
    assert [len(group) for group in shown.split("-")] == [4] * 7
    assert read(shown) == read(shown.lower().replace("-", " ")) == read(f" {code}\n") == code


@given(drawn, drawn)
def test_each_drawing_is_another_code(one: bytes, other: bytes) -> None:
    assert (from_bytes(one) == from_bytes(other)) == (one == other)


@given(drawn, st.integers(0, 27), st.sampled_from(DEVICE_CODE_ALPHABET))
def test_nearly_every_mistake_in_typing_is_noticed(content: bytes, place: int, typed: str) -> None:
    code = from_bytes(content)
    wrong = code[:place] + typed + code[place + 1 :]
    # One in a thousand has the same check by chance; it is then another code, not this one.
    assert read(wrong) in (None, wrong)
    if place >= 26 and wrong != code:
        assert read(wrong) is None


def test_letters_that_look_like_others_are_read_as_those() -> None:
    code = from_bytes(b"\x00" * CODE_BYTES)
    assert read(code.replace("0", "O")) == code


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = read(typed)
    assert code is None or (len(code) == 28 and read(code) == code)


@pytest.mark.parametrize("count", [0, 15, 17])
def test_a_code_is_made_of_128_bits(count: int) -> None:
    with pytest.raises(ValueError, match=str(count)):
        from_bytes(b"x" * count)
