"""What registry and device say to each other, in both directions."""

import json
from contextlib import ExitStack

import httpx
import msgspec

from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import (
    CursorGone,
    EnrolmentRefused,
    NotAuthorised,
    NotUnderstood,
    SnapshotGone,
    Unreachable,
)
from kiosk.sync.signers import RequestSigner
from kiosk.wire import enrolments, messages, outbox_files
from kiosk.wire.device_keys import load_key
from kiosk.wire.enrolments import EnrolRequest, RenewRequest
from kiosk.wire.messages import (
    Message,
    OperationMessage,
    OutcomesRequest,
    PullRequest,
    PushRequest,
    SealingKeyRequest,
    SignInRequest,
    SnapshotPieceRequest,
    SnapshotRequest,
    content_digest,
    is_undamaged,
)
from tests.fuzz.choices import SEPARATOR, Choices
from tests.fuzz.targets import Check, Target, target

_KINDS = tuple(
    one
    for module in (messages, enrolments, outbox_files)
    for one in vars(module).values()
    if isinstance(one, type)
    and issubclass(one, msgspec.Struct)
    and one is not Message
    and one.__module__ == module.__name__
)
_DECODERS = tuple(msgspec.json.Decoder(kind) for kind in _KINDS)
# What whoever decodes has to expect of any bytes.
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_REFUSALS = (
    CursorGone,
    EnrolmentRefused,
    NotAuthorised,
    NotUnderstood,
    SnapshotGone,
    Unreachable,
)
_SEEDS = {
    "OperationMessage": b'{"id":"0192","kind":"register","receipt":"K7Q2MT-0042-B","sequence":1,'
    b'"seen":null,"made_at":1700000000000,"body":"AAAA"}',
    "PullResponse": b'{"changes":[{"type":"account","ref":"00","status":"active","origin":"none",'
    b'"email":"none"},{"type":"outcome","operation":"00","outcome":"accepted","reason":null,'
    b'"decided_at":1}],"cursor":"c","more":false,"now":1700000000000}',
    "CredentialBody": b'{"identifier_kind":"card","identifier":"000000000001","cpf":null,'
    b'"birth_date":"1950-03-24","password_hash":"$argon2id$"}',
    "EnrolResponse": b'{"device":"K7Q2MT","name":"n","site":"s","face":"kiosk","now":1,'
    b'"sealing_key":{"statement":"AA==","signature":"AA==","identity":"AA=="}}',
    "Problem": b'{"title":"t","status":401,"type":"urn:kiosk-pas:clock","now":1700000000000}',
    "OutboxFileHeader": b'{"format":"kiosk-pas-outbox","version":1,"device":"K7Q2MT",'
    b'"exported_at":1,"count":2}',
    "SnapshotResponse": b'{"ready":true,"id":"00","cursor":"c","count":1,"size":2,"sha256":"00"}',
    "Answer": b'{"id":"00","outcome":"rejected","reason":"stale","decided_at":1,"duplicate":true,'
    b'"found":{"origin":"portal","status":"active","changed_at":3}}',
}


def check_message(data: bytes) -> None:
    choices = Choices(data)
    place = choices.byte() % len(_KINDS)
    content = choices.rest()
    try:
        message = _DECODERS[place].decode(content)
    except _FAILURES:
        return
    again = msgspec.json.encode(message)
    repeated = _DECODERS[place].decode(again)
    assert repeated == message
    # Whatever is accepted here is JSON to everybody else, and the same.
    assert set(json.loads(again)) <= set(_KINDS[place].__struct_encode_fields__) | {"type"}
    # What nobody knows is passed over unread, and its bytes need not be UTF-8.
    json.loads(content.decode("utf-8", "replace"))
    if isinstance(message, OperationMessage) and isinstance(repeated, OperationMessage):
        assert repeated.digest() == message.digest()
    assert is_undamaged(again, content_digest(again))


def check_answer(registry: HttpRegistry, line: "_Line", data: bytes) -> None:
    """Give a device any answer of anybody."""
    choices = Choices(data)
    status = choices.pick((200, 200, 401, 403, 409, 410, 413, 422, 429, 500, 503, 302, 204, 100))
    is_whole, is_problem = choices.flag(), choices.flag()
    what = choices.byte()
    retry_after, content = choices.pieces(2)
    headers = {"content-type": messages.MEDIA_TYPE}
    if is_problem:
        headers["content-type"] = "application/problem+json"
    if is_whole:
        headers[messages.DIGEST_HEADER] = content_digest(content)
    if retry_after:
        headers["retry-after"] = retry_after.decode("latin-1")
    line.answer = (status, headers, content)
    try:
        answer = _ask(registry, what % 8)
    except _REFUSALS as refusal:
        wait = getattr(refusal, "retry_after", None)
        assert wait is None or wait >= 0
        return
    assert status == 200
    assert is_whole
    assert isinstance(answer, (Message, bytes))


def _ask(registry: HttpRegistry, what: int) -> object:
    device = "K7Q2MT"
    match what:
        case 0:
            return registry.push(PushRequest(device=device, deliveries=[]))
        case 1:
            return registry.pull(PullRequest(device=device, after=None))
        case 2:
            return registry.snapshot(SnapshotRequest(device=device))
        case 3:
            wanted = SnapshotPieceRequest(device=device, id="00", offset=0, length=1)
            return registry.snapshot_piece(wanted)
        case 4:
            return registry.outcomes(OutcomesRequest(device=device, operations=[]))
        case 5:
            return registry.sign_in(SignInRequest(device=device, nonce=b"", sealed=b""))
        case 6:
            return registry.enrol(EnrolRequest(code="", public_key=b"", device=None))
        case _:
            registry.sealing_key(SealingKeyRequest(device=device))
            return registry.renew_key(RenewRequest(device=device, public_key=b"", proof=b""))


class _Line(httpx.BaseTransport):
    """Answers as it was told."""

    answer: tuple[int, dict[str, str], bytes]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        status, headers, content = self.answer
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx.Response(status, headers=encoded, content=content)


def _answers(stack: ExitStack) -> Check:
    signer = RequestSigner(load_key(bytes(range(32))), lambda: 1_780_000_000_000)
    registry = HttpRegistry("http://127.0.0.1:9", 5.0, signer)
    stack.callback(registry.close)
    line = _Line()
    registry._client._transport = line
    return lambda data: check_answer(registry, line, data)


def _seed_of(name: str, content: bytes) -> bytes:
    return bytes([[kind.__name__ for kind in _KINDS].index(name)]) + content


_HEAD = bytes((0, 1, 0))
_JSON = (b"null", b"true", b"[]", b"{}", b"1e5", b"-1", b'"\\ud800"', b"253402300800000", b"[[[[")

TARGETS = (
    target(
        "messages",
        check_message,
        *(_seed_of(name, content) for name, content in _SEEDS.items()),
        _seed_of("Health", b'{"service":"s","versions":[1],"more":' + b"[" * 2000),
        _seed_of("Health", b'{"service":"s","versions":[1],"m\xd8re":"\xff"}'),
        words=_JSON,
        longest=4096,
    ),
    Target(
        "answers",
        _answers,
        (
            _HEAD + b"\x00" + SEPARATOR + b'{"answers":[' + _SEEDS["Answer"] + b"]}",
            _HEAD + b"\x01" + SEPARATOR + _SEEDS["PullResponse"],
            _HEAD + b"\x02" + SEPARATOR + _SEEDS["SnapshotResponse"],
            _HEAD + b"\x06" + SEPARATOR + _SEEDS["EnrolResponse"],
            bytes((2, 1, 1, 1)) + b"30" + SEPARATOR + _SEEDS["Problem"],
            bytes((8, 0, 1, 6)) + b"99999999999" + SEPARATOR + _SEEDS["Problem"],
            _HEAD + b"\x01" + SEPARATOR + b'{"x":' + b"[" * 2000,
        ),
        words=_JSON,
        longest=4096,
    ),
)
