from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import birth_dates
from kiosk.domain.birth_dates import MAX_AGE_YEARS, BirthDateProblem

TODAY = date(2024, 5, 10)
OLDEST = date(TODAY.year - MAX_AGE_YEARS, TODAY.month, TODAY.day)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("24/03/1960", date(1960, 3, 24)),
        ("1960-03-24", date(1960, 3, 24)),
        ("29/02/2000", date(2000, 2, 29)),
        ("29/02/2024", date(2024, 2, 29)),
        ("31/12/1999", date(1999, 12, 31)),
        ("10/05/2024", TODAY),
        ("10/05/1894", OLDEST),
    ],
)
def test_a_real_date_is_read(text: str, born: date) -> None:
    assert birth_dates.parse(text, TODAY) == born


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", BirthDateProblem.INCOMPLETE),
        ("24", BirthDateProblem.INCOMPLETE),
        ("24/03/60", BirthDateProblem.INCOMPLETE),
        ("24/3/1960", BirthDateProblem.INCOMPLETE),
        ("24-03-1960", BirthDateProblem.INCOMPLETE),
        ("1960/03/24", BirthDateProblem.INCOMPLETE),
        ("24031960", BirthDateProblem.INCOMPLETE),
        ("24/03/19600", BirthDateProblem.INCOMPLETE),
        ("24/03/1960\n", BirthDateProblem.INCOMPLETE),
        (" 24/03/1960", BirthDateProblem.INCOMPLETE),
        ("２４/０３/１９６０", BirthDateProblem.INCOMPLETE),
        ("٢٤/٠٣/١٩٦٠", BirthDateProblem.INCOMPLETE),
        ("24/03/196O", BirthDateProblem.INCOMPLETE),
        ("\ud800", BirthDateProblem.INCOMPLETE),
        ("31/04/1960", BirthDateProblem.IMPOSSIBLE),
        ("30/02/2000", BirthDateProblem.IMPOSSIBLE),
        ("29/02/1900", BirthDateProblem.IMPOSSIBLE),
        ("29/02/2023", BirthDateProblem.IMPOSSIBLE),
        ("00/03/1960", BirthDateProblem.IMPOSSIBLE),
        ("24/00/1960", BirthDateProblem.IMPOSSIBLE),
        ("24/13/1960", BirthDateProblem.IMPOSSIBLE),
        ("24/03/0000", BirthDateProblem.IMPOSSIBLE),
        ("1960-02-30", BirthDateProblem.IMPOSSIBLE),
        ("11/05/2024", BirthDateProblem.FUTURE),
        ("01/01/9999", BirthDateProblem.FUTURE),
        ("09/05/1894", BirthDateProblem.TOO_OLD),
        ("01/01/0001", BirthDateProblem.TOO_OLD),
    ],
)
def test_anything_else_is_told_apart(text: str, problem: BirthDateProblem) -> None:
    assert birth_dates.parse(text, TODAY) is problem


def test_the_oldest_age_is_counted_from_a_leap_day_too() -> None:
    today = date(2024, 2, 29)
    assert birth_dates.parse("28/02/1894", today) is BirthDateProblem.TOO_OLD
    assert birth_dates.parse("01/03/1894", today) == date(1894, 3, 1)


@given(st.dates(min_value=OLDEST, max_value=TODAY))
def test_both_ways_of_writing_a_date_read_the_same(born: date) -> None:
    assert birth_dates.parse(f"{born:%d/%m/%Y}", TODAY) == born
    assert birth_dates.parse(born.isoformat(), TODAY) == born


@given(st.dates(min_value=TODAY + timedelta(days=1)))
def test_no_day_to_come_is_taken(born: date) -> None:
    assert birth_dates.parse(f"{born:%d/%m/%Y}", TODAY) is BirthDateProblem.FUTURE


@given(st.text() | st.from_regex(r"[0-9/ -]{0,12}", fullmatch=True))
def test_no_text_is_too_much(text: str) -> None:
    assert isinstance(birth_dates.parse(text, TODAY), date | BirthDateProblem)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("", ""),
        ("2", "2"),
        ("24", "24"),
        ("240", "24/0"),
        ("2403", "24/03"),
        ("24031", "24/03/1"),
        ("24031960", "24/03/1960"),
    ],
)
def test_slashes_come_while_typing(digits: str, shown: str) -> None:
    assert birth_dates.format_partial(digits) == shown


@given(st.from_regex(r"[0-9]{0,8}", fullmatch=True))
def test_slashes_are_all_that_is_added(digits: str) -> None:
    assert birth_dates.format_partial(digits).replace("/", "") == digits
