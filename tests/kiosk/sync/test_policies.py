from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync.policies import CAP_SECONDS, Backoff, Pacer, is_acted_now


@given(failures=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_the_cap(failures: int, chance: float) -> None:
    assert 0 <= Backoff(failures).wait_seconds(chance) <= CAP_SECONDS


def test_pauses_double() -> None:
    assert [Backoff(n).wait_seconds(0.5) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]


def test_retry_after_wins() -> None:
    assert Backoff(9).wait_seconds(0.5, retry_after=7.0) == 7.0


def test_a_success_forgets_the_failures() -> None:
    pacer = Pacer(Random(1))
    for _ in range(20):
        pacer.failed()
    pacer.succeeded()
    assert pacer.failed() <= 2.0


@pytest.mark.parametrize(
    ("attempts", "age", "expected"),
    [(0, 0.1, True), (0, 29.9, True), (0, 30.0, False), (1, 0.1, False), (0, None, False)],
)
def test_acted_now(attempts: int, age: float | None, expected: bool) -> None:
    assert is_acted_now(attempts, age) is expected
