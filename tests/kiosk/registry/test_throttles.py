import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest

from kiosk.database.statements import DATABASE_FAILURES
from kiosk.domain.cards import CardFormat
from kiosk.domain.throttles import Hold
from kiosk.registry import throttles as throttles_module
from kiosk.registry.keys import load_keys
from kiosk.registry.operations import NotADevice
from kiosk.registry.policies import NO_POLICIES
from kiosk.registry.sign_ins import SignIns
from kiosk.registry.tables import sweeps, throttles
from kiosk.registry.throttles import Throttle
from kiosk.registry.times import RegistryTimes
from tests.kiosk.registry.test_sign_ins import CARD, EMAIL, PASSWORD, CountingHashes
from tests.kiosk.registry.workbench import (
    CPFS,
    DEVICE,
    OTHER_DEVICE,
    START,
    StandingClock,
    Workbench,
)
from tests.seals import sign_in_request

HOUR = 3600
UNKNOWN = "999999999999"
WRONG = "outra senha"


@pytest.fixture
def joana(registry: Workbench) -> str:
    return registry.add_person(origin="app_2024", password=PASSWORD, email=EMAIL)


def fail(registry: Workbench, times: int, identifier: str = CARD, device: str = DEVICE) -> None:
    """Be wrong so often in a row, waiting as long as it takes."""
    for _ in range(times):
        assert registry.sign_in(identifier, "outra senha", device) == "no_match"
        registry.pass_by(HOUR)


def opens(registry: Workbench, identifier: str = CARD, device: str = DEVICE) -> bool:
    return registry.sign_in(identifier, PASSWORD, device) == "signed_in"


@pytest.mark.usefixtures("joana")
def test_five_wrong_ones_are_free(registry: Workbench) -> None:
    for _ in range(5):
        registry.sign_in(CARD, "outra senha")
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_after_the_sixth_the_right_one_is_as_wrong_until_thirty_seconds_have_passed(
    registry: Workbench,
) -> None:
    for _ in range(6):
        registry.sign_in(CARD, "outra senha")
    registry.pass_by(29.9)
    assert not opens(registry)
    registry.pass_by(0.1)
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_a_held_attempt_does_not_lengthen_the_wait(registry: Workbench) -> None:
    for _ in range(60):
        registry.sign_in(CARD, "outra senha")
    registry.pass_by(30)
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_other_spellings_are_the_same_typed_thing(registry: Workbench) -> None:
    for typed in (CARD, "0000 0000 0001", "0000.0000-0001") * 2:
        registry.sign_in(typed, "outra senha")
    assert not opens(registry)


@pytest.mark.usefixtures("joana")
def test_a_person_is_counted_however_they_are_named(registry: Workbench) -> None:
    for typed in (CARD, CPFS[0], EMAIL) * 2:
        registry.sign_in(typed, "outra senha")
    for typed in (CARD, CPFS[0], EMAIL):
        assert not opens(registry, typed)


@pytest.mark.usefixtures("joana")
def test_one_device_locks_nobody_out_elsewhere(registry: Workbench) -> None:
    fail(registry, 25)
    assert not opens(registry)
    assert opens(registry, device=OTHER_DEVICE)
    # And a success there forgives nothing here.
    assert not opens(registry)


@pytest.mark.usefixtures("joana")
def test_the_twentieth_ends_the_pair_until_the_desk_opens_it(registry: Workbench) -> None:
    fail(registry, 20)
    registry.pass_by(365 * 24 * HOUR)
    assert not opens(registry)
    assert registry.throttle.open("P1", CARD, CPFS[0]) == 2
    assert opens(registry)


def test_a_hundred_in_a_row_over_all_devices_end_the_password_until_a_reset(
    registry: Workbench, joana: str
) -> None:
    for number in range(10):
        fail(registry, 10, device=f"K7Q2M{number}")
    assert not opens(registry, device=OTHER_DEVICE)
    registry.throttle.open(joana, CARD)
    assert not opens(registry, device=OTHER_DEVICE)


@pytest.mark.usefixtures("joana")
def test_ninety_nine_do_not(registry: Workbench) -> None:
    for number in range(9):
        fail(registry, 11, device=f"K7Q2M{number}")
    assert opens(registry, device=OTHER_DEVICE)


@pytest.mark.usefixtures("joana")
def test_a_success_breaks_the_row(registry: Workbench) -> None:
    fail(registry, 5)
    assert opens(registry)
    fail(registry, 5)
    assert opens(registry)
    assert registry.rows(throttles) == []


def test_unknown_people_are_counted_like_known_ones(registry: Workbench) -> None:
    fail(registry, 6, UNKNOWN)
    counted = {(row["device"], row["failures"]) for row in registry.rows(throttles)}
    assert counted == {(DEVICE, 6)}
    assert registry.throttle.begin(DEVICE, UNKNOWN, None).hold is None
    assert registry.throttle.begin(DEVICE, UNKNOWN, None).hold is Hold.WAITING


@pytest.mark.usefixtures("joana")
def test_a_right_password_that_leads_elsewhere_is_no_failure(registry: Workbench) -> None:
    registry.add_person(2, origin="portal", password=PASSWORD)
    for _ in range(30):
        assert registry.sign_in(CPFS[1], PASSWORD) == "must_reset"


@pytest.mark.usefixtures("joana")
def test_ten_different_people_in_vain_call_the_attendant(registry: Workbench) -> None:
    for number in range(10):
        answer = attempt(registry, f"{number:012d}9")
        assert not answer.calls_attendant
    answer = attempt(registry, CARD, PASSWORD)
    assert (answer.result, answer.calls_attendant) == ("no_match", True)
    assert opens(registry, device=OTHER_DEVICE)
    registry.throttle.release(DEVICE)
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_the_attendant_is_not_called_after_a_success_nor_after_ten_minutes(
    registry: Workbench,
) -> None:
    for number in range(9):
        attempt(registry, f"{number:012d}9")
    assert opens(registry)
    for number in range(10):
        attempt(registry, f"{number:012d}8")
    registry.pass_by(600)
    assert opens(registry)
    assert registry.rows(sweeps) == []


def attempt(registry: Workbench, identifier: str, password: str = WRONG) -> Any:
    request = sign_in_request(identifier, password, device=DEVICE)
    return registry.sign_ins.attempt(request).response


@pytest.mark.usefixtures("joana")
def test_a_restart_forgives_nothing(registry: Workbench) -> None:
    for _ in range(6):
        registry.sign_in(CARD, "outra senha")
    again = Workbench(registry.engine, registry.clock)
    assert not opens(again)
    again.pass_by(30)
    assert opens(again)


@pytest.mark.usefixtures("joana")
def test_a_clock_set_back_shortens_no_wait_and_makes_none_of_years(registry: Workbench) -> None:
    for _ in range(6):
        registry.sign_in(CARD, "outra senha")
    registry.clock.now -= 10 * 365 * 24 * HOUR * 1000
    registry.seconds += 29
    assert not opens(registry)
    registry.seconds += 1
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_a_clock_that_was_far_ahead_locks_nobody_for_years(registry: Workbench) -> None:
    registry.clock.now += 50 * 365 * 24 * HOUR * 1000
    for _ in range(6):
        registry.sign_in(CARD, "outra senha")
    registry.clock.now = START
    assert not opens(registry)
    registry.seconds += 30
    assert opens(registry)


@pytest.mark.usefixtures("joana")
def test_a_flood_at_once_gets_no_more_than_its_tries(registry: Workbench) -> None:
    hashes = CountingHashes()
    sign_ins = SignIns(registry.engine, registry.sealing, hashes, CardFormat(), registry.throttle)
    start = threading.Barrier(24)
    answers: list[str] = []

    def guess(number: int) -> None:
        request = sign_in_request(CARD, f"palpite {number}", device=DEVICE)
        start.wait()
        answers.append(sign_ins.attempt(request).response.result)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["no_match"] * 24
    # The five that are free, and the one that begins the first wait.
    assert hashes.verified == 6


@pytest.mark.usefixtures("joana")
def test_what_is_held_for_what_was_typed_costs_no_verification(registry: Workbench) -> None:
    hashes = CountingHashes()
    sign_ins = SignIns(registry.engine, registry.sealing, hashes, CardFormat(), registry.throttle)
    for _ in range(10):
        sign_ins.attempt(sign_in_request(CARD, "outra", device=DEVICE))
    assert hashes.verified == 6
    # Held by the person's count alone: as long as one of nobody, or it would show who it is.
    sign_ins.attempt(sign_in_request(EMAIL, "outra", device=DEVICE))
    sign_ins.attempt(sign_in_request(UNKNOWN, "outra", device=DEVICE))
    assert hashes.verified == 8


@pytest.mark.usefixtures("joana")
def test_without_the_database_nothing_is_tried(
    registry: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = CountingHashes()
    sign_ins = SignIns(registry.engine, registry.sealing, hashes, CardFormat(), registry.throttle)
    monkeypatch.setattr(throttles_module, "COUNT", "INSERT INTO nowhere VALUES (?, ?, ?, ?)")
    with pytest.raises(DATABASE_FAILURES):
        sign_ins.attempt(sign_in_request(CARD, PASSWORD, device=DEVICE))
    assert hashes.verified == 0


@pytest.mark.usefixtures("joana", "expected_stumbles")
def test_a_success_that_cannot_be_forgiven_is_a_success(
    registry: Workbench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles_module, "FORGIVE", "DELETE FROM nowhere WHERE ? = ?")
    assert opens(registry)
    assert "attempt_not_forgiven" in caplog.text
    assert max(row["failures"] for row in registry.rows(throttles)) == 1


def test_nothing_of_what_was_typed_is_kept_in_clear(registry: Workbench, joana: str) -> None:
    for typed in (CARD, CPFS[0], EMAIL, UNKNOWN):
        registry.sign_in(typed, "outra senha")
    with closing(sqlite3.connect(str(registry.engine.url.database))) as raw:
        kept = str(raw.execute("SELECT * FROM throttles").fetchall())
        kept += str(raw.execute("SELECT * FROM sweeps").fetchall())
    for clear in (CARD, CPFS[0], EMAIL, UNKNOWN, joana):
        assert clear not in kept


def test_digests_are_those_of_this_registry_alone(registry: Workbench) -> None:
    other = load_keys(registry.engine)
    assert other.subject_of_typed(CARD) == registry.keys.subject_of_typed(CARD)
    assert registry.keys.subject_of_typed(CARD) != registry.keys.subject_of_person(CARD)


@pytest.mark.parametrize("device", ["", "K7Q2M", "IIIIII", "K7Q2MT "])
def test_who_is_no_device_gets_no_try(registry: Workbench, device: str) -> None:
    with pytest.raises(NotADevice):
        registry.sign_in(CARD, PASSWORD, device)


def test_two_registries_on_one_database_count_together(registry: Workbench) -> None:
    times = RegistryTimes(StandingClock(), lambda: 0.0)
    other = Throttle(registry.engine, registry.keys, times, NO_POLICIES)
    for one in (other, registry.throttle) * 3:
        assert one.begin(DEVICE, UNKNOWN, None).hold is None
    assert other.begin(DEVICE, UNKNOWN, None).hold is Hold.WAITING
