"""The sieve of a kiosk: what it stops, what it lets through, and what it leaves to the registry."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import msgspec
import pytest

from kiosk.domain.forms import RegistrationForm, ResetForm
from kiosk.domain.operations import Outcome, Reason
from kiosk.domain.people import MembershipStatus, Origin
from kiosk.services import identity_checks
from kiosk.services.answers import Cancelled, Decided, Held, Mismatched, Waiting
from kiosk.services.identity_checks import IdentityCheck, check_identity
from kiosk.services.submissions import register, reset_password
from kiosk.services.tools import Tools
from kiosk.store.files import FILE_NAME
from kiosk.store.queued_operations import OutboxCounts
from kiosk.sync.registries import Unreachable
from kiosk.wire.identity_digests import verifier
from kiosk.wire.messages import CredentialBody, DigestKey, PullRequest
from tests.factories import claim_of, cpf, person
from tests.fakes import DIGEST_KEY, FakeRegistry
from tests.seals import opened

GOOD = "cavalo bateria grampo"
WHO = person(1)
FORM = RegistrationForm(WHO.card_number, cpf(1), False, "24/03/1950", GOOD, GOOD)
RESET = ResetForm(WHO.card_number, cpf(1), "24/03/1950", GOOD, GOOD)
NEW = replace(FORM, card="000000000002", cpf=cpf(2))
PATIENCE = 60.0


def learn(tools: Tools, registry: FakeRegistry) -> None:
    """Bring the copy up to what the registry has, as a pull does."""
    registry.kiosks.add(tools.identity.code)
    page = registry.pull(
        PullRequest(device=tools.identity.code, after=tools.copy.cursor(), digests=1)
    )
    assert page.digests is not None
    tools.copy.apply_digests(page.digests.lines, page.digests.key, page.cursor)


@pytest.fixture
def go() -> Event:
    return Event()


@pytest.fixture
def kiosk(tools: Tools, registry: FakeRegistry) -> Tools:
    """One that knows the first person and has no line."""
    registry.add(WHO)
    learn(tools, registry)
    registry.failures.extend(Unreachable("ConnectError") for _ in range(10_000))
    return replace(tools, answer_wait_seconds=0.0)


def until_online(tools: Tools, is_online: bool) -> None:
    until = monotonic() + PATIENCE
    while tools.worker.line().is_online is not is_online:
        assert monotonic() < until
        Event().wait(0.01)


def marks(tmp_path: Path) -> list[int | None]:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        rows = connection.execute("SELECT unverified FROM receipts ORDER BY counter")
        return [row[0] for row in rows]


TYPOS = [
    replace(FORM, birth_date="25/03/1950"),
    replace(FORM, cpf=cpf(2)),
    replace(FORM, cpf="", has_no_cpf=True),
]


@pytest.mark.parametrize("form", TYPOS, ids=["birth date", "cpf", "no cpf"])
def test_without_line_a_typing_error_is_told_at_once_and_kept_nowhere(
    kiosk: Tools, go: Event, form: RegistrationForm
) -> None:
    assert register(kiosk, form, go) == Mismatched()
    assert kiosk.outbox.counts() == OutboxCounts(0, 0)
    assert isinstance(register(kiosk, FORM, go), Waiting)


def test_a_reset_is_checked_too(kiosk: Tools, go: Event) -> None:
    assert reset_password(kiosk, replace(RESET, birth_date="25/03/1950"), go) == Mismatched()
    assert isinstance(reset_password(kiosk, RESET, go), Waiting)


def test_where_the_line_is_known_to_be_down_it_is_the_same(kiosk: Tools, go: Event) -> None:
    kiosk.worker.start()
    until_online(kiosk, is_online=False)
    assert register(kiosk, TYPOS[0], go) == Mismatched()


def test_a_person_without_cpf_is_known_too(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(replace(WHO, cpf=None))
    learn(tools, registry)
    hasty = replace(tools, answer_wait_seconds=0.0)
    assert register(hasty, FORM, go) == Mismatched()
    assert isinstance(register(hasty, replace(FORM, cpf="", has_no_cpf=True), go), Waiting)


def test_who_leaves_while_the_answer_is_held_back_has_left(kiosk: Tools, go: Event) -> None:
    go.set()
    assert register(kiosk, TYPOS[0], go) == Cancelled()


def test_guesses_without_line_are_counted(kiosk: Tools, go: Event) -> None:
    for day in range(1, 7):
        form = replace(FORM, birth_date=f"{day:02}/03/1950")
        assert register(kiosk, form, go) == Mismatched()
    assert register(kiosk, FORM, go) == Held()
    assert reset_password(kiosk, RESET, go) == Held()
    assert kiosk.outbox.counts() == OutboxCounts(0, 0)


def test_what_fits_is_marked_as_nothing_and_what_nobody_knows_as_unverified(
    kiosk: Tools, go: Event, tmp_path: Path
) -> None:
    for form in (FORM, NEW):
        assert isinstance(register(kiosk, form, go), Waiting)
    by_email = replace(RESET, card_or_email="joana@exemplo.br", cpf=cpf(3))
    assert isinstance(reset_password(kiosk, by_email, go), Waiting)
    assert marks(tmp_path) == [None, 1, 1]


def test_the_mark_is_sealed_for_the_registry_too(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    learn(tools, registry)
    tools.worker.start()
    for form in (FORM, NEW):
        assert isinstance(register(tools, form, go), Decided)
    sent = [one.operation for request in registry.pushed for one in request.deliveries]
    bodies = [
        msgspec.json.decode(opened(one, tools.identity.code), type=CredentialBody) for one in sent
    ]
    assert [one.unverified for one in bodies] == [False, True]


def test_before_the_copy_is_there_all_is_taken_as_unverified(
    tools: Tools, go: Event, tmp_path: Path
) -> None:
    hasty = replace(tools, answer_wait_seconds=0.0)
    assert isinstance(register(hasty, TYPOS[0], go), Waiting)
    assert marks(tmp_path) == [1]


def test_a_desk_marks_nothing(tools: Tools, go: Event, tmp_path: Path) -> None:
    desk = replace(tools, answer_wait_seconds=0.0, is_kiosk=False)
    assert isinstance(register(desk, FORM, go), Waiting)
    assert marks(tmp_path) == [None]
    assert check_identity(desk, claim_of(WHO)) is IdentityCheck.UNASKED


def test_a_cancelled_card_is_nobodys_here(
    tools: Tools, registry: FakeRegistry, go: Event, tmp_path: Path
) -> None:
    registry.add(WHO)
    learn(tools, registry)
    registry.add(replace(WHO, status=MembershipStatus.CANCELLED))
    learn(tools, registry)
    hasty = replace(tools, answer_wait_seconds=0.0)
    assert isinstance(register(hasty, TYPOS[0], go), Waiting)
    assert marks(tmp_path) == [1]


def test_with_a_line_the_registry_decides_though_the_copy_is_old(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    learn(tools, registry)
    corrected = replace(WHO, cpf=cpf(7), origin=Origin.PORTAL)
    registry.people["P1"] = corrected
    tools.worker.start()
    until_online(tools, is_online=True)
    for form in (FORM, replace(FORM, cpf=cpf(7))):
        answer = register(tools, form, go)
        assert isinstance(answer, Decided)
        is_right = form.cpf == cpf(7)
        assert answer.outcome is (Outcome.ACCEPTED if is_right else Outcome.REJECTED)
        assert answer.reason is (None if is_right else Reason.IDENTITY_MISMATCH)


def test_who_cuts_the_line_on_the_way_gets_no_free_guesses(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    learn(tools, registry)
    tools.worker.start()
    until_online(tools, is_online=True)
    # The registry is heard, and its answers to what is delivered are not.
    registry.lost_answers.extend(Unreachable("ReadTimeout") for _ in range(10_000))
    hasty = replace(tools, answer_wait_seconds=0.0)
    told = []
    for day in range(1, 8):
        registry.failures.clear()
        tools.worker.heard()
        until_online(tools, is_online=True)
        told.append(register(hasty, replace(FORM, birth_date=f"{day:02}/03/1950"), go))
    assert Held() in told
    assert sum(isinstance(one, Waiting | Mismatched) for one in told) == 6


def test_known_and_unknown_cards_take_the_same_work(
    kiosk: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[DigestKey] = []

    def counted(key: DigestKey, *them: Any) -> bytes:
        work.append(key)
        return verifier(key, *them)

    monkeypatch.setattr(identity_checks, "verifier", counted)
    found = [check_identity(kiosk, claim_of(person(number))) for number in (1, 2)]
    found.append(check_identity(kiosk, replace(claim_of(WHO), cpf=cpf(2))))
    assert found == [IdentityCheck.FITS, IdentityCheck.UNVERIFIED, IdentityCheck.MISMATCH]
    assert work == [DIGEST_KEY] * 3
