from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.throttles import (
    DAY_MS,
    EMAIL_REST_MS,
    HOUR_MS,
    LAST_FAILURE,
    LONGEST_WAIT_MS,
    MINUTE_MS,
    Hold,
    Tally,
    failed,
    given_back,
    hold_of,
    is_ended,
    is_ended_anywhere,
    is_sweeping,
    left_to_wait,
    may_change_email,
    may_reset_again,
    may_take_a_reset,
    wait_after,
)

NOW = 1_780_000_000_000
SECOND = 1000
tallies = st.builds(Tally, st.integers(0, 200), st.integers(0, 2 * NOW))


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0),
        (1, 0),
        (5, 0),
        (6, 30),
        (7, 60),
        (8, 120),
        (9, 240),
        (10, 480),
        (11, 960),
        (12, 1920),
        (13, 3600),
        (19, 3600),
        (10**6, 3600),
    ],
)
def test_five_are_free_then_thirty_seconds_doubling_to_an_hour(failures: int, seconds: int) -> None:
    assert wait_after(failures) == seconds * SECOND


@pytest.mark.parametrize(
    ("failures", "passed", "hold"),
    [
        (5, 0, None),
        (6, 0, Hold.WAITING),
        (6, 29_999, Hold.WAITING),
        (6, 30_000, None),
        (13, HOUR_MS - 1, Hold.WAITING),
        (13, HOUR_MS, None),
        (19, HOUR_MS, None),
        (20, HOUR_MS, Hold.ENDED),
        (20, 365 * DAY_MS, Hold.ENDED),
    ],
)
def test_a_pair_is_left_alone_while_it_waits_and_for_good_at_twenty(
    failures: int, passed: int, hold: Hold | None
) -> None:
    assert hold_of([Tally(), Tally(failures, NOW)], NOW + passed) is hold


def test_a_hundred_in_a_row_end_a_password() -> None:
    assert not is_ended_anywhere(99)
    assert is_ended_anywhere(100)


@pytest.mark.parametrize(
    ("instants", "is_so"),
    [
        ([NOW] * 9, False),
        ([NOW] * 10, True),
        ([NOW] * 9 + [NOW - 10 * MINUTE_MS + 1], True),
        ([NOW] * 9 + [NOW - 10 * MINUTE_MS], False),
    ],
)
def test_ten_identifiers_in_ten_minutes_call_the_attendant(
    instants: Sequence[int], is_so: bool
) -> None:
    assert is_sweeping(instants, NOW) is is_so


@pytest.mark.parametrize(
    ("instants", "may"),
    [
        ([], True),
        ([NOW] * 2, True),
        ([NOW] * 3, False),
        ([NOW, NOW, NOW - DAY_MS + 1], False),
        ([NOW, NOW, NOW - DAY_MS], True),
    ],
)
def test_three_resets_of_a_person_in_a_day(instants: Sequence[int], may: bool) -> None:
    assert may_reset_again(instants, NOW) is may


@pytest.mark.parametrize(
    ("instants", "age", "may"),
    [
        ([NOW] * 9, 0, True),
        ([NOW] * 10, 0, False),
        ([NOW] * 9 + [NOW - HOUR_MS], 0, True),
        ([NOW] * 10, HOUR_MS, True),
        ([NOW] * 19, HOUR_MS, True),
        ([NOW] * 20, HOUR_MS, False),
        ([NOW] * 10, -1, False),
    ],
)
def test_ten_resets_at_a_kiosk_for_each_hour_in_which_it_was_not_heard(
    instants: Sequence[int], age: int, may: bool
) -> None:
    assert may_take_a_reset(instants, NOW, seen_age_ms=age) is may


@pytest.mark.parametrize(
    ("last", "may"),
    [(None, True), (NOW, False), (NOW - EMAIL_REST_MS + 1, False), (NOW - EMAIL_REST_MS, True)],
)
def test_no_change_of_email_for_three_days_after_a_reset(last: int | None, may: bool) -> None:
    assert may_change_email(last, NOW) is may


@given(tally=tallies, now=st.integers(0, 2 * NOW))
def test_one_more_failure_never_shortens_a_wait(tally: Tally, now: int) -> None:
    more = failed(tally, now)
    assert left_to_wait(more, now) >= left_to_wait(tally, now)
    assert wait_after(more.failures) >= wait_after(tally.failures)
    assert is_ended(more) >= is_ended(tally)


@given(tally=tallies, now=st.integers(0, 2 * NOW), back=st.integers(0, 2 * NOW))
def test_a_time_set_back_shortens_no_wait_and_makes_none_of_years(
    tally: Tally, now: int, back: int
) -> None:
    assert left_to_wait(tally, now - back) >= left_to_wait(tally, now)
    assert left_to_wait(tally, now - back) <= LONGEST_WAIT_MS


@given(pairs=st.lists(tallies, min_size=1), forgiven=st.integers(0, 50), now=st.integers(0, NOW))
def test_a_success_forgives_its_own_pair_alone(pairs: list[Tally], forgiven: int, now: int) -> None:
    place = forgiven % len(pairs)
    after = [Tally() if one == place else tally for one, tally in enumerate(pairs)]
    others = [tally for one, tally in enumerate(pairs) if one != place]
    assert hold_of(after, now) is hold_of(others, now)


@given(tally=tallies, now=st.integers(0, 2 * NOW))
def test_what_is_given_back_leaves_the_count_as_it_was(tally: Tally, now: int) -> None:
    assert given_back(failed(tally, now)).failures == tally.failures
    assert given_back(Tally()).failures == 0


def test_the_twentieth_is_the_last() -> None:
    tally = Tally()
    for _ in range(LAST_FAILURE):
        assert not is_ended(tally)
        tally = failed(tally, NOW)
    assert is_ended(tally)
