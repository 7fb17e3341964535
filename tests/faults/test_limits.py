"""The plain counts of a soak agree with the rules of the domain, and tell where they cannot."""

import pytest

from kiosk.domain.throttles import Tally, hold_of, wait_after
from tests.faults.limits import SLACK_MS, Held, PlainLimits

HERE, THERE = "AAAAAA", "BBBBBB"


def failing(times: int, named: tuple[str, ...] | None = ("card",)) -> PlainLimits:
    limits = PlainLimits()
    for _ in range(times):
        limits.fail(HERE, named, 0)
    return limits


@pytest.mark.parametrize("failures", range(1, 25))
def test_the_plain_counts_hold_as_the_domain_holds(failures: int) -> None:
    limits = failing(failures)
    wait = wait_after(failures)
    for at in (1, wait // 2, wait - SLACK_MS - 1, wait + SLACK_MS, 10 * wait + 2 * SLACK_MS):
        is_held = hold_of([Tally(failures, 0)], at) is not None
        held = limits.look(HERE, ["card"], at)
        assert held.may_be or not is_held
        assert not held.has_to_be or is_held


def test_far_from_a_border_there_is_no_doubt() -> None:
    limits = failing(8)
    wait = wait_after(8)
    assert limits.look(HERE, ["card"], wait - SLACK_MS - 1) == Held(may_be=True, has_to_be=True)
    assert limits.look(HERE, ["card"], wait) == Held(may_be=True, has_to_be=False)
    assert limits.look(HERE, ["card"], wait + SLACK_MS) == Held(may_be=False, has_to_be=False)
    assert failing(20).look(HERE, ["card"], 10**12) == Held(may_be=True, has_to_be=True)


def test_others_and_other_devices_are_not_held() -> None:
    free = Held(may_be=False, has_to_be=False)
    limits = failing(8)
    assert limits.look(THERE, ["card"], 1) == free
    assert limits.look(HERE, ["another"], 1) == free
    limits.succeed(HERE, ["card"])
    assert limits.look(HERE, ["card"], 1) == free


def test_what_no_book_names_may_be_anybodys() -> None:
    limits = failing(6, None)
    assert limits.look(HERE, ["card"], 1) == Held(may_be=True, has_to_be=False)
    assert limits.look(HERE, None, 1) == Held(may_be=True, has_to_be=False)
    assert limits.look(THERE, None, 1) == Held(may_be=False, has_to_be=False)
    assert failing(8).look(HERE, None, 1) == Held(may_be=True, has_to_be=False)
