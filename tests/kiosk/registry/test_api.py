import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI
from passlib.hash import bcrypt  # type: ignore[import-untyped]
from sqlalchemy import event, text

from kiosk.domain.cards import CardFormat
from kiosk.registry.api import REFUSAL_FLOOR_SECONDS, create_app
from kiosk.registry.tables import devices, operations
from kiosk.sync.signers import RequestSigner
from kiosk.wire import messages
from kiosk.wire.enrolments import DEVICE_PROBLEM, ENROL_PATH, LOOK_PATH, RENEW_PATH
from kiosk.wire.key_announcements import verified
from kiosk.wire.messages import (
    Delivery,
    Health,
    KeyAnnouncement,
    Message,
    OutcomesRequest,
    Problem,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptResponse,
    SealingKeyRequest,
    SignInResponse,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
    encode,
)
from kiosk.wire.sealed_bodies import SealingKey
from tests.kiosk.registry.workbench import (
    BORN,
    DEVICE,
    OTHER_DEVICE,
    Workbench,
    altered,
    fill_up,
)
from tests.log_lines import lines_of
from tests.seals import SEALING_KEY, receipt_request, sealed, sign_in_request

FLOOR = 0.02
Call = Callable[..., httpx.Response]


@pytest.fixture
def app(registry: Workbench) -> FastAPI:
    return create_app(
        registry.engine,
        card_format=CardFormat(),
        sign_in_floor_seconds=FLOOR,
        hashes=registry.hashes,
        clock=registry.clock,
    )


@pytest.fixture
def pull(call: "Call") -> Callable[..., PullResponse]:
    def pull(**more: Any) -> PullResponse:
        answer = call("POST", messages.PULL_PATH, PullRequest(device=DEVICE, after=None, **more))
        assert answer.status_code == 200
        return msgspec.json.decode(answer.content, type=PullResponse)

    return pull


@pytest.fixture
def call(app: FastAPI, registry: Workbench) -> Call:
    """Send a request, signed by ``DEVICE`` unless its headers are given."""
    signer = RequestSigner(registry.enrol(DEVICE)[DEVICE], registry.clock)

    def call(
        method: str, path: str, content: Any = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://r") as client:
                body = encode(content) if isinstance(content, Message) else content
                said = headers
                if said is None and isinstance(body, bytes):
                    said = signer.sign(method, path, messages.content_digest(body))
                return await client.request(method, path, content=body, headers=said)

        return asyncio.run(send())

    return call


def problem(response: httpx.Response) -> Problem:
    assert response.headers["content-type"] == "application/problem+json"
    decoded = msgspec.json.decode(response.content, type=Problem)
    assert decoded.status == response.status_code
    assert decoded.title
    return decoded


def push_of(*batch: messages.OperationMessage) -> PushRequest:
    return PushRequest(device=DEVICE, deliveries=[Delivery(operation=one) for one in batch])


def test_health_says_what_this_is(call: Call) -> None:
    response = call("GET", messages.HEALTH_PATH)
    assert response.status_code == 200
    health = msgspec.json.decode(response.content, type=Health)
    assert health == Health(service="kiosk-pas-registry", versions=[1])


def test_the_whole_way_of_an_operation(registry: Workbench, call: Call) -> None:
    registry.add_person()
    message = registry.message()
    pushed = call("POST", messages.PUSH_PATH, push_of(message))
    assert pushed.status_code == 200
    assert pushed.headers["content-type"] == "application/json"
    (answer,) = msgspec.json.decode(pushed.content, type=PushResponse).answers
    assert (answer.id, answer.outcome) == (message.id, "accepted")

    pulled = call("POST", messages.PULL_PATH, PullRequest(device=DEVICE, after=None))
    assert len(msgspec.json.decode(pulled.content, type=PullResponse).changes) == 2

    query = receipt_request(message.receipt, birth_date=BORN, device=DEVICE)
    found = call("POST", messages.RECEIPT_PATH, query)
    assert msgspec.json.decode(found.content, type=ReceiptResponse).outcome == "accepted"

    attempt = sign_in_request("000000000001", "uma senha nova", device=DEVICE)
    signed_in = call("POST", messages.SIGN_IN_PATH, attempt)
    decoded = msgspec.json.decode(signed_in.content, type=SignInResponse)
    assert decoded.result == "signed_in"
    assert decoded.account is not None


def test_an_answer_to_a_sign_in_waits_for_the_floor(call: Call) -> None:
    began = time.monotonic()
    answer = call("POST", messages.SIGN_IN_PATH, sign_in_request("?", "", device=DEVICE))
    assert time.monotonic() - began >= FLOOR
    assert answer.status_code == 200


def test_a_no_that_is_one_for_all_waits_for_its_floor(registry: Workbench, call: Call) -> None:
    deliveries = [Delivery(operation=registry.message(), acted_now=True)]
    began = time.monotonic()
    answer = call("POST", messages.PUSH_PATH, PushRequest(device=DEVICE, deliveries=deliveries))
    assert time.monotonic() - began >= REFUSAL_FLOOR_SECONDS
    (told,) = msgspec.json.decode(answer.content, type=PushResponse).answers
    assert told.reason == "identity_mismatch"


def test_an_old_hash_is_made_anew_behind_the_answer(registry: Workbench, call: Call) -> None:
    old = bcrypt.using(rounds=4).hash("a senha")
    registry.add_person(origin="portal", password_hash=old)
    attempt = sign_in_request("000000000001", "a senha", device=DEVICE)
    call("POST", messages.SIGN_IN_PATH, attempt)
    assert registry.hashes.is_current(registry.account().password_hash or "")


OTHERS = {messages.HEALTH_PATH, ENROL_PATH, LOOK_PATH, RENEW_PATH}
PATHS = [
    messages.PUSH_PATH,
    messages.PULL_PATH,
    messages.SIGN_IN_PATH,
    messages.RECEIPT_PATH,
    messages.SNAPSHOT_PATH,
    messages.SNAPSHOT_PIECE_PATH,
    messages.OUTCOMES_PATH,
    messages.CODE_PATH,
    messages.RELEASE_PATH,
    messages.SEALING_KEY_PATH,
    messages.GATE_PATH,
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff", b'{"device": 1}', b"null"])
def test_a_body_that_is_none_is_not_understood(call: Call, path: str, body: bytes) -> None:
    response = call("POST", path, body)
    assert response.status_code == 422
    assert problem(response).detail == "corpo"


@pytest.mark.parametrize("path", PATHS)
def test_a_body_is_read_up_to_its_greatest_size(call: Call, path: str) -> None:
    response = call("POST", path, b" " * (messages.MAX_BODY_BYTES + 1))
    assert response.status_code == 413
    problem(response)
    assert call("POST", path, b" " * messages.MAX_BODY_BYTES).status_code == 422


def test_a_body_without_length_is_bounded_too(call: Call) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(messages.MAX_BODY_BYTES // 65536 + 1):
            yield b" " * 65536

    said = {messages.DIGEST_HEADER: messages.content_digest(b"")}
    assert call("POST", messages.PUSH_PATH, pieces(), said).status_code == 413


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(call: Call, path: str, method: str) -> None:
    response = call(method, path)
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]
    problem(response)


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/operations", "/docs", "/v1/operations/1"])
def test_other_paths_are_unknown(call: Call, path: str) -> None:
    response = call("GET", path)
    assert response.status_code == 404
    problem(response)


def test_a_batch_has_a_greatest_size(registry: Workbench, call: Call) -> None:
    body = registry.credential()
    batch = [registry.message(body=body) for _ in range(messages.MAX_BATCH + 1)]
    response = call("POST", messages.PUSH_PATH, push_of(*batch))
    assert response.status_code == 413
    problem(response)
    assert call("POST", messages.PUSH_PATH, push_of(*batch[1:])).status_code == 200


def test_an_operation_that_cannot_be_read_is_named(registry: Workbench, call: Call) -> None:
    batch = push_of(registry.message(), registry.message("nada"))
    response = call("POST", messages.PUSH_PATH, batch)
    assert response.status_code == 422
    assert problem(response).detail == "operação 1: kind"


def test_a_body_that_does_not_open_is_named_with_its_key(
    registry: Workbench, call: Call, expected_stumbles: None
) -> None:
    registry.add_person()
    strange = SealingKey(X25519PrivateKey.generate().public_key().public_bytes_raw())
    message = registry.message()
    body = sealed(registry.credential(), message.id, device=DEVICE, key=strange)
    response = call("POST", messages.PUSH_PATH, push_of(altered(message, body=body)))
    assert response.status_code == 422
    assert problem(response).detail == f"operação 0: body (chave {strange.id.hex()})"
    clear = altered(message, body=registry.credential())
    response = call("POST", messages.PUSH_PATH, push_of(clear))
    assert (response.status_code, problem(response).detail) == (422, "operação 0: body")
    assert registry.rows(operations) == []


def test_a_sign_in_that_does_not_open_is_refused(call: Call, expected_stumbles: None) -> None:
    moved = sign_in_request("000000000001", "uma senha nova", device="9ZX4BC")
    moved = msgspec.structs.replace(moved, device=DEVICE)
    response = call("POST", messages.SIGN_IN_PATH, moved)
    assert response.status_code == 422
    assert problem(response).detail == f"sealed (chave {SEALING_KEY.id.hex()})"


def test_the_key_to_seal_to_comes_by_itself_and_with_every_pull(
    registry: Workbench, call: Call
) -> None:
    asked = call("POST", messages.SEALING_KEY_PATH, SealingKeyRequest(device=DEVICE))
    said = msgspec.json.decode(asked.content, type=KeyAnnouncement)
    assert verified(said, said.identity).public_key == SEALING_KEY.public_key
    pulled = call("POST", messages.PULL_PATH, PullRequest(device=DEVICE, after=None))
    assert msgspec.json.decode(pulled.content, type=PullResponse).sealing_key == said


def test_what_was_damaged_on_its_way_is_not_carried_out(registry: Workbench, call: Call) -> None:
    registry.add_person()
    sent = encode(push_of(registry.message()))
    damaged = sent.replace(b'"kind":"register"', b'"kind":"reset"')
    digest = messages.content_digest(sent)
    response = call("POST", messages.PUSH_PATH, damaged, {messages.DIGEST_HEADER: digest})
    assert response.status_code == 400
    problem(response)
    assert registry.rows(operations) == []
    whole = call("POST", messages.PUSH_PATH, sent)
    assert whole.status_code == 200
    said = whole.headers[messages.DIGEST_HEADER]
    assert said == messages.content_digest(whole.content)


def test_a_delivery_that_does_not_say_its_digest_is_not_carried_out(
    registry: Workbench, call: Call
) -> None:
    registry.add_person()
    response = call("POST", messages.PUSH_PATH, push_of(registry.message()), {})
    assert response.status_code == 400
    assert problem(response).detail == messages.DIGEST_HEADER
    assert registry.rows(operations) == []


@pytest.mark.parametrize("device", ["?", OTHER_DEVICE])
def test_a_request_that_names_another_device_is_refused(call: Call, device: str) -> None:
    for path, request in (
        (messages.PUSH_PATH, PushRequest(device=device, deliveries=[])),
        (messages.PULL_PATH, PullRequest(device=device, after=None)),
    ):
        response = call("POST", path, request)
        assert response.status_code == 403
        assert problem(response).type == DEVICE_PROBLEM


def test_a_foreign_cursor_is_gone(call: Call) -> None:
    response = call("POST", messages.PULL_PATH, PullRequest(device=DEVICE, after="nada"))
    assert response.status_code == 410
    problem(response)


def test_the_whole_way_of_a_snapshot(registry: Workbench, call: Call) -> None:
    registry.add_person()
    registry.snapshots.make()
    asked = call("POST", messages.SNAPSHOT_PATH, SnapshotRequest(device=DEVICE))
    told = msgspec.json.decode(asked.content, type=SnapshotResponse)
    assert told.ready
    piece = call("POST", messages.SNAPSHOT_PIECE_PATH, piece_of(told.id, 0, told.size))
    assert piece.headers["content-type"] == "application/octet-stream"
    assert len(piece.content) == told.size
    last = call("POST", messages.SNAPSHOT_PIECE_PATH, piece_of(told.id, told.size - 1))
    assert last.content == b"\n"


@pytest.mark.parametrize(
    ("offset", "length"),
    [(-1, 1), (0, 0), (0, -1), (0, messages.MAX_PIECE_BYTES + 1), (2**62, 1), (1000, 1)],
)
def test_senseless_pieces_are_not_understood(
    registry: Workbench, call: Call, offset: int, length: int
) -> None:
    registry.add_person()
    name = registry.snapshots.make().id
    response = call("POST", messages.SNAPSHOT_PIECE_PATH, piece_of(name, offset, length))
    assert response.status_code == 422
    problem(response)


@pytest.mark.parametrize("name", ["0" * 32, "../registry", ""])
def test_a_snapshot_that_is_not_there_is_gone(call: Call, name: str) -> None:
    response = call("POST", messages.SNAPSHOT_PIECE_PATH, piece_of(name, 0))
    assert response.status_code == 410
    problem(response)


def piece_of(name: str, offset: int, length: int = 1) -> SnapshotPieceRequest:
    return SnapshotPieceRequest(device=DEVICE, id=name, offset=offset, length=length)


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        ([], 200),
        (["0" * 32] * messages.MAX_OUTCOMES, 200),
        (["0" * 32] * (messages.MAX_OUTCOMES + 1), 413),
        (["0" * 31], 422),
    ],
)
def test_outcomes_are_asked_for_by_id(call: Call, operations: list[str], status: int) -> None:
    asked = OutcomesRequest(device=DEVICE, operations=operations)
    assert call("POST", messages.OUTCOMES_PATH, asked).status_code == status


@pytest.mark.usefixtures("expected_stumbles")
def test_a_full_disk_asks_for_patience(registry: Workbench, call: Call) -> None:
    registry.add_person()
    batch = push_of(*(registry.message("reset") for _ in range(100)))
    fill_up(registry)
    response = call("POST", messages.PUSH_PATH, batch)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    problem(response)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_busy_database_asks_for_patience(
    registry: Workbench, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    registry.add_person()
    registry.engine.dispose()

    def wait_for_nobody(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    event.listen(registry.engine, "connect", wait_for_nobody)
    batch = push_of(registry.message())
    with closing(sqlite3.connect(str(registry.engine.url.database))) as holder:
        holder.execute("BEGIN IMMEDIATE")
        response = call("POST", messages.PUSH_PATH, batch)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    problem(response)
    assert call("POST", messages.PUSH_PATH, batch).status_code == 200
    ours = [one.levelno for one in caplog.records if one.name.startswith("kiosk")]
    assert [level for level in ours if level > logging.INFO] == [logging.ERROR]


@pytest.mark.usefixtures("expected_stumbles")
def test_a_fault_is_answered_and_logged_without_what_was_sent(
    registry: Workbench, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    registry.add_person()
    message = registry.message()
    with registry.engine.begin() as connection:
        connection.execute(text("UPDATE people SET birth_date = '24/03/1950'"))
    response = call("POST", messages.PUSH_PATH, push_of(message))
    assert response.status_code == 500
    told = problem(response)
    assert told.detail is None
    (record,) = (one for one in caplog.records if one.name.startswith("kiosk"))
    told_log = lines_of([record])
    assert "ValueError" in told_log
    for part in ("24/03/1950", "000000000001", "Joana"):
        assert part not in told_log
        assert part not in response.text
    assert record.exc_info is None
    assert registry.rows(operations) == []


def test_problems_repeat_nothing_of_what_was_sent(call: Call) -> None:
    body = json.dumps({"device": "segredo", "identifier": 5, "password": "segredo"}).encode()
    assert "segredo" not in call("POST", messages.SIGN_IN_PATH, body).text


def test_the_document_names_every_message_it_refers_to(call: Call) -> None:
    response = call("GET", "/openapi.json")
    document = response.json()
    assert set(document["paths"]) == {*PATHS, *OTHERS}
    named = set(re.findall(r"#/components/schemas/(\w+)", response.text))
    assert {"PushRequest", "Delivery", "AccountChange", "Problem"} <= named
    assert named <= set(document["components"]["schemas"])
    pushed = document["paths"][messages.PUSH_PATH]["post"]
    problems = {"400", "401", "403", "413", "422", "500", "503"}
    assert set(pushed["responses"]) == {"200", *problems}


def test_a_pull_tells_each_side_the_others_time(
    registry: Workbench, pull: Callable[..., PullResponse]
) -> None:
    answer = pull(sent_at=registry.clock.now + 7000)
    assert answer.now == registry.clock.now
    (row,) = registry.rows(devices)
    assert (row["heard_at"], row["skew_ms"]) == (registry.clock.now, 7000)


def test_a_note_that_fails_does_not_fail_the_pull(
    registry: Workbench, pull: Callable[..., PullResponse]
) -> None:
    with registry.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER refusing BEFORE UPDATE ON devices"
                " BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        )
    assert pull(sent_at=5).now == registry.clock.now


def test_a_pull_does_not_wait_for_a_writer(
    registry: Workbench, pull: Callable[..., PullResponse]
) -> None:
    with registry.engine.begin():
        assert pull(sent_at=5).now == registry.clock.now
        assert registry.rows(devices)[0]["heard_at"] is None
    pull(sent_at=5)
    assert registry.rows(devices)[0]["heard_at"] == registry.clock.now


@pytest.mark.parametrize("sent_at", [-1, 10**18, "noon"])
def test_a_time_that_is_none_is_refused(call: Call, sent_at: object) -> None:
    body = json.dumps({"device": DEVICE, "after": None, "sent_at": sent_at}).encode()
    assert call("POST", messages.PULL_PATH, body).status_code == 422
