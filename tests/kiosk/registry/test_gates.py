import json
from datetime import date
from typing import Any

import pytest

from kiosk.domain.gates import Gate
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import MINUTE_MS, Release, make
from kiosk.domain.throttles import EMAIL_REST_MS
from kiosk.registry.email_codes import EmailCodes
from kiosk.registry.operations import NotADevice
from kiosk.registry.policies import EVERY_DEVICE, Policies
from kiosk.registry.tables import email_codes, outgoing, throttles
from kiosk.wire.messages import OperationMessage
from tests.kiosk.registry.workbench import BORN, CPFS, DEVICE, OTHER_DEVICE, Workbench

PASSWORD = "céu de brigadeiro"
CARD = "000000000001"
EMAIL = "joana@exemplo.br"
CLAIM = Claim(Identifier(IdentifierKind.CARD, CARD), CPFS[0], BORN)
MINUTE = 60
RESET = OperationKind.RESET


def gated(registry: Workbench, gate: Gate) -> Workbench:
    made = Workbench(registry.engine, policies=Policies({EVERY_DEVICE: gate}))
    made.add_person(origin="app_2024", password=PASSWORD, email=EMAIL)
    return made


@pytest.fixture
def attendant(registry: Workbench) -> Workbench:
    return gated(registry, Gate.ATTENDANT)


@pytest.fixture
def by_email(registry: Workbench) -> Workbench:
    return gated(registry, Gate.EMAIL_CODE)


def word(registry: Workbench, message: OperationMessage, *, acted_now: bool = True) -> str | None:
    device = message.receipt.partition("-")[0]
    (answer,) = registry.push(message, device=device, acted_now=acted_now)
    return answer.reason or answer.outcome


def reset(registry: Workbench, **other: Any) -> OperationMessage:
    kind, device, seen = (
        other.pop(name, default)
        for name, default in (("kind", "reset"), ("device", DEVICE), ("seen", None))
    )
    return registry.message(kind, registry.credential(**other), device, seen=seen)


def release(registry: Workbench, **other: Any) -> str:
    values = {"kiosk": DEVICE, "purpose": RESET, "subject": f"cpf:{CPFS[0]}"} | other
    return make(registry.keys.release_keys(values["kiosk"]), Release(**values), registry.clock.now)


# The desk's code.


def test_without_a_code_nobody_passes_and_nobody_is_told_of_anybody(attendant: Workbench) -> None:
    assert word(attendant, reset(attendant)) == "gate_failed"
    assert word(attendant, reset(attendant, birth_date=date(1951, 1, 1))) == "gate_failed"
    assert word(attendant, reset(attendant, identifier="999999999999")) == "gate_failed"


def test_the_right_code_passes_once(attendant: Workbench) -> None:
    code = release(attendant)
    assert word(attendant, reset(attendant, code=code)) == "accepted"
    assert word(attendant, reset(attendant, code=code)) == "gate_failed"


def test_once_is_once_within_a_batch_too(attendant: Workbench) -> None:
    code = release(attendant)
    answers = attendant.push(reset(attendant, code=code), reset(attendant, code=code))
    assert [answer.reason for answer in answers] == [None, "gate_failed"]


@pytest.mark.parametrize(
    "other",
    [
        {"kiosk": OTHER_DEVICE},
        {"purpose": OperationKind.REGISTER},
        {"subject": f"cpf:{CPFS[1]}"},
    ],
    ids=["kiosk", "purpose", "person"],
)
def test_a_code_for_something_else_does_not(attendant: Workbench, other: dict[str, Any]) -> None:
    assert word(attendant, reset(attendant, code=release(attendant, **other))) == "gate_failed"


@pytest.mark.parametrize("code", ["", "ABC", "00000-00000", "?" * 10])
def test_what_is_no_code_does_not(attendant: Workbench, code: str) -> None:
    assert word(attendant, reset(attendant, code=code)) == "gate_failed"


def test_a_code_is_void_after_ten_minutes_and_a_clock_set_back_revives_none(
    attendant: Workbench,
) -> None:
    code = release(attendant)
    attendant.pass_by(10 * MINUTE)
    assert word(attendant, reset(attendant, code=code)) == "gate_failed"
    attendant.clock.now -= 10 * MINUTE * 1000
    assert word(attendant, reset(attendant, code=code)) == "gate_failed"


def test_a_code_that_was_used_without_line_counts_when_it_is_delivered(
    attendant: Workbench,
) -> None:
    seen = attendant.pull().cursor
    attendant.pass_by(3600)
    code, slot = release(attendant), attendant.clock.now // MINUTE_MS
    attendant.pass_by(2 * 24 * 3600)
    late = reset(attendant, code=code, seen=seen)
    assert word(attendant, late, acted_now=False) == "gate_failed"
    told = reset(attendant, code=code, code_slot=slot, seen=seen)
    assert word(attendant, told, acted_now=False) == "accepted"


def test_a_kiosk_that_knew_of_later_cannot_have_taken_an_old_code(attendant: Workbench) -> None:
    code, slot = release(attendant), attendant.clock.now // MINUTE_MS
    attendant.pass_by(3600)
    seen = attendant.pull().cursor
    told = reset(attendant, code=code, code_slot=slot, seen=seen)
    assert word(attendant, told, acted_now=False) == "gate_failed"


def test_a_stolen_kiosk_makes_no_code_of_its_own(attendant: Workbench) -> None:
    known = attendant.keys.release_keys(DEVICE).kiosk
    keys = type(attendant.keys.release_keys(DEVICE))(known, known)
    code = make(keys, Release(DEVICE, RESET, f"cpf:{CPFS[0]}"), attendant.clock.now)
    assert word(attendant, reset(attendant, code=code)) == "gate_failed"


def test_guesses_are_counted_like_failed_passwords(attendant: Workbench) -> None:
    words = [word(attendant, reset(attendant, code="00000-00000")) for _ in range(7)]
    assert words == ["gate_failed"] * 6 + ["throttled"]
    assert word(attendant, reset(attendant, code=release(attendant))) == "throttled"


def test_a_right_code_proves_nothing_of_who_it_is(attendant: Workbench) -> None:
    wrong = reset(attendant, code=release(attendant), birth_date=date(1951, 1, 1))
    assert word(attendant, wrong) == "identity_mismatch"


def test_an_operation_that_is_kept_aside_uses_no_code_up(attendant: Workbench) -> None:
    code = release(attendant)
    aside = reset(attendant, code=code, seen="nobody gave this")
    assert word(attendant, aside, acted_now=False) == "unknown_cursor"
    assert word(attendant, reset(attendant, code=code)) == "accepted"


def test_an_email_is_set_without_a_code(attendant: Workbench) -> None:
    message = attendant.message("set_email", attendant.email("nova@exemplo.br"))
    assert word(attendant, message) == "accepted"


def test_with_the_manuals_gate_a_code_is_not_looked_at(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password=PASSWORD)
    assert word(registry, reset(registry, code="00000-00000")) == "accepted"


def test_each_device_has_its_own_gate(registry: Workbench) -> None:
    policies = Policies({DEVICE: Gate.ATTENDANT})
    mixed = Workbench(registry.engine, policies=policies)
    mixed.add_person(origin="app_2024", password=PASSWORD)
    assert word(mixed, reset(mixed)) == "gate_failed"
    assert word(mixed, reset(mixed, device=OTHER_DEVICE)) == "accepted"


# The code by e-mail.


def ask(
    registry: Workbench, claim: Claim = CLAIM, purpose: OperationKind = RESET, device: str = DEVICE
) -> list[str]:
    """Ask for a code, and return all that were sent so far."""
    codes = EmailCodes(
        registry.engine, registry.keys, registry.times, registry.policies, registry.clock
    )
    codes.request(device, purpose, claim)
    rows = registry.rows(outgoing)
    assert {(row["address"], row["what"]) for row in rows} <= {(EMAIL, "email_code")}
    return [json.loads(row["content"])["code"] for row in rows]


def test_a_code_that_was_sent_passes_once(by_email: Workbench) -> None:
    (code,) = ask(by_email)
    assert word(by_email, reset(by_email, code=code)) == "accepted"
    assert word(by_email, reset(by_email, code=code)) == "gate_failed"


def test_it_is_for_one_purpose_and_one_device(by_email: Workbench) -> None:
    (code,) = ask(by_email)
    assert word(by_email, reset(by_email, code=code, kind="register")) == "gate_failed"
    assert word(by_email, reset(by_email, code=code, device=OTHER_DEVICE)) == "gate_failed"
    assert word(by_email, reset(by_email, code=code)) == "accepted"


def test_five_wrong_ones_void_it(by_email: Workbench) -> None:
    (code,) = ask(by_email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert word(by_email, reset(by_email, code=wrong)) == "gate_failed"
    assert word(by_email, reset(by_email, code=code)) == "gate_failed"


def test_it_is_void_after_ten_minutes_and_a_clock_set_back_revives_none(
    by_email: Workbench,
) -> None:
    (code,) = ask(by_email)
    by_email.pass_by(10 * MINUTE)
    assert word(by_email, reset(by_email, code=code)) == "gate_failed"
    by_email.clock.now -= 10 * MINUTE * 1000
    assert word(by_email, reset(by_email, code=code)) == "gate_failed"


def test_a_newer_one_voids_it_and_three_an_hour_are_sent(by_email: Workbench) -> None:
    (first,) = ask(by_email)
    assert ask(by_email) == [first]
    by_email.pass_by(MINUTE)
    _, second = ask(by_email)
    if first != second:
        assert word(by_email, reset(by_email, code=first)) == "gate_failed"
    by_email.pass_by(MINUTE)
    assert len(ask(by_email)) == 3
    by_email.pass_by(MINUTE)
    assert len(ask(by_email)) == 3
    by_email.pass_by(60 * MINUTE)
    assert len(ask(by_email)) == 4


@pytest.mark.parametrize(
    "claim",
    [
        Claim(CLAIM.identifier, CPFS[0], date(1951, 1, 1)),
        Claim(Identifier(IdentifierKind.CARD, "999999999999"), CPFS[0], BORN),
        Claim(Identifier(IdentifierKind.EMAIL, "outra@exemplo.br"), CPFS[0], BORN),
    ],
    ids=["birth date", "card", "e-mail"],
)
def test_who_does_not_fit_gets_none_and_is_counted(by_email: Workbench, claim: Claim) -> None:
    for _ in range(6):
        assert ask(by_email, claim) == []
    assert word(by_email, reset(by_email)) == "throttled"
    # Held: nothing is looked at, the right data neither.
    assert ask(by_email) == []
    assert max(row["failures"] for row in by_email.rows(throttles)) == 6


def test_it_is_sent_to_the_address_by_which_somebody_names_themselves(by_email: Workbench) -> None:
    claim = Claim(Identifier(IdentifierKind.EMAIL, EMAIL), CPFS[0], BORN)
    assert len(ask(by_email, claim)) == 1


@pytest.mark.parametrize("changes", [{"email": None}, {"status": "cancelled"}])
def test_without_an_address_or_a_plan_none_is_sent(
    registry: Workbench, changes: dict[str, Any]
) -> None:
    made = Workbench(registry.engine, policies=Policies({DEVICE: Gate.EMAIL_CODE}))
    made.add_person(**({"origin": "app_2024", "password": PASSWORD, "email": EMAIL} | changes))
    assert ask(made) == []
    assert made.rows(throttles) == []


def test_an_address_that_was_just_set_here_is_sent_none(by_email: Workbench) -> None:
    message = by_email.message("set_email", by_email.email("outra@exemplo.br"))
    assert word(by_email, message) == "accepted"

    def sent() -> list[str]:
        codes = EmailCodes(
            by_email.engine, by_email.keys, by_email.times, by_email.policies, by_email.clock
        )
        codes.request(DEVICE, RESET, CLAIM)
        rows = by_email.rows(outgoing)
        return [row["address"] for row in rows if row["what"] == "email_code"]

    assert sent() == []
    by_email.pass_by(EMAIL_REST_MS // 1000 - 1)
    assert sent() == []
    by_email.pass_by(1)
    assert sent() == ["outra@exemplo.br"]


def test_a_clock_that_was_far_ahead_makes_no_address_an_old_one(by_email: Workbench) -> None:
    by_email.clock.now += 30 * 24 * 60 * MINUTE * 1000
    ask(by_email, device=OTHER_DEVICE)
    by_email.clock.now -= 30 * 24 * 60 * MINUTE * 1000
    message = by_email.message("set_email", by_email.email("outra@exemplo.br"))
    assert word(by_email, message) == "accepted"
    codes = EmailCodes(
        by_email.engine, by_email.keys, by_email.times, by_email.policies, by_email.clock
    )
    codes.request(DEVICE, RESET, CLAIM)
    sent = {row["address"] for row in by_email.rows(outgoing) if row["what"] == "email_code"}
    assert "outra@exemplo.br" not in sent


def test_what_a_restored_registry_is_sent_again_is_no_guess(by_email: Workbench) -> None:
    (code,) = ask(by_email)
    by_email.pass_by(20 * MINUTE)
    assert word(by_email, reset(by_email, code=code), acted_now=False) == "gate_failed"
    assert by_email.rows(throttles) == []


def test_none_is_sent_where_the_gate_does_not_ask_for_it(attendant: Workbench) -> None:
    assert ask(attendant) == []


def test_who_is_no_device_gets_none(by_email: Workbench) -> None:
    with pytest.raises(NotADevice):
        ask(by_email, device="?")


def test_the_code_is_kept_as_a_digest(by_email: Workbench) -> None:
    (code,) = ask(by_email)
    assert code not in str(by_email.rows(email_codes))
