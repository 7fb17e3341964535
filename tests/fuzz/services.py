"""What comes in over the line, with everything behind it: service, and store of a device."""

import asyncio
import logging
import threading
from contextlib import ExitStack
from random import Random
from typing import Any
from unittest import mock

import msgspec
from fastapi import FastAPI

from kiosk.domain.cards import CardFormat
from kiosk.registry import api
from kiosk.registry.databases import default_url, open_database
from kiosk.store.account_copies import AccountCopy
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller
from kiosk.sync.pushes import Pusher
from kiosk.sync.signers import RequestSigner
from kiosk.wire import enrolments, messages
from kiosk.wire.enrolments import EnrolRequest, RenewRequest
from kiosk.wire.gate_words import GateRequest
from kiosk.wire.messages import (
    CodeBody,
    OutcomesRequest,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReleaseBody,
    SealingKeyRequest,
    SignInRequest,
    SnapshotPieceRequest,
    SnapshotRequest,
    content_digest,
    encode,
)
from tests.factories import new_operation, person
from tests.fakes import FakeClock, FakeRegistry
from tests.fuzz.choices import SEPARATOR, Choices
from tests.fuzz.targets import Check, Target, new_folder
from tests.kiosk.registry.workbench import BORN, DEVICE, Workbench
from tests.seals import DEVICE as SEALING_DEVICE
from tests.seals import code_request, receipt_request, release_request

_PATHS = (
    messages.PUSH_PATH,
    messages.PULL_PATH,
    messages.SNAPSHOT_PATH,
    messages.SNAPSHOT_PIECE_PATH,
    messages.OUTCOMES_PATH,
    messages.SIGN_IN_PATH,
    messages.SEALING_KEY_PATH,
    messages.RECEIPT_PATH,
    messages.CODE_PATH,
    messages.RELEASE_PATH,
    messages.HEALTH_PATH,
    enrolments.ENROL_PATH,
    enrolments.RENEW_PATH,
    enrolments.LOOK_PATH,
    messages.GATE_PATH,
    "/openapi.json",
    "/v1/other",
)
_METHODS = ("POST", "POST", "POST", "GET", "HEAD", "PUT")
_FORESEEN = frozenset({200, 400, 401, 403, 404, 405, 409, 410, 413, 422, 429})
_ID = b"$ID"
"""In an answer, stands for the operation that is asked about."""


class _Service:
    """The registry's service in this process, asked without a line."""

    def __init__(self, registry: Workbench, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        self._registry = registry
        self._app = app
        self._loop = loop
        self._signer = RequestSigner(registry.enrol(DEVICE)[DEVICE], registry.clock)

    def check(self, data: bytes) -> None:
        choices = Choices(data)
        path, method = choices.pick(_PATHS), choices.pick(_METHODS)
        oddity = choices.byte()
        more, body = choices.pieces(2)
        # Time goes on, so that nothing of before is held against whoever asks.
        self._registry.pass_by(900)
        heads = self._signer.sign(method, path, content_digest(body))
        if oddity % 8 == 1:
            heads = {"content-digest": content_digest(body)}
        elif oddity % 8 == 2:
            heads["signature-input"] = more.decode("latin-1")
        elif oddity % 8 == 3:
            heads["content-digest"] = more.decode("latin-1")
        query = more if oddity % 8 == 4 else b""
        status, answered, content = self._loop.run_until_complete(
            self._asked(method, path, query, heads, body)
        )
        assert status in _FORESEEN, status
        is_document = path == "/openapi.json" and status == 200
        said = answered.get(b"content-digest", b"").decode()
        assert is_document or said == content_digest(content)
        if status != 200 and method != "HEAD":
            problem = msgspec.json.decode(content, type=messages.Problem)
            assert problem.status == status

    async def _asked(
        self, method: str, path: str, query: bytes, heads: dict[str, str], body: bytes
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in heads.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        head = dict(sent[0]["headers"])
        return sent[0]["status"], head, b"".join(one.get("body", b"") for one in sent[1:])


def _requests(stack: ExitStack) -> Check:
    # Nobody waits here so that a stranger cannot tell one no from another.
    stack.enter_context(mock.patch.object(api, "REFUSAL_FLOOR_SECONDS", 0.0))
    _quiet(stack)
    engine = open_database(default_url(new_folder(stack)))
    stack.callback(engine.dispose)
    registry = Workbench(engine)
    registry.add_person(password="uma senha", origin="app_2024")
    app = api.create_app(
        engine,
        card_format=CardFormat(),
        sign_in_floor_seconds=0.0,
        hashes=registry.hashes,
        clock=registry.clock,
        monotonic=lambda: registry.seconds,
    )
    loop = asyncio.new_event_loop()
    stack.callback(loop.close)
    stack.callback(lambda: loop.run_until_complete(loop.shutdown_default_executor()))
    stack.callback(_wait_for_snapshots)
    return _Service(registry, app, loop).check


def _wait_for_snapshots() -> None:
    """Let what was asked for be made, before the folder is gone in which it is made."""
    for thread in threading.enumerate():
        if thread.name == "snapshot":
            thread.join(60.0)


def _nothing(_: logging.LogRecord) -> bool:
    return False


class _Telling(FakeRegistry):
    """Says what it was told to say."""

    page = PullResponse(changes=[], cursor="c", more=False)
    told = PushResponse(answers=[])

    def pull(self, request: PullRequest) -> PullResponse:
        assert request.device == SEALING_DEVICE
        return self.page

    def push(self, request: PushRequest) -> PushResponse:
        assert request.device == SEALING_DEVICE
        return self.told


class _Device:
    """A device's store, pulling and pushing, and a registry that may say anything."""

    def __init__(self, stack: ExitStack) -> None:
        folder = new_folder(stack)
        store = open_store(folder)
        stack.callback(store.dispose)
        self.copy = AccountCopy(folder)
        stack.callback(self.copy.close)
        self.registry = _Telling()
        self.clock = FakeClock()
        self.outbox = Outbox(store, SEALING_DEVICE, self.copy.cursor)
        self.puller = Puller(
            self.copy, self.outbox, self.registry, SEALING_DEVICE, self.clock, Pacer(Random(1))
        )
        stack.callback(self.puller.close)
        self.pusher = Pusher(
            self.outbox,
            self.registry,
            SEALING_DEVICE,
            self.clock,
            lambda _: None,
            Pacer(Random(1)),
        )
        stack.callback(self.pusher.close)
        self._count = 0

    def check_page(self, data: bytes) -> None:
        if _ID in data:
            data = data.replace(_ID, self._recorded())
        page = _decoded(data, PullResponse)
        if page is None:
            return
        self.registry.page = page
        assert self.puller.pull_once().has_more == page.more
        assert self.copy.cursor() == page.cursor
        # However often it comes, it is the same.
        size = self.copy.size()
        self.puller.pull_once()
        assert self.copy.size() == size

    def check_answer(self, data: bytes) -> None:
        if _decoded(data, PushResponse) is None:
            return
        told = _decoded(data.replace(_ID, self._recorded()), PushResponse)
        self.registry.told = told
        parked = self.outbox.counts().parked
        done = self.pusher.push_once()
        assert len(done.tried) == 1
        assert {one.outcome for one in done.settled} <= {"accepted", "rejected", "quarantined"}
        # It has an answer, or it waits for a person to look at it: never lost, nor sent for ever.
        after = self.outbox.counts()
        assert after.waiting == after.parked
        assert len(done.settled) + after.parked == 1 + parked

    def _recorded(self) -> bytes:
        """Record an operation of somebody new; return its id."""
        self._count += 1
        new = new_operation(person(self._count))
        self.outbox.record(new)
        return new.id.hex.encode()


def _decoded(data: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _pages(stack: ExitStack) -> Check:
    return _Device(stack).check_page


def _push_answers(stack: ExitStack) -> Check:
    _quiet(stack)
    return _Device(stack).check_answer


def _quiet(stack: ExitStack) -> None:
    """Let nothing be logged of what is provoked here."""
    for name in ("kiosk.sync.pushes", "kiosk.registry.problems"):
        logger = logging.getLogger(name)
        logger.addFilter(_nothing)
        stack.callback(logger.removeFilter, _nothing)


_ACCOUNT = b'{"type":"account","ref":"00","status":"active","origin":"none","email":"none"}'
_OUTCOME = (
    b'{"type":"outcome","operation":"$ID","outcome":"rejected","reason":"stale","decided_at":1,'
    b'"found":{"origin":"portal","status":"active"}}'
)
_ANSWER = b'{"id":"$ID","outcome":"accepted","reason":null,"decided_at":1}'
_BODIES = (
    encode(PushRequest(device=DEVICE, deliveries=[])),
    encode(PullRequest(device=DEVICE, after=None, digests=1)),
    encode(SnapshotRequest(device=DEVICE)),
    encode(SnapshotPieceRequest(device=DEVICE, id="0" * 32, offset=2**63, length=1)),
    encode(OutcomesRequest(device=DEVICE, operations=["0" * 32, "x"])),
    encode(SignInRequest(device=DEVICE, nonce=b"1", sealed=b"2")),
    encode(SealingKeyRequest(device=DEVICE)),
    encode(receipt_request("x", card_number="1", device=DEVICE)),
    encode(
        code_request(
            CodeBody(
                purpose="reset",
                identifier_kind="card",
                identifier="000000000001",
                cpf=None,
                birth_date=BORN,
            ),
            device=DEVICE,
        )
    ),
    encode(
        release_request(
            ReleaseBody(kiosk="AAAAAA", purpose="reset", cpf="52998224725"), device=DEVICE
        )
    ),
    b"",
    encode(EnrolRequest(code="0" * 28, public_key=bytes(32), device=None)),
    encode(RenewRequest(device=DEVICE, public_key=bytes(32), proof=bytes(64))),
    encode(EnrolRequest(code="0" * 28, public_key=bytes(31), device=DEVICE)),
    encode(GateRequest(device=DEVICE, public_key=bytes(32))),
)

TARGETS = (
    Target(
        "requests",
        _requests,
        (
            *(bytes((place, 0, 0)) + SEPARATOR + body for place, body in enumerate(_BODIES)),
            bytes((1, 0, 3)) + b"sha-256=:AA==:" + SEPARATOR + _BODIES[1],
            bytes((1, 0, 4)) + b"a=%ff" + SEPARATOR + _BODIES[1],
            bytes((1, 0, 0)) + SEPARATOR + b'{"device":' + b"[" * 2000,
            bytes((10, 3, 0)),
        ),
        words=(b"null", b"-1", b"9223372036854775808", b'"\\u0000"', DEVICE.encode()),
        longest=4096,
    ),
    Target(
        "pages",
        _pages,
        (
            b'{"changes":[' + _ACCOUNT + b"," + _OUTCOME + b'],"cursor":"c","more":true}',
            b'{"changes":[],"cursor":"\\u0000","more":false,"now":1700000000000}',
        ),
        words=(b"$ID", b"withdrawn", b"replaced", b"quarantined"),
    ),
    Target(
        "push-answers",
        _push_answers,
        (
            b'{"answers":[' + _ANSWER + b"]}",
            b'{"answers":[' + _ANSWER + b"," + _ANSWER.replace(b"null", b'"stale"') + b"]}",
            b'{"answers":['
            + _ANSWER.replace(b"accepted", b"withdrawn").replace(b"null", b'"stale"')
            + b"]}",
            b'{"answers":[]}',
        ),
        words=(b"$ID", b"withdrawn", b"replaced", b"quarantined", b"stale"),
    ),
)
