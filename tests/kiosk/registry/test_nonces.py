from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.registry.nonces import Nonces, path_beside
from tests.kiosk.registry.workbench import START, StandingClock

MINUTE = 60_000


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_beside(tmp_path / "registry.sqlite3")


@pytest.fixture
def nonces(path: Path, clock: StandingClock) -> Iterator[Nonces]:
    opened = Nonces(path, clock)
    yield opened
    opened.close()


def test_a_nonce_is_taken_once_for_each_key(nonces: Nonces) -> None:
    assert nonces.take("one", "n", START)
    assert not nonces.take("one", "n", START)
    assert nonces.take("other", "n", START)
    assert nonces.take("one", "m", START)


def test_what_was_taken_is_known_after_a_restart_and_beside_another(
    nonces: Nonces, path: Path, clock: StandingClock
) -> None:
    nonces.take("one", "n", START)
    beside = Nonces(path, clock)
    assert not beside.take("one", "n", START)
    beside.take("one", "m", START)
    beside.close()
    assert not nonces.take("one", "m", START)


def test_a_nonce_is_kept_longer_than_its_request_is_believed(
    nonces: Nonces, clock: StandingClock
) -> None:
    ahead = START + 5 * MINUTE
    nonces.take("one", "n", ahead)
    clock.now = ahead + 5 * MINUTE
    assert not nonces.take("one", "n", ahead)
    clock.now = ahead + 11 * MINUTE
    nonces.take("one", "another", clock.now)
    assert nonces.take("one", "n", ahead)


def test_what_was_signed_before_the_file_began_is_too_early(
    nonces: Nonces, path: Path, clock: StandingClock
) -> None:
    assert nonces.earliest_ms() == START
    clock.now += MINUTE
    again = Nonces(path, clock)
    assert again.earliest_ms() == START
    again.close()


def test_a_beginning_that_lies_ahead_is_void(nonces: Nonces, clock: StandingClock) -> None:
    clock.now -= 365 * 24 * 60 * MINUTE
    assert nonces.earliest_ms() == 0


@pytest.mark.usefixtures("expected_stumbles")
def test_a_file_that_is_none_is_made_anew(path: Path, clock: StandingClock) -> None:
    path.write_bytes(b"no database at all" * 100)
    clock.now += MINUTE
    nonces = Nonces(path, clock)
    assert nonces.take("one", "n", clock.now)
    assert nonces.earliest_ms() == clock.now
    nonces.close()
