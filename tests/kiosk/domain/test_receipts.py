import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import receipts
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET, ReceiptNumber

LOOKALIKES = {"I": "1", "L": "1", "O": "0", "U": "V"}
TYPED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

numbers = st.builds(
    ReceiptNumber,
    device_code=st.text(DEVICE_CODE_ALPHABET, min_size=6, max_size=6),
    counter=st.integers(1, 999_999_999_999),
)


def meant(character: str) -> str:
    return LOOKALIKES.get(character, character)


def test_a_receipt_is_device_counter_and_check() -> None:
    assert str(ReceiptNumber("K7Q2MT", 42)) == "K7Q2MT-0042-B"
    assert str(ReceiptNumber("K7Q2MT", 123_456)).startswith("K7Q2MT-123456-")


@given(numbers)
def test_what_is_printed_is_read(number: ReceiptNumber) -> None:
    assert receipts.parse(str(number)) == number


@given(numbers)
def test_one_program_reads_another_ones_number(number: ReceiptNumber) -> None:
    assert receipts.read(str(number)) == number


@given(numbers, st.text(TYPED + "- ", max_size=20))
def test_what_is_not_printed_so_is_not_read_so(number: ReceiptNumber, other: str) -> None:
    device, counter, check = str(number).split("-")
    for text in (
        str(number).lower(),
        f"{device}-0{counter}-{check}",
        f"{device}{counter}{check}",
        f" {number}",
        f"{number}\n",
        other,
    ):
        found = receipts.read(text)
        assert found is None or str(found) == text


@given(numbers, numbers)
def test_no_two_receipts_are_written_alike(one: ReceiptNumber, other: ReceiptNumber) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize(
    "typed",
    [
        "k7q2mt-0042-b",
        "K7Q2MT0042B",
        " K7Q2MT 0042 B\n",
        "K7Q2MT-0042B",
        "k7q2mt - oo42 - b",
        "K7Q2MT-OO42-B",
    ],
)
def test_it_is_read_as_people_type_it(typed: str) -> None:
    assert receipts.parse(typed) == ReceiptNumber("K7Q2MT", 42)


@given(numbers, st.data())
def test_letters_that_look_like_another_character_are_read_as_it(
    number: ReceiptNumber, data: st.DataObject
) -> None:
    looks_like = {seen: [seen, seen.lower()] for seen in TYPED + "-"}
    for letter, seen in LOOKALIKES.items():
        looks_like[seen] += [letter, letter.lower()]
    typed = "".join(data.draw(st.sampled_from(looks_like[seen])) for seen in str(number))
    assert receipts.parse(typed) == number


@given(numbers)
def test_no_letter_is_used_that_can_be_mistaken(number: ReceiptNumber) -> None:
    assert not set(str(number)) & set(LOOKALIKES)


@pytest.mark.parametrize(
    "number",
    [
        ReceiptNumber("K7Q2MT", 42),
        ReceiptNumber("000000", 1),
        ReceiptNumber("ZZZZZZ", 9_999),
        ReceiptNumber("2KKMK9", 90_650),
        ReceiptNumber("V1V1V1", 123_456_789_012),
    ],
    ids=str,
)
def test_every_single_wrong_character_is_found(number: ReceiptNumber) -> None:
    right = str(number)
    for place, character in enumerate(right):
        if character == "-":
            continue
        for typed in TYPED:
            wrong = right[:place] + typed + right[place + 1 :]
            expected = number if meant(typed) == character else None
            assert receipts.parse(wrong) == expected, wrong


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    swaps, unnoticed = 0, 0
    for counter in range(1_234, 1_734):
        plain = str(ReceiptNumber("K7Q2MT", counter)).replace("-", "")
        for place in range(len(plain) - 1):
            one, other = plain[place], plain[place + 1]
            if one == other:
                continue
            swaps += 1
            swapped = plain[:place] + other + one + plain[place + 2 :]
            unnoticed += receipts.parse(swapped) is not None
    assert unnoticed < swaps / 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "K7Q2MT",
        "K7Q2MT-0042",
        "K7Q2MT-0042-C",
        "K7Q2MT-042-B",
        "K7Q2MT-00042-B",
        "K7Q2MT-0042-BB",
        "K7Q2MT_0042_B",
        "K7Q2M-0042-B",
        "Ｋ7Q2MT-0042-B",
        "K7Q2MT-٠٠٤٢-B",
        "<b>K7Q2MT-0042-B</b>",
        "\ud800K7Q2MT-0042-B",
        "K7Q2MT-0042-B" * 800,
    ],
)
def test_anything_else_is_no_receipt(text: str) -> None:
    assert receipts.parse(text) is None


@given(st.text() | st.from_regex(r"[0-9A-Z]{6}-[0-9]{1,13}-[0-9A-Z]", fullmatch=True))
def test_no_text_is_too_much(text: str) -> None:
    number = receipts.parse(text)
    assert number is None or receipts.parse(str(number)) == number


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("K7Q2MT", True),
        ("000000", True),
        ("K7Q2M", False),
        ("K7Q2MTX", False),
        ("k7q2mt", False),
        ("K7Q2MI", False),
        ("K7Q2ML", False),
        ("K7Q2MO", False),
        ("K7Q2MU", False),
        ("", False),
    ],
)
def test_a_device_code_is_six_characters_of_its_alphabet(text: str, is_code: bool) -> None:
    assert receipts.is_device_code(text) is is_code


def test_programs_read_neither_a_wrong_check_nor_too_many_zeros() -> None:
    check = receipts._check_character("K7Q2MT" + "00042")
    assert receipts.read("K7Q2MT-0042-B") == ReceiptNumber("K7Q2MT", 42)
    assert receipts.read("K7Q2MT-0042-C") is None
    assert receipts.read(f"K7Q2MT-00042-{check}") is None
