import sqlite3
from contextlib import closing
from typing import Any

import pytest
from passlib.hash import bcrypt  # type: ignore[import-untyped]
from sqlalchemy import event

from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import LONGEST_IDENTIFIER
from kiosk.domain.passwords import MAX_LENGTH
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.sign_ins import SignIns
from kiosk.registry.tables import changes, people
from kiosk.wire.messages import AccountView, SignInRequest
from tests.kiosk.registry.workbench import CPFS, DEVICE, Workbench, cheap_hasher
from tests.seals import sign_in_request

PASSWORD = "céu de brigadeiro"
EMAIL = "joana@exemplo.com.br"
CARD = "000000000001"


def request(identifier: str, password: str = PASSWORD) -> SignInRequest:
    return sign_in_request(identifier, password, device=DEVICE)


@pytest.mark.parametrize(
    ("origin", "by_card", "by_cpf", "by_email"),
    [
        ("none", "no_match", "no_match", "no_match"),
        ("legacy_app", "must_register", "must_register", "must_register"),
        ("portal", "signed_in", "must_reset", "must_reset"),
        ("app_2024", "signed_in", "signed_in", "signed_in"),
    ],
)
def test_each_origin_opens_by_its_own_ways(
    registry: Workbench, origin: str, by_card: str, by_cpf: str, by_email: str
) -> None:
    registry.add_person(origin=origin, password=PASSWORD, email=EMAIL)
    typed = {CARD: by_card, CPFS[0]: by_cpf, EMAIL: by_email, " 0000.0000-0001 ": by_card}
    assert {text: registry.sign_in(text, PASSWORD) for text in typed} == typed
    assert {registry.sign_in(text, "outra senha") for text in typed} == {"no_match"}


@pytest.mark.parametrize(
    ("identifier", "person"),
    [
        ("999999999999", {}),
        ("nada disso", {}),
        ("", {}),
        ("1" * (LONGEST_IDENTIFIER + 1), {}),
        (CARD, {"password_hash": None}),
    ],
)
def test_everything_else_is_one_generic_answer(
    registry: Workbench, identifier: str, person: dict[str, Any]
) -> None:
    registry.add_person(origin="app_2024", password=PASSWORD, **person)
    assert registry.sign_in(identifier, PASSWORD) == "no_match"


def test_a_cancelled_membership_is_told_after_the_right_password(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password=PASSWORD, status="cancelled")
    assert registry.sign_in(CARD, PASSWORD) == "not_covered"
    assert registry.sign_in(CARD, "outra senha") == "no_match"


def test_a_shared_email_opens_for_neither(registry: Workbench) -> None:
    registry.add_person(1, origin="app_2024", password=PASSWORD, email=EMAIL)
    registry.add_person(2, origin="app_2024", password=PASSWORD, email=EMAIL.upper())
    assert registry.sign_in(EMAIL, PASSWORD) == "no_match"
    assert registry.sign_in(CARD, PASSWORD) == "signed_in"


def test_a_card_goes_before_the_same_digits_as_cpf(registry: Workbench) -> None:
    registry.add_person(1, origin="app_2024", password=PASSWORD, card_number=CPFS[1])
    registry.add_person(2, origin="app_2024", password="a senha da outra")
    assert registry.sign_in(CPFS[1], PASSWORD) == "signed_in"
    assert registry.sign_in(CPFS[1], "a senha da outra") == "no_match"


def test_the_account_is_shown_as_it_stands(registry: Workbench) -> None:
    registry.add_person(
        origin="app_2024", password=PASSWORD, email=EMAIL, social_name="Joana Luz", cpf=None
    )
    response = registry.sign_ins.attempt(request(CARD)).response
    assert response.account == AccountView(
        shown_name="Joana Luz",
        card_number=CARD,
        opens_by_card=True,
        opens_by_cpf=False,
        opens_by_email=True,
        masked_email="j•••a@exemplo.com.br",
    )


def test_an_account_without_email_shows_none(registry: Workbench) -> None:
    registry.add_person(origin="portal", password=PASSWORD)
    account = registry.sign_ins.attempt(request(CARD)).response.account
    assert account is not None
    assert (account.masked_email, account.opens_by_email) == (None, False)


def test_nothing_is_shown_without_the_right_password(registry: Workbench) -> None:
    registry.add_person(origin="portal", password=PASSWORD, email=EMAIL)
    assert registry.sign_ins.attempt(request(CARD, "outra")).response.account is None
    assert registry.sign_ins.attempt(request(EMAIL)).response.account is None


def test_a_password_is_normalised_and_bounded(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password=PASSWORD)
    assert registry.sign_in(CARD, "ce\u0301u de brigadeiro") == "signed_in"
    assert registry.sign_in(CARD, "a" * (4 * MAX_LENGTH + 1)) == "no_match"


class CountingHashes(PasswordHashes):
    """Counts how often a password is verified."""

    def __init__(self) -> None:
        super().__init__(cheap_hasher())
        self.verified = 0

    def verify(self, password: str, stored: str | None) -> bool:
        self.verified += 1
        return super().verify(password, stored)


@pytest.mark.parametrize("identifier", [CARD, CPFS[0], EMAIL, "999999999999", "?", CPFS[2]])
def test_each_attempt_verifies_exactly_one_password(registry: Workbench, identifier: str) -> None:
    registry.add_person(1, origin="app_2024", password=PASSWORD, email=EMAIL)
    registry.add_person(2, origin="app_2024", password=PASSWORD, email=EMAIL)
    registry.add_person(3, origin="none")
    hashes = CountingHashes()
    SignIns(registry.engine, registry.sealing, hashes, CardFormat(), registry.throttle).attempt(
        request(identifier)
    )
    assert hashes.verified == 1


def test_an_old_hash_is_made_anew_after_the_right_password(registry: Workbench) -> None:
    old = bcrypt.using(rounds=4).hash(PASSWORD)
    registry.add_person(origin="portal", password_hash=old, credential_changed_at=7)
    assert registry.sign_ins.attempt(request(CARD, "outra senha")).afterwards is None
    answer = registry.sign_ins.attempt(request(CARD))
    assert answer.afterwards is not None
    answer.afterwards()
    account = registry.account()
    assert registry.hashes.is_current(account.password_hash or "")
    assert account.person.credential_changed_at == 7
    assert account.person.origin == "portal"
    assert registry.rows(changes) == []
    assert registry.sign_in(CARD, PASSWORD) == "signed_in"
    assert registry.sign_ins.attempt(request(CARD)).afterwards is None


def test_a_long_password_of_a_bcrypt_hash_counts_whole_from_the_first_time_on(
    registry: Workbench,
) -> None:
    long = "bem-te-vi " * 10
    old = bcrypt.using(rounds=4).hash(long.encode()[:72])
    registry.add_person(origin="portal", password_hash=old)
    answer = registry.sign_ins.attempt(request(CARD, long))
    assert (answer.response.result, answer.afterwards is None) == ("signed_in", False)
    if answer.afterwards is not None:
        answer.afterwards()
    assert registry.sign_in(CARD, long) == "signed_in"
    assert registry.sign_in(CARD, long[:72]) == "no_match"


def test_a_reset_in_between_is_not_undone(registry: Workbench) -> None:
    old = bcrypt.using(rounds=4).hash(PASSWORD)
    registry.add_person(origin="portal", password_hash=old)
    answer = registry.sign_ins.attempt(request(CARD))
    registry.push(registry.message("reset"))
    before = registry.rows(people)
    assert answer.afterwards is not None
    answer.afterwards()
    assert registry.rows(people) == before


@pytest.mark.usefixtures("expected_stumbles")
def test_a_busy_database_leaves_the_old_hash_for_the_next_time(
    registry: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bcrypt.using(rounds=4).hash(PASSWORD)
    registry.add_person(origin="portal", password_hash=old)
    answer = registry.sign_ins.attempt(request(CARD))
    assert answer.afterwards is not None
    registry.engine.dispose()
    event.listen(registry.engine, "connect", _wait_for_nobody)
    before = registry.rows(people)
    with closing(sqlite3.connect(str(registry.engine.url.database))) as importing:
        importing.execute("BEGIN IMMEDIATE")
        answer.afterwards()
    assert registry.rows(people) == before
    assert "password_not_hashed_anew" in caplog.text
    answer.afterwards()
    assert registry.rows(people) != before


def _wait_for_nobody(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=0")


def test_answers_do_not_show_themselves(registry: Workbench) -> None:
    registry.add_person(origin="portal", password_hash=bcrypt.using(rounds=4).hash(PASSWORD))
    assert PASSWORD not in repr(registry.sign_ins.attempt(request(CARD)))
