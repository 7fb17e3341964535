from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.clocks import SteadyClock, TimeMarks
from kiosk.domain.gates import CodeFault
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
from kiosk.store.kept_gates import HeldKey, KeptGate
from kiosk.store.release_codes import ReleaseCodes, TakenCode
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
    KeptGate(engine).keep("attendant", "tag", (HeldKey("K7Q2MT", "Um", KEYS.kiosk, None),))
    return made(engine, clock)


def made(engine: Engine, clock: SteadyClock) -> ReleaseCodes:
    return ReleaseCodes(engine, load_identity(engine), KeptGate(engine), clock.steady_ms)


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
    assert isinstance(taken, TakenCode)
    assert (written(taken.code), taken.slot) == (typed, NOW // MINUTE_MS)
    assert codes.take(RESET, CLAIM, typed) is CodeFault.USED


def test_another_second_half_makes_no_second_code(codes: ReleaseCodes, give: Give) -> None:
    typed = give()
    assert isinstance(codes.take(RESET, CLAIM, typed), TakenCode)
    assert codes.take(RESET, CLAIM, typed[:6] + "00000") is CodeFault.USED


@pytest.mark.parametrize(
    "other",
    [{"kiosk": "9ZX4BC"}, {"purpose": OperationKind.REGISTER}, {"subject": "cpf:11144477735"}],
    ids=["kiosk", "purpose", "person"],
)
def test_a_code_for_something_else_is_not(
    codes: ReleaseCodes, give: Give, other: dict[str, object]
) -> None:
    assert codes.take(RESET, CLAIM, give(**other)) is CodeFault.WRONG


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", CodeFault.MISSING),
        (" ", CodeFault.MISSING),
        ("00000-00000", CodeFault.WRONG),
        ("não", CodeFault.MALFORMED),
    ],
)
def test_what_is_no_code_is_not(codes: ReleaseCodes, typed: str, fault: CodeFault) -> None:
    assert codes.take(RESET, CLAIM, typed) is fault


def test_a_kiosk_without_its_key_takes_any_code(
    codes: ReleaseCodes, engine: Engine, clock: SteadyClock
) -> None:
    KeptGate(engine).forget_keys()
    assert made(engine, clock).take(RESET, CLAIM, "00000-00000") == TakenCode("0" * 10, None)


def test_a_code_that_is_over_is_told_apart_for_an_hour(
    codes: ReleaseCodes, give: Give, wall: FakeClock
) -> None:
    typed = give()
    told = []
    for minutes in (9, 1, 59, 1):
        wall.turn(minutes * 60)
        told.append(codes.take(RESET, CLAIM, typed))
    assert isinstance(told[0], TakenCode)
    assert told[1:] == [CodeFault.EXPIRED, CodeFault.EXPIRED, CodeFault.WRONG]


def test_a_desk_makes_a_code_that_the_kiosk_takes_and_notes_it_first(
    codes: ReleaseCodes, engine: Engine, clock: SteadyClock
) -> None:
    KeptGate(engine).keep("manual", "tag", (HeldKey("9ZX4BC", "Dois", KEYS.kiosk, KEYS.registry),))
    wanted = Release("9ZX4BC", RESET, subject_of(CLAIM))
    code = made(engine, clock).make(wanted)
    assert code == written(make(KEYS, wanted, NOW))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT at, event, detail FROM audit").fetchall()
    assert rows == [(NOW, "release_code_given", "kiosk=9ZX4BC purpose=reset")]


@pytest.mark.parametrize("kiosk", ["K7Q2MT", "9ZX4BC"])
def test_without_both_keys_no_code_is_made(codes: ReleaseCodes, kiosk: str) -> None:
    assert codes.make(Release(kiosk, RESET, subject_of(CLAIM))) is None


def test_a_restart_remembers_what_was_used(
    codes: ReleaseCodes, give: Give, engine: Engine, clock: SteadyClock
) -> None:
    typed = give()
    codes.take(RESET, CLAIM, typed)
    assert made(engine, clock).take(RESET, CLAIM, typed) is CodeFault.USED


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_clock_set_back_revives_no_code(
    codes: ReleaseCodes, give: Give, wall: FakeClock, clock: SteadyClock, is_heard: bool
) -> None:
    if is_heard:
        clock.hear(NOW, 0.0)
    typed = give()
    wall.turn(10 * 60)
    assert codes.take(RESET, CLAIM, typed) is CodeFault.EXPIRED
    wall.ms = NOW
    assert codes.take(RESET, CLAIM, typed) is CodeFault.EXPIRED


def test_under_a_clock_that_was_set_back_a_code_grows_old_all_the_same(
    codes: ReleaseCodes, give: Give, wall: FakeClock, clock: SteadyClock
) -> None:
    typed = give()
    clock.steady_ms()
    wall.ms -= 3600_000
    wall.turn(10 * 60)
    assert codes.take(RESET, CLAIM, typed) is CodeFault.EXPIRED


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
    assert isinstance(taken, TakenCode)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE_NAME}*"))
    assert taken.code.encode() not in kept
    assert (CLAIM.cpf or "?").encode() not in kept
    assert taken.code not in repr(taken)
    assert find_slot_at_kiosk(KEYS.kiosk, Release("K7Q2MT", RESET, "x"), taken.code, NOW) is None
