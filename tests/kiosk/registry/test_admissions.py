"""Who may ask what: signatures, clocks, replays and revocations, over the whole service."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from kiosk.domain.cards import CardFormat
from kiosk.registry.api import create_app
from kiosk.registry.device_lists import shut_out
from kiosk.registry.tables import DeviceState, device_keys, operations
from kiosk.wire import messages
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.enrolments import (
    CLOCK_PROBLEM,
    REPLAY_PROBLEM,
    REVOKED_PROBLEM,
    SIGNATURE_PROBLEM,
)
from kiosk.wire.gate_words import GateRequest
from kiosk.wire.messages import (
    Delivery,
    Message,
    OutcomesRequest,
    Problem,
    PullRequest,
    PushRequest,
    PushResponse,
    SealingKeyRequest,
    SnapshotPieceRequest,
    SnapshotRequest,
    encode,
)
from kiosk.wire.signatures import WINDOW_MS, new_nonce, sign
from tests.kiosk.registry.workbench import BORN, DAY_MS, DEVICE, Workbench
from tests.seals import SEALING_KEY, receipt_request, sign_in_request

PULL = PullRequest(device=DEVICE, after=None)
ASKED: dict[str, Message] = {
    messages.PULL_PATH: PULL,
    messages.SNAPSHOT_PATH: SnapshotRequest(device=DEVICE),
    messages.SNAPSHOT_PIECE_PATH: SnapshotPieceRequest(device=DEVICE, id="0", offset=0, length=1),
    messages.OUTCOMES_PATH: OutcomesRequest(device=DEVICE, operations=[]),
    messages.SEALING_KEY_PATH: SealingKeyRequest(device=DEVICE),
    messages.SIGN_IN_PATH: sign_in_request("?", "?", device=DEVICE),
    messages.RECEIPT_PATH: receipt_request("?", birth_date=BORN, device=DEVICE),
    messages.GATE_PATH: GateRequest(device=DEVICE, public_key=SEALING_KEY.public_key),
}
Send = Callable[..., httpx.Response]


@pytest.fixture
def app(registry: Workbench) -> FastAPI:
    return create_app(
        registry.engine,
        card_format=CardFormat(),
        sign_in_floor_seconds=0,
        hashes=registry.hashes,
        clock=registry.clock,
    )


@pytest.fixture
def key(registry: Workbench) -> DeviceKey:
    return registry.enrol(DEVICE)[DEVICE]


@pytest.fixture
def send(app: FastAPI) -> Send:
    def send(path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://r") as client:
                return await client.post(path, content=content, headers=headers)

        return asyncio.run(go())

    return send


@pytest.fixture
def ask(send: Send, key: DeviceKey, registry: Workbench) -> Send:
    """Send a message, signed as told."""

    def ask(
        path: str = messages.PULL_PATH,
        asked: Message = PULL,
        *,
        by: DeviceKey = key,
        off: int = 0,
        nonce: str | None = None,
    ) -> httpx.Response:
        content = encode(asked)
        digest = messages.content_digest(content)
        now = registry.clock.now + off
        return send(path, content, sign(by, "POST", path, digest, now, nonce or new_nonce()))

    return ask


def problem(response: httpx.Response, status: int) -> Problem:
    assert response.status_code == status
    decoded = msgspec.json.decode(response.content, type=Problem)
    said = response.headers[messages.DIGEST_HEADER]
    assert said == messages.content_digest(response.content)
    return decoded


@pytest.mark.parametrize("path", ASKED)
def test_nothing_is_answered_without_a_signature(send: Send, path: str) -> None:
    content = encode(ASKED[path])
    digest = {messages.DIGEST_HEADER: messages.content_digest(content)}
    assert problem(send(path, content, digest), 401).type == SIGNATURE_PROBLEM


def test_a_stranger_learns_nothing_of_the_clock(ask: Send) -> None:
    for off in (0, DAY_MS):
        said = problem(ask(by=make_key(), off=off), 401)
        assert (said.type, said.now) == (SIGNATURE_PROBLEM, None)


def test_a_body_is_not_read_before_its_signature(send: Send, key: DeviceKey) -> None:
    digest = messages.content_digest(b"{")
    headers = sign(make_key(), "POST", messages.PULL_PATH, digest, 0, new_nonce())
    assert problem(send(messages.PULL_PATH, b"{", headers), 401).type == SIGNATURE_PROBLEM


@pytest.mark.parametrize("off", [-WINDOW_MS, WINDOW_MS, 0])
def test_a_clock_may_be_a_little_off(ask: Send, registry: Workbench, off: int) -> None:
    registry.clock.now += DAY_MS
    assert ask(off=off).status_code == 200


@pytest.mark.parametrize("off", [-WINDOW_MS - 1000, WINDOW_MS + 1000, 365 * DAY_MS, -(10**12)])
def test_a_wrong_clock_is_told_the_right_time(ask: Send, registry: Workbench, off: int) -> None:
    registry.clock.now += DAY_MS
    said = problem(ask(off=off), 401)
    assert (said.type, said.now) == (CLOCK_PROBLEM, registry.clock.now)


def test_what_was_signed_before_anything_was_remembered_is_too_early(ask: Send) -> None:
    assert problem(ask(off=-1000), 401).type == CLOCK_PROBLEM


def test_a_request_is_carried_out_once(ask: Send, registry: Workbench) -> None:
    nonce = new_nonce()
    assert ask(nonce=nonce).status_code == 200
    assert problem(ask(nonce=nonce), 401).type == REPLAY_PROBLEM
    # However it is dressed: the nonce is the key's, not the request's.
    other = ASKED[messages.OUTCOMES_PATH]
    again = ask(messages.OUTCOMES_PATH, other, nonce=nonce)
    assert problem(again, 401).type == REPLAY_PROBLEM
    registry.clock.now += WINDOW_MS
    assert problem(ask(nonce=nonce, off=-WINDOW_MS), 401).type == REPLAY_PROBLEM


def test_a_captured_request_is_too_old_when_its_nonce_is_forgotten(
    send: Send, key: DeviceKey, registry: Workbench
) -> None:
    content = encode(PULL)
    digest = messages.content_digest(content)
    headers = sign(key, "POST", messages.PULL_PATH, digest, registry.clock.now, new_nonce())
    assert send(messages.PULL_PATH, content, headers).status_code == 200
    for minutes in (1, 4, 6, 20, 60):
        registry.clock.now += minutes * 60_000
        assert send(messages.PULL_PATH, content, headers).status_code == 401


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
@pytest.mark.parametrize("path", ASKED)
def test_a_device_without_access_is_refused_at_once(
    ask: Send, registry: Workbench, path: str, state: DeviceState
) -> None:
    assert ask().status_code == 200
    shut_out(registry.engine, DEVICE, state, registry.clock.now)
    assert problem(ask(path, ASKED[path]), 403).type == REVOKED_PROBLEM


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
@pytest.mark.parametrize("acted_now", [True, False])
def test_what_a_device_without_access_delivers_is_kept_aside(
    ask: Send, registry: Workbench, state: DeviceState, acted_now: bool
) -> None:
    registry.add_person()
    first, late = registry.message(), registry.message()
    shut_out(registry.engine, DEVICE, state, registry.clock.now)
    batch = [Delivery(operation=one, acted_now=acted_now) for one in (first, late)]
    response = ask(messages.PUSH_PATH, PushRequest(device=DEVICE, deliveries=batch))
    answers = msgspec.json.decode(response.content, type=PushResponse).answers
    said = {(one.outcome, one.reason, one.found) for one in answers}
    assert said == {("quarantined", "device_revoked", None)}
    assert registry.account().person.origin == "none"
    # A supervisor sees of whom it speaks.
    assert {row["person_id"] for row in registry.rows(operations)} == {"P1"}


def test_what_was_decided_before_a_theft_stays(ask: Send, registry: Workbench) -> None:
    registry.add_person()
    asked = PushRequest(device=DEVICE, deliveries=[Delivery(operation=registry.message())])
    (first,) = _answers(ask(messages.PUSH_PATH, asked))
    shut_out(registry.engine, DEVICE, DeviceState.STOLEN, registry.clock.now)
    (again,) = _answers(ask(messages.PUSH_PATH, asked))
    assert (first.outcome, again.outcome, again.duplicate) == ("accepted", "accepted", True)


def _answers(response: httpx.Response) -> list[Any]:
    return list(msgspec.json.decode(response.content, type=PushResponse).answers)


def test_the_first_use_of_a_key_is_noted(ask: Send, registry: Workbench) -> None:
    (before,) = registry.rows(device_keys)
    ask()
    (after,) = registry.rows(device_keys)
    assert (before["first_used_at"], after["first_used_at"]) == (None, registry.clock.now)
    assert after["valid_until"] is None


def test_a_first_use_waits_for_no_writer(ask: Send, registry: Workbench) -> None:
    with registry.engine.begin():
        assert ask().status_code == 200
    assert registry.rows(device_keys)[0]["first_used_at"] is None
    assert ask().status_code == 200
    assert registry.rows(device_keys)[0]["first_used_at"] is not None
