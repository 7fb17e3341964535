from datetime import date
from typing import Any

import pytest

from kiosk.domain.gates import DESK_FACE
from kiosk.registry.tables import resets, sweeps, throttles
from kiosk.wire.messages import OperationMessage
from tests.kiosk.registry.workbench import (
    BORN,
    CPFS,
    DAY_MS,
    DEVICE,
    OTHER_DEVICE,
    START,
    Workbench,
)

HOUR = 3600
CARD = "000000000001"
PASSWORD = "céu de brigadeiro"
EMAIL = "joana@exemplo.br"
OTHER_DAY = date(1951, 3, 24)


@pytest.fixture
def joana(registry: Workbench) -> str:
    return registry.add_person(origin="app_2024", password=PASSWORD, email=EMAIL)


def wrong(registry: Workbench, kind: str = "reset", **other: Any) -> OperationMessage:
    device = other.pop("device", DEVICE)
    return registry.message(
        kind, registry.credential(1, **({"birth_date": OTHER_DAY} | other)), device
    )


def right(
    registry: Workbench, kind: str = "reset", device: str = DEVICE, number: int = 1
) -> OperationMessage:
    return registry.message(kind, registry.credential(number), device)


def word(registry: Workbench, message: OperationMessage, *, acted_now: bool = True) -> str | None:
    device = message.receipt.partition("-")[0]
    (answer,) = registry.push(message, device=device, acted_now=acted_now)
    return answer.reason or answer.outcome


@pytest.mark.usefixtures("joana")
@pytest.mark.parametrize("acted_now", [True, False])
def test_five_failed_checks_are_free_and_the_sixth_makes_wait(
    registry: Workbench, acted_now: bool
) -> None:
    words = [word(registry, wrong(registry), acted_now=acted_now) for _ in range(7)]
    assert words == ["identity_mismatch"] * 6 + ["throttled"]
    registry.pass_by(29.9)
    assert word(registry, right(registry), acted_now=acted_now) == "throttled"
    registry.pass_by(0.1)
    assert word(registry, right(registry), acted_now=acted_now) == "accepted"


@pytest.mark.usefixtures("joana")
def test_the_same_holds_within_one_batch(registry: Workbench) -> None:
    messages = [wrong(registry) for _ in range(7)] + [right(registry)]
    reasons = [answer.reason for answer in registry.push(*messages)]
    assert reasons == ["identity_mismatch"] * 6 + ["throttled"] * 2
    assert {row["failures"] for row in registry.rows(throttles)} == {6}


@pytest.mark.usefixtures("joana")
def test_an_operation_that_is_not_looked_at_says_nothing_of_anybody(registry: Workbench) -> None:
    registry.push(*[wrong(registry) for _ in range(6)])
    (answer,) = registry.push(right(registry))
    assert (answer.reason, answer.found) == ("throttled", None)


def test_unknown_people_are_counted_like_known_ones(registry: Workbench) -> None:
    words = [word(registry, wrong(registry)) for _ in range(7)]
    assert words == ["identity_mismatch"] * 6 + ["throttled"]


@pytest.mark.usefixtures("joana")
def test_passwords_and_identity_checks_are_counted_together(registry: Workbench) -> None:
    for _ in range(3):
        registry.sign_in(CARD, "outra senha")
    assert [word(registry, wrong(registry)) for _ in range(4)][-1] == "throttled"
    assert registry.sign_in(CARD, PASSWORD) == "no_match"
    assert registry.sign_in(CARD, PASSWORD, OTHER_DEVICE) == "signed_in"


@pytest.mark.usefixtures("joana")
def test_one_cpf_with_many_cards_is_counted_too(registry: Workbench) -> None:
    for number in range(6):
        word(registry, wrong(registry, identifier=f"77777777777{number}"), acted_now=False)
    assert word(registry, right(registry), acted_now=False) == "throttled"


@pytest.mark.usefixtures("joana")
def test_what_is_proved_by_card_cpf_and_birth_date_forgives_no_password(
    registry: Workbench,
) -> None:
    for _ in range(5):
        registry.sign_in(CARD, "outra senha")
    assert word(registry, right(registry, "register")) == "already_registered"
    registry.sign_in(CARD, "outra senha")
    assert registry.sign_in(CARD, PASSWORD) == "no_match"


@pytest.mark.usefixtures("joana")
def test_a_new_password_takes_the_failures_with_it(registry: Workbench) -> None:
    for number in range(10):
        for _ in range(10):
            registry.sign_in(CARD, "outra senha", f"K7Q2M{number}")
            registry.pass_by(HOUR)
    assert registry.sign_in(CARD, PASSWORD) == "no_match"
    registry.pass_by(HOUR)
    assert word(registry, right(registry)) == "accepted"
    assert registry.sign_in(CARD, "uma senha nova") == "signed_in"
    # The pairs of other devices stay as they are.
    assert len(registry.rows(throttles)) == 20


@pytest.mark.usefixtures("joana")
def test_in_one_batch_a_success_comes_between(registry: Workbench) -> None:
    messages = [wrong(registry) for _ in range(5)] + [right(registry)]
    messages += [wrong(registry) for _ in range(5)] + [right(registry)]
    words = [answer.outcome for answer in registry.push(*messages)]
    assert words == (["rejected"] * 5 + ["accepted"]) * 2
    assert registry.rows(throttles) == []


@pytest.mark.usefixtures("joana")
def test_failures_after_a_success_in_one_batch_are_kept(registry: Workbench) -> None:
    registry.push(wrong(registry))
    registry.push(right(registry), wrong(registry), wrong(registry))
    assert {row["failures"] for row in registry.rows(throttles)} == {2}


@pytest.mark.usefixtures("joana")
def test_a_repeated_operation_is_counted_once(registry: Workbench) -> None:
    message = wrong(registry)
    for _ in range(10):
        registry.push(message)
    assert {row["failures"] for row in registry.rows(throttles)} == {1}


@pytest.mark.usefixtures("joana")
def test_ten_people_in_vain_call_the_attendant_for_what_is_done_now(registry: Workbench) -> None:
    for number in range(10):
        other = wrong(registry, identifier=f"7777777777{number:02d}", cpf=None)
        assert word(registry, other) == "identity_mismatch"
    assert word(registry, right(registry)) == "throttled"
    # What was recorded without line, and what is done elsewhere, has nothing to do with it.
    assert word(registry, right(registry), acted_now=False) == "accepted"
    assert word(registry, right(registry, device=OTHER_DEVICE)) == "accepted"
    registry.pass_by(600)
    assert word(registry, right(registry)) == "accepted"
    assert registry.rows(sweeps) == []


@pytest.mark.usefixtures("joana")
def test_what_was_recorded_without_line_calls_nobody(registry: Workbench) -> None:
    others = [
        wrong(registry, identifier=f"7777777777{number:02d}", cpf=None) for number in range(20)
    ]
    registry.push(*others)
    assert word(registry, right(registry)) == "accepted"


@pytest.mark.usefixtures("joana")
def test_three_resets_of_a_person_in_a_day(registry: Workbench) -> None:
    words = [word(registry, right(registry)) for _ in range(3)]
    words.append(word(registry, right(registry, device=OTHER_DEVICE)))
    assert words == ["accepted"] * 3 + ["throttled"]
    registry.pass_by(24 * HOUR)
    assert word(registry, right(registry)) == "accepted"


@pytest.mark.usefixtures("joana")
def test_the_limit_is_told_to_who_proved_who_they_are(registry: Workbench) -> None:
    for _ in range(3):
        word(registry, right(registry))
    (answer,) = registry.push(right(registry))
    assert answer.reason == "throttled"
    assert answer.found is not None
    assert word(registry, wrong(registry)) == "identity_mismatch"


def test_ten_resets_at_a_kiosk_in_an_hour(registry: Workbench) -> None:
    for number in range(1, 5):
        registry.add_person(number, origin="app_2024", password=PASSWORD)
    words = [
        word(registry, right(registry, number=number)) for number in (1, 2, 3, 4) for _ in range(3)
    ]
    assert words == ["accepted"] * 10 + ["throttled"] * 2
    assert word(registry, right(registry, device=OTHER_DEVICE, number=4)) == "accepted"
    registry.pass_by(HOUR)
    assert word(registry, right(registry, number=4)) == "accepted"


def test_a_kiosk_that_was_long_without_line_may_bring_what_piled_up(registry: Workbench) -> None:
    for number in range(1, 5):
        registry.add_person(number, origin="app_2024", password=PASSWORD)
    seen = registry.pull().cursor
    registry.pass_by(2 * HOUR)
    messages = [
        registry.message("reset", registry.credential(number), seen=seen)
        for number in (1, 2, 3, 4)
        for _ in range(3)
    ]
    assert {answer.outcome for answer in registry.push(*messages)} == {"accepted"}


@pytest.mark.usefixtures("joana")
def test_no_change_of_email_for_three_days_after_a_reset(registry: Workbench) -> None:
    def set_email() -> str | None:
        return word(registry, registry.message("set_email", registry.email("nova@exemplo.br")))

    assert set_email() == "accepted"
    assert word(registry, right(registry)) == "accepted"
    registry.pass_by(72 * HOUR - 1)
    assert set_email() == "throttled"
    registry.pass_by(1)
    assert set_email() == "accepted"


@pytest.mark.usefixtures("joana")
def test_a_clock_set_back_shortens_no_limit(registry: Workbench) -> None:
    for _ in range(3):
        word(registry, right(registry))
    registry.clock.now -= 365 * DAY_MS
    assert word(registry, right(registry)) == "throttled"
    registry.seconds += 24 * HOUR
    assert word(registry, right(registry)) == "accepted"


def test_where_staff_act_the_limits_of_self_service_do_not_hold(registry: Workbench) -> None:
    desk = registry
    desk.enrol(DEVICE, face=DESK_FACE)
    desk.add_person(origin="app_2024", password=PASSWORD)
    assert {word(desk, right(desk)) for _ in range(12)} == {"accepted"}
    assert word(desk, desk.message("set_email", desk.email(EMAIL))) == "accepted"
    assert desk.rows(resets) == []
    for number in range(12):
        word(desk, wrong(desk, identifier=f"7777777777{number:02d}", cpf=None))
        desk.sign_in(f"8888888888{number:02d}", "outra senha")
    assert desk.rows(sweeps) == []
    # The failures of one person do.
    for _ in range(6):
        word(desk, wrong(desk))
    assert word(desk, right(desk)) == "throttled"


def test_old_resets_are_forgotten(registry: Workbench, joana: str) -> None:
    word(registry, right(registry))
    registry.pass_by(32 * 24 * HOUR)
    word(registry, right(registry))
    assert [row["at"] for row in registry.rows(resets)] == [START + 32 * DAY_MS]


@pytest.mark.usefixtures("joana")
def test_a_quarantined_operation_is_not_counted(registry: Workbench) -> None:
    for _ in range(10):
        registry.push(
            registry.message("reset", registry.credential(birth_date=OTHER_DAY), seen="nobody's")
        )
    assert registry.rows(throttles) == []


def test_who_has_no_cpf_is_counted_by_card(registry: Workbench) -> None:
    registry.add_person(cpf=None)
    for _ in range(6):
        word(registry, wrong(registry, "register", cpf=None))
    body = registry.credential(cpf=None, birth_date=BORN)
    assert word(registry, registry.message("register", body)) == "throttled"
    assert CPFS[0] not in str(registry.rows(throttles))


@pytest.mark.usefixtures("joana")
def test_whom_an_email_names_may_change_within_a_batch(registry: Workbench) -> None:
    by_new = registry.credential(1, identifier_kind="email", identifier="nova@exemplo.br")
    answers = registry.push(
        registry.message("set_email", registry.email("nova@exemplo.br")),
        registry.message("reset", by_new),
    )
    assert [answer.outcome for answer in answers] == ["accepted", "accepted"]
    assert len(registry.rows(resets)) == 1
