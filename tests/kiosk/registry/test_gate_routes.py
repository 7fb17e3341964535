import asyncio
import sqlite3
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text, update

from kiosk.domain.cards import CardFormat
from kiosk.domain.gates import DESK_FACE, Gate
from kiosk.domain.operations import OperationKind
from kiosk.registry.api import REFUSAL_FLOOR_SECONDS, create_app
from kiosk.registry.policies import Policies
from kiosk.registry.releases import Releases
from kiosk.registry.tables import DeviceState, audit, devices, outgoing
from kiosk.sync.signers import RequestSigner
from kiosk.wire import messages
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.enrolments import DEVICE_PROBLEM, REVOKED_PROBLEM
from kiosk.wire.messages import (
    CodeBody,
    CodeRequest,
    CodeResponse,
    Delivery,
    Problem,
    PushRequest,
    PushResponse,
    ReleaseBody,
    ReleaseRequest,
    ReleaseResponse,
    encode,
)
from tests import seals
from tests.kiosk.registry.workbench import BORN, CPFS, DEVICE, OTHER_DEVICE, Workbench

DESK = "DESK00"
STRANGER = "000000"
POLICIES = Policies({DEVICE: Gate.EMAIL_CODE, OTHER_DEVICE: Gate.ATTENDANT})
Call = Callable[..., httpx.Response]
PERSON: dict[str, Any] = {
    "identifier_kind": "card",
    "identifier": "000000000001",
    "cpf": CPFS[0],
    "birth_date": BORN,
}


@pytest.fixture
def keys(registry: Workbench) -> dict[str, DeviceKey]:
    known = registry.enrol(DEVICE, OTHER_DEVICE) | registry.enrol(DESK, face=DESK_FACE)
    return known | {STRANGER: make_key()}


@pytest.fixture
def call(registry: Workbench, keys: dict[str, DeviceKey]) -> Call:
    """Send a request, signed by the device it names unless another is given."""
    app = create_app(
        registry.engine,
        card_format=CardFormat(),
        sign_in_floor_seconds=0,
        policies=POLICIES,
        hashes=registry.hashes,
        clock=registry.clock,
    )

    def call(path: str, asked: Any, signed_by: str | None = None) -> httpx.Response:
        signer = RequestSigner(keys[signed_by or asked.device], registry.clock)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            body = encode(asked)
            said = signer.sign("POST", path, messages.content_digest(body))
            async with httpx.AsyncClient(transport=transport, base_url="http://r") as client:
                return await client.post(path, content=body, headers=said)

        return asyncio.run(send())

    return call


def code_request(**other: Any) -> CodeRequest:
    return seals.code_request(CodeBody(**({"purpose": "reset"} | PERSON | other)), device=DEVICE)


def release_request(**other: Any) -> ReleaseRequest:
    device = other.pop("device", DESK)
    return seals.release_request(release_body(**other), device=device)


def release_body(**other: Any) -> ReleaseBody:
    values: dict[str, Any] = {"kiosk": OTHER_DEVICE, "purpose": "reset", "cpf": CPFS[0]}
    return ReleaseBody(**(values | other))


def test_a_request_for_a_code_is_answered_alike_whoever_is_named(
    registry: Workbench, call: Call
) -> None:
    registry.add_person(origin="app_2024", email="joana@exemplo.br")
    answers = []
    for asked in (code_request(), code_request(birth_date=date(1951, 1, 1))):
        began = time.monotonic()
        answers.append(call(messages.CODE_PATH, asked))
        assert time.monotonic() - began >= REFUSAL_FLOOR_SECONDS
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert msgspec.json.decode(answers[0].content, type=CodeResponse).gate == "email_code"
    assert len(registry.rows(outgoing)) == 1


@pytest.mark.parametrize(
    "other",
    [{"purpose": "set_email"}, {"purpose": ""}, {"identifier_kind": "cpf"}],
)
def test_what_is_no_request_for_a_code_is_not_understood(call: Call, other: dict[str, Any]) -> None:
    assert call(messages.CODE_PATH, code_request(**other)).status_code == 422


def test_a_desk_gives_a_code_that_its_kiosk_takes(registry: Workbench, call: Call) -> None:
    registry.add_person(origin="app_2024")
    answer = call(messages.RELEASE_PATH, release_request())
    given = msgspec.json.decode(answer.content, type=ReleaseResponse)
    assert given.valid_minutes == 10
    assert given.code not in repr(given)
    body = registry.credential(code=given.code.lower())
    message = registry.message(OperationKind.RESET, body, OTHER_DEVICE)
    push = PushRequest(
        device=OTHER_DEVICE, deliveries=[Delivery(operation=message, acted_now=True)]
    )
    pushed = msgspec.json.decode(call(messages.PUSH_PATH, push).content, type=PushResponse)
    assert [one.outcome for one in pushed.answers] == ["accepted"]


def test_a_person_without_cpf_is_named_by_card(registry: Workbench, call: Call) -> None:
    registry.add_person(cpf=None)
    asked = release_request(purpose="register", cpf=None, card_number="000000000001")
    given = msgspec.json.decode(call(messages.RELEASE_PATH, asked).content, type=ReleaseResponse)
    body = registry.credential(cpf=None, code=given.code)
    push = PushRequest(
        device=OTHER_DEVICE,
        deliveries=[Delivery(operation=registry.message("register", body, OTHER_DEVICE))],
    )
    pushed = msgspec.json.decode(call(messages.PUSH_PATH, push).content, type=PushResponse)
    assert [one.outcome for one in pushed.answers] == ["accepted"]


@pytest.mark.parametrize("device", [DEVICE, OTHER_DEVICE])
def test_who_was_not_enrolled_as_a_desk_gives_none(call: Call, device: str) -> None:
    assert call(messages.RELEASE_PATH, release_request(device=device)).status_code == 403


def stand_of(registry: Workbench, device: str, **values: Any) -> None:
    with registry.engine.begin() as connection:
        connection.execute(update(devices).where(devices.c.device == device).values(**values))


def given_codes(registry: Workbench) -> list[dict[str, Any]]:
    return [row for row in registry.rows(audit) if row["what"] == "release_code_given"]


@pytest.mark.parametrize("state", sorted(set(DeviceState) - {DeviceState.ACTIVE}))
def test_no_code_is_given_for_a_kiosk_that_has_no_access(
    registry: Workbench, call: Call, state: DeviceState
) -> None:
    stand_of(registry, OTHER_DEVICE, state=state)
    assert call(messages.RELEASE_PATH, release_request()).status_code == 403
    assert given_codes(registry) == []


def test_no_code_is_given_for_a_kiosk_that_nobody_knows(registry: Workbench, call: Call) -> None:
    assert call(messages.RELEASE_PATH, release_request(kiosk=STRANGER)).status_code == 403
    assert given_codes(registry) == []


def test_no_code_is_given_for_a_kiosk_of_another_site(registry: Workbench, call: Call) -> None:
    stand_of(registry, OTHER_DEVICE, site="Outra unidade")
    assert call(messages.RELEASE_PATH, release_request()).status_code == 403
    assert given_codes(registry) == []


@pytest.mark.parametrize(
    ("other", "person_id"),
    [
        ({}, "P1"),
        ({"cpf": None, "card_number": "000000000001"}, "P1"),
        ({"cpf": CPFS[1]}, None),
    ],
)
def test_who_gave_a_code_for_which_kiosk_stands_in_the_audit(
    registry: Workbench, call: Call, other: dict[str, Any], person_id: str | None
) -> None:
    registry.add_person()
    assert call(messages.RELEASE_PATH, release_request(**other)).status_code == 200
    (given,) = given_codes(registry)
    assert (given["device"], given["person_id"]) == (DESK, person_id)
    assert given["detail"] == f"kiosk={OTHER_DEVICE} purpose=reset"
    assert given["at"] == registry.clock.now
    assert not any(cpf in str(given) for cpf in CPFS)


def test_no_code_leaves_without_its_line_in_the_audit(
    registry: Workbench, keys: dict[str, DeviceKey]
) -> None:
    assert DESK in keys
    with registry.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
    releases = Releases(registry.engine, registry.keys, registry.times, POLICIES)
    with pytest.raises(sqlite3.OperationalError):
        releases.give(DESK, release_body())


@pytest.mark.parametrize("path", [messages.CODE_PATH, messages.RELEASE_PATH])
def test_nothing_is_asked_in_the_name_of_another_device(
    registry: Workbench, call: Call, path: str
) -> None:
    registry.add_person(origin="app_2024", email="joana@exemplo.br")
    asked = code_request() if path == messages.CODE_PATH else release_request()
    answer = call(path, asked, signed_by=OTHER_DEVICE)
    assert answer.status_code == 403
    assert msgspec.json.decode(answer.content, type=Problem).type == DEVICE_PROBLEM
    assert registry.rows(outgoing) == []


@pytest.mark.parametrize("path", [messages.CODE_PATH, messages.RELEASE_PATH])
def test_a_stolen_device_is_given_no_code(registry: Workbench, call: Call, path: str) -> None:
    registry.add_person(origin="app_2024", email="joana@exemplo.br")
    with registry.engine.begin() as connection:
        connection.execute(update(devices).values(state=DeviceState.STOLEN))
    asked = code_request() if path == messages.CODE_PATH else release_request()
    answer = call(path, asked)
    assert answer.status_code == 403
    assert msgspec.json.decode(answer.content, type=Problem).type == REVOKED_PROBLEM
    assert registry.rows(outgoing) == []


@pytest.mark.parametrize("path", [messages.CODE_PATH, messages.RELEASE_PATH])
def test_who_does_not_sign_is_given_no_code(call: Call, path: str) -> None:
    asked = code_request() if path == messages.CODE_PATH else release_request()
    assert call(path, asked, signed_by=STRANGER).status_code == 401


@pytest.mark.parametrize("other", [{"purpose": "set_email"}, {"kiosk": "?"}, {"cpf": None}])
def test_a_code_for_nothing_is_not_understood(call: Call, other: dict[str, Any]) -> None:
    assert call(messages.RELEASE_PATH, release_request(**other)).status_code == 422


def test_the_requests_show_nobody() -> None:
    for asked in (CodeBody(purpose="reset", **PERSON), release_body()):
        assert CPFS[0] not in repr(asked)
