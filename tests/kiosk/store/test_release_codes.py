from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.clocks import SteadyClock, TimeMarks
from kiosk.domain.operations import OperationKind
from kiosk.domain.release_codes import (
    MINUTE_MS,
    Release,
    ReleaseKeys,
    find_slot_at_kiosk,
    make,
    subject_of,
    written,
)
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.release_codes import ReleaseCodes
from tests.enrolments import enrol_store
from tests.factories import claim_of, person
from tests.fakes import FakeClock

KEYS = ReleaseKeys(b"k" * 32, b"r" * 32)
NOW = 1_780_000_000_000 // MINUTE_MS * MINUTE_MS
CLAIM = claim_of(person(1))
RESET = OperationKind.RESET


@pytest.fixture
def wall() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def clock(wall: FakeClock) -> SteadyClock:
    return SteadyClock(wall, TimeMarks(), lambda _: None)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def codes(engine: Engine, clock: SteadyClock) -> ReleaseCodes:
    load_identity(engine)
    enrol_store(engine, "K7Q2MT")
    return ReleaseCodes(engine, load_identity(engine), KEYS.kiosk, clock.steady_ms)


Give = Callable[..., str]


@pytest.fixture
def give(wall: FakeClock) -> Give:
    def give(**other: object) -> str:
        release = replace(Release("K7Q2MT", RESET, subject_of(CLAIM)), **other)  # type: ignore[arg-type]
        return written(make(KEYS, release, wall.now_ms()))

    return give


def test_a_right_code_is_taken_once(codes: ReleaseCodes, give: Give) -> None:
    typed = give()
    taken = codes.take(RESET, CLAIM, typed.lower())
    assert taken is not None
    assert (written(taken.code), taken.slot) == (typed, NOW // MINUTE_MS)
    assert codes.take(RESET, CLAIM, typed) is None


def test_another_second_half_makes_no_second_code(codes: ReleaseCodes, give: Give) -> None:
    typed = give()
    assert codes.take(RESET, CLAIM, typed) is not None
    assert codes.take(RESET, CLAIM, typed[:6] + "00000") is None


@pytest.mark.parametrize(
    "other",
    [{"kiosk": "9ZX4BC"}, {"purpose": OperationKind.REGISTER}, {"subject": "cpf:11144477735"}],
    ids=["kiosk", "purpose", "person"],
)
def test_a_code_for_something_else_is_not(
    codes: ReleaseCodes, give: Give, other: dict[str, object]
) -> None:
    assert codes.take(RESET, CLAIM, give(**other)) is None


@pytest.mark.parametrize("typed", ["", "00000-00000", "não"])
def test_what_is_no_code_is_not(codes: ReleaseCodes, typed: str) -> None:
    assert codes.take(RESET, CLAIM, typed) is None


def test_a_restart_remembers_what_was_used(
    codes: ReleaseCodes, give: Give, engine: Engine, clock: SteadyClock
) -> None:
    typed = give()
    codes.take(RESET, CLAIM, typed)
    again = ReleaseCodes(engine, load_identity(engine), KEYS.kiosk, clock.steady_ms)
    assert again.take(RESET, CLAIM, typed) is None


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_clock_set_back_revives_no_code(
    codes: ReleaseCodes, give: Give, wall: FakeClock, clock: SteadyClock, is_heard: bool
) -> None:
    if is_heard:
        clock.hear(NOW, 0.0)
    typed = give()
    wall.turn(10 * 60)
    assert codes.take(RESET, CLAIM, typed) is None
    wall.ms = NOW
    assert codes.take(RESET, CLAIM, typed) is None


def test_under_a_clock_that_was_set_back_a_code_grows_old_all_the_same(
    codes: ReleaseCodes, give: Give, wall: FakeClock, clock: SteadyClock
) -> None:
    typed = give()
    clock.steady_ms()
    wall.ms -= 3600_000
    wall.turn(10 * 60)
    assert codes.take(RESET, CLAIM, typed) is None


def test_old_uses_are_forgotten(
    codes: ReleaseCodes, give: Give, wall: FakeClock, engine: Engine
) -> None:
    codes.take(RESET, CLAIM, give())
    wall.turn(2 * 24 * 3600)
    codes.take(RESET, CLAIM, give())
    with engine.connect() as connection:
        (count,) = connection.exec_driver_sql("SELECT count(*) FROM spent_codes").one()
    assert count == 1


def test_no_code_and_nobody_is_kept_in_clear(
    codes: ReleaseCodes, give: Give, tmp_path: Path
) -> None:
    typed = give()
    taken = codes.take(RESET, CLAIM, typed)
    assert taken is not None
    kept = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE_NAME}*"))
    assert taken.code.encode() not in kept
    assert (CLAIM.cpf or "?").encode() not in kept
    assert taken.code not in repr(taken)
    assert find_slot_at_kiosk(KEYS.kiosk, Release("K7Q2MT", RESET, "x"), taken.code, NOW) is None
