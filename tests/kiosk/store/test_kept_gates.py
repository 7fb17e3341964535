from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.domain.gates import Gate
from kiosk.store.files import open_store
from kiosk.store.kept_gates import HeldKey, KeptGate
from tests.enrolments import enrol_store

HALF = HeldKey("AAAAAA", "Um", b"k" * 32, None)
PAIR = HeldKey("BBBBBB", "Dois", b"l" * 32, b"r" * 32)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


def test_before_anybody_told_it_is_the_manuals_flow(engine: Engine) -> None:
    kept = KeptGate(engine)
    assert (kept.gate(), kept.tag(), kept.kiosks()) == (Gate.MANUAL, None, ())


def test_what_was_told_is_there_for_the_next_start(engine: Engine) -> None:
    KeptGate(engine).keep("attendant", "tag", (HALF, PAIR))
    again = KeptGate(engine)
    assert (again.gate(), again.tag(), again.kiosks()) == (Gate.ATTENDANT, "tag", (HALF, PAIR))


def test_what_is_told_later_takes_the_place_of_all(engine: Engine) -> None:
    kept = KeptGate(engine)
    kept.keep("attendant", "one", (HALF, PAIR))
    kept.keep("email_code", "two", ())
    for one in (kept, KeptGate(engine)):
        assert (one.gate(), one.tag(), one.kiosks()) == (Gate.EMAIL_CODE, "two", ())


def test_a_later_registrys_gate_is_left_to_it(engine: Engine) -> None:
    kept = KeptGate(engine)
    kept.keep("fingerprint", "tag", ())
    assert kept.gate() is KeptGate(engine).gate() is Gate.MANUAL


def test_who_is_shut_out_keeps_the_gate_and_no_key(engine: Engine) -> None:
    kept = KeptGate(engine)
    kept.keep("attendant", "tag", (HALF,))
    kept.forget_keys()
    kept.forget_keys()
    for one in (kept, KeptGate(engine)):
        assert (one.gate(), one.tag(), one.kiosks()) == (Gate.ATTENDANT, None, ())


def test_an_enrolment_begins_without_any(engine: Engine) -> None:
    KeptGate(engine).keep("attendant", "tag", (HALF, PAIR))
    enrol_store(engine, "AAAAAA")
    again = KeptGate(engine)
    assert (again.gate(), again.tag(), again.kiosks()) == (Gate.MANUAL, None, ())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE release_keys SET kiosk_key = x'00' WHERE kiosk = 'BBBBBB'",
        "UPDATE release_keys SET registry_key = 7 WHERE kiosk = 'BBBBBB'",
        "UPDATE release_keys SET kiosk = x'00' WHERE kiosk = 'BBBBBB'",
        "UPDATE release_keys SET name = x'00' WHERE kiosk = 'BBBBBB'",
    ],
)
def test_a_key_that_the_disk_has_changed_is_asked_for_anew(engine: Engine, damage: str) -> None:
    KeptGate(engine).keep("attendant", "tag", (HALF, PAIR))
    with engine.begin() as connection:
        connection.exec_driver_sql(damage)
    again = KeptGate(engine)
    assert (again.tag(), again.kiosks()) == (None, (HALF,))


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM meta WHERE key = 'gate'", "UPDATE meta SET value = x'ff' WHERE key = 'gate'"],
)
def test_a_gate_that_the_disk_has_changed_is_asked_for_anew(engine: Engine, damage: str) -> None:
    KeptGate(engine).keep("attendant", "tag", ())
    with engine.begin() as connection:
        connection.exec_driver_sql(damage)
    assert KeptGate(engine).tag() is None


def test_keys_are_in_no_repr() -> None:
    assert "kkkk" not in repr(HALF)
    assert "rrrr" not in repr(PAIR.pair)
