"""What is kept and sent is sealed; without a key nothing is taken in."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import msgspec
import pytest
from sqlalchemy import text

from kiosk.domain.forms import RegistrationForm, ResetForm, SignInForm
from kiosk.domain.passwords import MAX_LENGTH
from kiosk.services.answers import Cancelled, Decided, NeedsLine, NoKey, SignedIn, Waiting
from kiosk.services.queues import send_again
from kiosk.services.seals import known_key, sealed_sign_in
from kiosk.services.sign_ins import sign_in
from kiosk.services.submissions import register, reset_password
from kiosk.services.tools import Tools
from kiosk.store.files import FILE_NAME
from kiosk.store.queued_operations import OutboxCounts
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import SignInBody
from kiosk.wire.sealed_bodies import MAX_SEALED_BYTES, open_sealed, sign_in_binding
from tests.factories import cpf, person
from tests.fakes import FakeRegistry
from tests.seals import PRIVATE_KEY, SEALING_KEY

PASSWORD = "cavalo bateria grampo"
WHO = person(1, card_number="830099887766")
FORM = RegistrationForm(WHO.card_number, cpf(1), False, "24/03/1950", PASSWORD, PASSWORD)
RESET = ResetForm(WHO.card_number, cpf(1), "24/03/1950", PASSWORD, PASSWORD)


@pytest.fixture
def go() -> Event:
    return Event()


@pytest.fixture
def stranger(tools: Tools) -> Tools:
    """A device that never heard from the registry."""
    with tools.outbox.engine.begin() as connection:
        connection.execute(text("DELETE FROM meta WHERE key = 'registry_keys'"))
    return replace(tools, keys=RegistryKeys(tools.outbox.engine), answer_wait_seconds=0.0)


def raw(folder: Path) -> bytes:
    """Return every byte of a store, its log and its backups."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.name == FILE_NAME for file in files)
    return b"".join(file.read_bytes() for file in files)


def test_the_raw_store_holds_nothing_that_was_typed(
    tools: Tools, go: Event, tmp_path: Path
) -> None:
    waiting = replace(tools, answer_wait_seconds=0.0)
    assert isinstance(register(waiting, FORM, go), Waiting)
    assert isinstance(reset_password(waiting, RESET, go), Waiting)
    assert tools.outbox.counts() == OutboxCounts(2, 0)
    content = raw(tmp_path)
    # What is there in clear, so that the search is seen to find something.
    assert b"register" in content
    marked = (PASSWORD, "$argon2id", WHO.card_number, cpf(1), "1950-03-24", "24/03/1950")
    assert [one for one in marked if one.encode() in content] == []


def test_a_parked_wish_that_is_sent_again_opens(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    registry.unreadable = lambda _: True
    answer = register(replace(tools, answer_wait_seconds=0.0), FORM, go)
    assert isinstance(answer, Waiting)
    tools.outbox.claim(0, limit=1, max_bytes=10**6)
    with tools.outbox.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET parked_reason = 'not_understood'"))
    registry.unreadable = lambda _: False
    send_again(tools, answer.receipt)
    told = Event()
    tools.worker.watch(lambda: told.set() if registry.effects else None)
    tools.worker.start()
    assert told.wait(10)
    assert registry.people["P1"].origin == "app_2024"


@pytest.mark.parametrize("failure", [Unreachable("x"), NotAuthorised(), NotUnderstood(422)])
def test_without_a_key_nothing_is_taken_in_or_asked(
    stranger: Tools, registry: FakeRegistry, go: Event, failure: Exception
) -> None:
    for _ in range(3):
        registry.failures.append(failure)
    assert register(stranger, FORM, go) == NoKey()
    assert reset_password(stranger, RESET, go) == NoKey()
    assert sign_in(stranger, SignInForm(WHO.card_number, PASSWORD), go) == NeedsLine()
    assert stranger.outbox.counts() == OutboxCounts(0, 0)
    assert not registry.failures


def test_a_key_that_is_not_known_yet_is_asked_for(
    stranger: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    assert isinstance(register(stranger, FORM, go), Waiting)
    assert stranger.keys.current() is not None


def test_cancelled_while_a_key_is_asked_for(
    stranger: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.failures.extend([Unreachable("x")] * 2)
    asked = FailingLate(go)
    late = replace(stranger, registry=asked)  # type: ignore[arg-type]
    assert register(late, FORM, go) == Cancelled()
    go.clear()
    assert sign_in(late, SignInForm(WHO.card_number, PASSWORD), go) == Cancelled()


class FailingLate(FakeRegistry):
    """Fails when the person has given up."""

    def __init__(self, cancelled: Event) -> None:
        super().__init__()
        self._cancelled = cancelled

    def _fail(self, asks: str | None = None) -> None:
        self._cancelled.set()
        raise Unreachable("x")


def test_what_was_sealed_is_understood(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(WHO, PASSWORD)
    tools.worker.start()
    assert isinstance(register(tools, FORM, go), Decided)
    assert isinstance(sign_in(tools, SignInForm(cpf(1), PASSWORD), go), SignedIn)


@pytest.mark.parametrize("password", ["oito8888", "p" * 100, "", "\x01" * MAX_LENGTH])
def test_a_password_leaves_sealed_and_its_length_does_not_show(tools: Tools, password: str) -> None:
    key = known_key(tools)
    assert key is not None
    request = sealed_sign_in(tools, key, "52998224725", password)
    assert len(request.nonce) == 16
    assert (len(request.sealed) - 57) % 256 == 0
    assert len(request.sealed) <= MAX_SEALED_BYTES
    binding = sign_in_binding(tools.identity.code, request.nonce)
    opened = open_sealed(request.sealed, binding, {SEALING_KEY.id: PRIVATE_KEY}.get)
    assert msgspec.json.decode(opened, type=SignInBody) == SignInBody(
        identifier="52998224725", password=password
    )
    assert sealed_sign_in(tools, key, "1", password).nonce != request.nonce
