"""What a registry forgets, and above all what it does not."""

import sqlite3
from threading import Event, Semaphore

import pytest

from kiosk.domain.throttles import DAY_MS, IDLE_MS, LAST_FAILURE, Hold
from kiosk.registry.tables import sweeps, throttles
from kiosk.registry.upkeeps import Upkeep, UpkeepThread
from tests.kiosk.registry.workbench import CPFS, DEVICE, OTHER_DEVICE, Workbench

CARD, EMAIL = "000000000001", "joana@exemplo.br"
IDLE_SECONDS = IDLE_MS // 1000


@pytest.fixture
def upkeep(registry: Workbench) -> Upkeep:
    registry.add_person(origin="app_2024", password="céu de brigadeiro", email=EMAIL)
    return Upkeep(registry.engine, registry.keys, registry.times)


def rows(registry: Workbench) -> int:
    return len(registry.rows(throttles))


@pytest.mark.parametrize("typed", ["999999999999", "39053344705", "ninguem@exemplo.br"])
def test_failures_of_nobody_go_when_they_were_left_alone_for_long(
    registry: Workbench, upkeep: Upkeep, typed: str
) -> None:
    registry.sign_in(typed, "palpite")
    registry.pass_by(IDLE_SECONDS)
    assert upkeep.forget_nobodys_failures() == 0
    registry.pass_by(1)
    assert upkeep.forget_nobodys_failures() == 1
    assert rows(registry) == 0


@pytest.mark.parametrize("typed", [CARD, "0000.0000-0001", CPFS[0], "Joana@Exemplo.BR"])
def test_a_slow_guesser_is_forgiven_nothing(
    registry: Workbench, upkeep: Upkeep, typed: str
) -> None:
    for _ in range(LAST_FAILURE):
        assert registry.throttle.begin(DEVICE, typed, "P1").hold is None
        registry.pass_by(IDLE_SECONDS + 1)
        assert upkeep.forget_nobodys_failures() == 0
    assert registry.throttle.begin(DEVICE, typed, "P1").hold is Hold.ENDED


def test_what_the_forms_typed_of_somebody_stays_too(registry: Workbench, upkeep: Upkeep) -> None:
    # An unknown card with somebody's CPF: the CPF's failures are somebody's.
    registry.push(registry.message(body=registry.credential(identifier="999999999999")))
    registry.pass_by(IDLE_SECONDS + 1)
    assert upkeep.forget_nobodys_failures() == 1
    kept = [row["subject"] for row in registry.rows(throttles)]
    assert kept == [registry.keys.subject_of_typed(CPFS[0])]


def test_failures_at_one_device_do_not_go_while_others_are_new(
    registry: Workbench, upkeep: Upkeep
) -> None:
    registry.sign_in("999999999999", "palpite")
    registry.pass_by(IDLE_SECONDS + 1)
    registry.sign_in("999999999999", "palpite", OTHER_DEVICE)
    assert upkeep.forget_nobodys_failures() == 1
    assert [row["device"] for row in registry.rows(throttles)] == [OTHER_DEVICE]


def test_more_than_go_at_once_go_one_after_the_other(registry: Workbench, upkeep: Upkeep) -> None:
    with registry.engine.begin() as connection:
        connection.execute(
            throttles.insert(),
            [
                {"subject": f"{number:032x}", "device": DEVICE, "failures": 25, "at": 0}
                for number in range(1201)
            ],
        )
    assert upkeep.forget_nobodys_failures() == 1201


def test_sweeps_that_are_over_go(registry: Workbench, upkeep: Upkeep) -> None:
    registry.sign_in("999999999999", "palpite")
    upkeep.forget_nobodys_failures()
    assert len(registry.rows(sweeps)) == 1
    registry.pass_by(DAY_MS // 1000)
    upkeep.forget_nobodys_failures()
    assert registry.rows(sweeps) == []


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("error", [sqlite3.OperationalError("busy"), RuntimeError("odd")])
def test_nothing_ends_the_thread(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.registry.upkeeps._EVERY_SECONDS", 0.0)
    tried = Semaphore(0)

    def fail() -> int:
        tried.release()
        raise error

    with UpkeepThread(fail):
        for _ in range(3):
            assert tried.acquire(timeout=60)


def test_an_end_in_the_middle_forgets_nobody_whom_it_has_not_looked_at(
    registry: Workbench, upkeep: Upkeep
) -> None:
    registry.sign_in("999999999999", "palpite")
    registry.pass_by(IDLE_SECONDS + 1)
    upkeep.end()
    assert upkeep.forget_nobodys_failures() == 0
    assert rows(registry) == 1


def test_it_is_done_at_the_start() -> None:
    done = Event()

    def act() -> int:
        done.set()
        return 1

    with UpkeepThread(act):
        assert done.wait(60)
