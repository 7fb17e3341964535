from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from kiosk.registry.claims import NotUnderstood
from kiosk.registry.operations import NotADevice
from kiosk.registry.tables import audit, changes, operations, people
from kiosk.wire.messages import Answer
from tests.kiosk.registry.workbench import (
    CPFS,
    DAY_MS,
    DEVICE,
    OTHER_DEVICE,
    Workbench,
    altered,
    cheap_hasher,
    seal,
)


def dump(registry: Workbench) -> list[list[dict[str, Any]]]:
    return [registry.rows(table) for table in (people, operations, changes, audit)]


@pytest.mark.parametrize("origin", ["none", "legacy_app", "portal"])
def test_register_makes_the_2024_account(registry: Workbench, origin: str) -> None:
    registry.add_person(origin=origin, password=None if origin == "none" else "a senha velha")
    (answer,) = registry.push(registry.message("register"))
    assert (answer.outcome, answer.reason, answer.duplicate) == ("accepted", None, False)
    assert answer.decided_at == registry.clock.now
    account = registry.account()
    assert account.person.origin == "app_2024"
    assert account.password_hash is not None
    assert registry.hashes.verify("uma senha nova", account.password_hash)
    first = registry.rows(changes)[0]
    assert first["what"] == "credential"
    assert first["person_id"] == "P1"
    assert account.person.credential_changed_at == first["position"]
    assert account.person.credential_changed_by == DEVICE
    (kept,) = registry.rows(operations)
    assert kept["person_id"] == "P1"
    (audited,) = registry.rows(audit)
    assert (audited["what"], audited["person_id"]) == ("register_accepted", "P1")


def test_one_operation_through_many_connections_at_once_takes_effect_once(
    registry: Workbench,
) -> None:
    registry.add_person()
    message = registry.message("register")
    ready = Barrier(6)

    def push() -> Answer:
        ready.wait(60)
        return registry.push(message)[0]

    with ThreadPoolExecutor(6) as pool:
        answers = [one.result() for one in [pool.submit(push) for _ in range(6)]]
    assert {one.outcome for one in answers} == {"accepted"}
    assert sorted(one.duplicate for one in answers) == [False, *[True] * 5]
    assert [row["what"] for row in registry.rows(changes)] == ["credential", "outcome"]
    assert len(registry.rows(operations)) == 1


@pytest.mark.parametrize(
    ("kind", "origin", "reason"),
    [
        ("register", "app_2024", "already_registered"),
        ("reset", "none", "not_registered"),
        ("reset", "legacy_app", "not_registered"),
    ],
)
def test_refusals_change_no_account(
    registry: Workbench, kind: str, origin: str, reason: str
) -> None:
    registry.add_person(origin=origin)
    before = registry.rows(people)
    (answer,) = registry.push(registry.message(kind))
    assert (answer.outcome, answer.reason) == ("rejected", reason)
    assert registry.rows(people) == before
    assert [row["what"] for row in registry.rows(changes)] == ["outcome"]
    assert registry.rows(audit)[0]["detail"] == reason


@pytest.mark.parametrize("kind", ["register", "reset"])
def test_a_cancelled_membership_is_not_covered(registry: Workbench, kind: str) -> None:
    registry.add_person(origin="portal", status="cancelled")
    (answer,) = registry.push(registry.message(kind))
    assert (answer.outcome, answer.reason) == ("rejected", "not_covered")


@pytest.mark.parametrize("origin", ["portal", "app_2024"])
def test_reset_sets_the_new_password(registry: Workbench, origin: str) -> None:
    registry.add_person(origin=origin, password="a senha velha")
    (answer,) = registry.push(registry.message("reset"))
    assert answer.outcome == "accepted"
    assert registry.sign_in(CPFS[0], "uma senha nova") == "signed_in"


@pytest.mark.parametrize(
    "other",
    [
        {"cpf": CPFS[1]},
        {"cpf": None},
        {"birth_date": date(1950, 3, 25)},
        {"identifier": "999999999999"},
    ],
)
def test_data_of_different_people_are_nobodys(registry: Workbench, other: dict[str, Any]) -> None:
    registry.add_person()
    (answer,) = registry.push(registry.message(body=registry.credential(**other)))
    assert (answer.outcome, answer.reason) == ("rejected", "identity_mismatch")
    assert registry.rows(operations)[0]["person_id"] is None
    assert registry.rows(audit)[0]["person_id"] is None


def test_an_email_two_people_share_serves_in_the_reset_with_the_cpf(registry: Workbench) -> None:
    registry.add_person(1, origin="app_2024", email="casa@exemplo.com.br")
    registry.add_person(2, origin="app_2024", email="Casa@Exemplo.com.br")
    body = registry.credential(2, identifier_kind="email", identifier="CASA@exemplo.com.br")
    (answer,) = registry.push(registry.message("reset", body))
    assert answer.outcome == "accepted"
    assert registry.account("P1").password_hash is None
    assert registry.account("P2").password_hash is not None


def test_an_email_without_cpf_is_nobodys(registry: Workbench) -> None:
    registry.add_person(cpf=None, origin="app_2024", email="casa@exemplo.com.br")
    body = registry.credential(identifier_kind="email", identifier="casa@exemplo.com.br", cpf=None)
    (answer,) = registry.push(registry.message("reset", body))
    assert answer.reason == "identity_mismatch"


def test_registration_without_cpf_serves_whoever_has_none(registry: Workbench) -> None:
    registry.add_person(cpf=None)
    (answer,) = registry.push(registry.message(body=registry.credential(cpf=None)))
    assert answer.outcome == "accepted"


def test_what_another_device_set_after_seen_supersedes(registry: Workbench) -> None:
    registry.add_person(origin="app_2024")
    seen = registry.pull().cursor
    body = registry.credential()
    registry.push(registry.message("reset", body, OTHER_DEVICE), device=OTHER_DEVICE)
    late = registry.message("reset", body, seen=seen)
    (answer,) = registry.push(late)
    assert (answer.outcome, answer.reason) == ("rejected", "superseded")
    informed = registry.message("reset", body, seen=registry.pull().cursor)
    assert registry.push(informed)[0].outcome == "accepted"


def test_what_this_device_set_itself_does_not_supersede(registry: Workbench) -> None:
    registry.add_person(origin="app_2024")
    seen = registry.pull().cursor
    answers = registry.push(
        registry.message("reset", seen=seen), registry.message("reset", seen=seen)
    )
    assert [answer.outcome for answer in answers] == ["accepted", "accepted"]


def test_acted_now_is_never_late(registry: Workbench) -> None:
    registry.add_person(origin="app_2024")
    registry.push(registry.message("reset", device=OTHER_DEVICE), device=OTHER_DEVICE)
    (answer,) = registry.push(registry.message("reset", seen="nonsense"), acted_now=True)
    assert answer.outcome == "accepted"


def test_a_stale_cursor_is_quarantined_by_the_registrys_own_time(registry: Workbench) -> None:
    registry.add_person()
    seen = registry.pull().cursor
    registry.clock.now += 30 * DAY_MS
    assert registry.push(registry.message(seen=seen, body=registry.credential(2)))[0].reason == (
        "identity_mismatch"
    )
    registry.clock.now += 1000
    (answer,) = registry.push(registry.message(seen=seen))
    assert (answer.outcome, answer.reason) == ("quarantined", "stale")
    assert registry.account().person.origin == "none"


def test_a_cursor_of_another_registry_is_quarantined(registry: Workbench) -> None:
    registry.add_person()
    (answer,) = registry.push(registry.message(seen="A" * 52))
    assert (answer.outcome, answer.reason) == ("quarantined", "unknown_cursor")


@pytest.mark.parametrize("place", [2, 99])
@pytest.mark.parametrize("is_older", [True, False])
def test_a_cursor_of_a_lost_history_knows_what_was_told_before_it_was_issued(
    registry: Workbench, place: int, is_older: bool
) -> None:
    registry.add_person(origin="app_2024", credential_changed_at=2)
    registry.tell("P1", "P1")
    if is_older:
        registry.clock.now -= 60_000
    seen = registry.cursors.issue(place, b"others")
    if is_older:
        with registry.engine.begin() as connection:
            connection.execute(update(changes).values(at=registry.clock.now + 1))
    registry.clock.now += 60_000
    (answer,) = registry.push(registry.message("reset", seen=seen))
    expected = ("rejected", "superseded") if is_older else ("accepted", None)
    assert (answer.outcome, answer.reason) == expected


def test_a_batch_takes_effect_in_the_order_of_its_sequence(registry: Workbench) -> None:
    registry.add_person()
    reset = registry.message("reset", sequence=7)
    register = registry.message("register", sequence=6)
    answers = registry.push(reset, register)
    assert [answer.id for answer in answers] == [reset.id, register.id]
    assert [answer.outcome for answer in answers] == ["accepted", "accepted"]


def test_the_same_again_gets_the_first_answer_and_changes_nothing(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    (first,) = registry.push(message)
    before = dump(registry)
    registry.clock.now += 5000
    (again,) = registry.push(message, acted_now=True)
    assert again == msgspec.structs.replace(first, duplicate=True)
    assert dump(registry) == before


def test_the_same_twice_in_one_batch(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    assert [one.duplicate for one in registry.push(message, message)] == [False, True]


def test_an_id_with_another_body_is_refused_and_audited(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    registry.push(message)
    (answer,) = registry.push(altered(message, made_at=1))
    assert (answer.outcome, answer.reason, answer.duplicate) == ("rejected", "id_reused", False)
    assert registry.rows(audit)[-1]["what"] == "operation_id_reused"
    (first_again,) = registry.push(message)
    assert (first_again.outcome, first_again.duplicate) == ("accepted", True)
    assert len(registry.rows(operations)) == 1


def test_an_empty_batch_is_answered(registry: Workbench) -> None:
    assert registry.push() == []


Change = Callable[[Workbench], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda _: {"id": "0" * 31}, "id"),
        (lambda _: {"id": "A" * 32}, "id"),
        (lambda _: {"sequence": -1}, "sequence"),
        (lambda _: {"sequence": 2**63}, "sequence"),
        (lambda _: {"made_at": 2**70}, "made_at"),
        (lambda _: {"kind": "withdraw"}, "kind"),
        (lambda _: {"receipt": "K7Q2MT-0001-A"}, "receipt"),
        (lambda _: {"receipt": "nonsense"}, "receipt"),
        (lambda r: {"receipt": r.message(device=OTHER_DEVICE).receipt}, "receipt"),
        (lambda r: {"receipt": r.message().receipt.lower()}, "receipt"),
        (lambda _: {"body": b"{"}, "body"),
        (lambda _: {"body": b"\xff"}, "body"),
        (lambda _: {"body": b'{"more":' + b"[" * 2000}, "body"),
        (lambda r: {"body": r.email("a@exemplo.com.br")}, "body"),
        (lambda r: {"body": r.credential(password_hash="senha")}, "password_hash"),
        (
            lambda r: {"body": r.credential(password_hash=cheap_hasher(2).hash("x"))},
            "password_hash",
        ),
        (lambda r: {"body": r.credential(identifier_kind="cpf")}, "identifier_kind"),
        (lambda r: {"body": r.credential(identifier="1" * 400)}, "identifier"),
        (lambda r: {"kind": "set_email", "body": r.email("nada")}, "email"),
        (lambda r: {"kind": "set_email", "body": r.email("a@" + "b" * 300)}, "email"),
        (lambda r: {"kind": "set_email", "body": r.email("a\u202e@b")}, "email"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_applied(
    registry: Workbench, change: Change, what: str
) -> None:
    registry.add_person()
    before = dump(registry)
    odd = altered(registry.message(), **(changed := change(registry)))
    if "body" in changed:
        odd = altered(odd, body=seal(odd.body, odd))
    with pytest.raises(NotUnderstood) as raised:
        registry.push(registry.message(), odd)
    assert (raised.value.index, raised.value.what) == (1, what)
    assert dump(registry) == before


def test_a_receipt_used_before_is_named_and_nothing_is_applied(registry: Workbench) -> None:
    registry.add_person()
    first = registry.message()
    registry.push(first)
    before = dump(registry)
    with pytest.raises(NotUnderstood) as raised:
        registry.push(registry.message("reset"), registry.message(receipt=first.receipt))
    assert (raised.value.index, raised.value.what) == (1, "receipt used before")
    assert dump(registry) == before


def test_a_device_is_named_by_its_code(registry: Workbench) -> None:
    with pytest.raises(NotADevice):
        registry.push(registry.message(), device="quiosque do saguão")


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["register", "reset", "set_email"]),
            st.integers(1, 3),
            st.sampled_from(["um@exemplo.com.br", "dois@exemplo.com.br"]),
        ),
        max_size=6,
    )
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pushing_any_batch_twice_changes_nothing(
    registry: Workbench, acts: list[tuple[str, int, str]]
) -> None:
    for number in (1, 2):
        if not any(row["person_id"] == f"P{number}" for row in registry.rows(people)):
            registry.add_person(number)
    messages = [
        registry.message(
            kind,
            registry.email(address, number) if kind == "set_email" else registry.credential(number),
        )
        for kind, number, address in acts
    ]
    first = registry.push(*messages)
    before = dump(registry)
    again = registry.push(*messages)
    assert dump(registry) == before
    assert all(answer.duplicate for answer in again)
    assert [(a.id, a.outcome, a.reason, a.decided_at) for a in again] == [
        (a.id, a.outcome, a.reason, a.decided_at) for a in first
    ]
