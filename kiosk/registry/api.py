"""The registry over HTTP: JSON by msgspec, problem details for every refusal."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread
import msgspec
from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from starlette.background import BackgroundTask

from kiosk.domain.cards import CardFormat
from kiosk.domain.operations import Reason
from kiosk.registry.admissions import Admissions, Asker, Head
from kiosk.registry.claims import read_claim, read_purpose, read_sealed
from kiosk.registry.clocks import Clock, system_clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.devices import Devices
from kiosk.registry.digests import digest_key
from kiosk.registry.documents import describe, publish_document
from kiosk.registry.email_codes import EmailCodes
from kiosk.registry.enrolments import Enrolments
from kiosk.registry.feeds import Feed
from kiosk.registry.gate_words import GateWords
from kiosk.registry.keys import load_keys
from kiosk.registry.limits import Limits
from kiosk.registry.nonces import Nonces, path_beside
from kiosk.registry.operations import Operations
from kiosk.registry.outcomes import Outcomes
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.policies import NO_POLICIES, Policies
from kiosk.registry.problems import Refused, answer_problems
from kiosk.registry.receipts import Receipts
from kiosk.registry.releases import Releases
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.registry.sign_ins import SignIns
from kiosk.registry.snapshot_files import SnapshotGone
from kiosk.registry.snapshots import Snapshots
from kiosk.registry.throttles import Throttle
from kiosk.registry.times import RegistryTimes
from kiosk.wire import enrolments, messages
from kiosk.wire.enrolments import (
    EnrolRequest,
    EnrolResponse,
    LookResponse,
    RenewRequest,
    RenewResponse,
)
from kiosk.wire.gate_words import GateRequest, GateResponse
from kiosk.wire.identity_digests import DIGESTS_VERSION
from kiosk.wire.messages import (
    CodeBody,
    CodeRequest,
    CodeResponse,
    Health,
    KeyAnnouncement,
    Message,
    OutcomesRequest,
    OutcomesResponse,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptBody,
    ReceiptRequest,
    ReceiptResponse,
    ReleaseBody,
    ReleaseRequest,
    ReleaseResponse,
    SealingKeyRequest,
    SignInRequest,
    SignInResponse,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
    encode,
)

SERVICE = "kiosk-pas-registry"
VERSIONS = [1]
# Many times what a decision takes: whether anybody was found does not show in it.
REFUSAL_FLOOR_SECONDS = 0.1
_GENERIC = frozenset({Reason.IDENTITY_MISMATCH, Reason.THROTTLED, Reason.GATE_FAILED})
# No file is as long; what is beyond cannot even be sought.
_FAR_BEYOND = 2**50


class _FromDevice(Protocol):
    @property
    def device(self) -> str:
        """The code of whoever asks."""


_Asked = TypeVar("_Asked")
_Named = TypeVar("_Named", bound=_FromDevice)
_Done = TypeVar("_Done")
_MESSAGES = (
    CodeBody,
    CodeRequest,
    CodeResponse,
    EnrolRequest,
    EnrolResponse,
    GateRequest,
    GateResponse,
    Health,
    KeyAnnouncement,
    LookResponse,
    OutcomesRequest,
    OutcomesResponse,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptBody,
    ReceiptRequest,
    ReceiptResponse,
    ReleaseBody,
    ReleaseRequest,
    ReleaseResponse,
    RenewRequest,
    RenewResponse,
    SealingKeyRequest,
    SignInRequest,
    SignInResponse,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
)
_ENROL = msgspec.json.Decoder(EnrolRequest)
_RENEW = msgspec.json.Decoder(RenewRequest)
_PUSH = msgspec.json.Decoder(PushRequest)
_PULL = msgspec.json.Decoder(PullRequest)
_SEALING_KEY = msgspec.json.Decoder(SealingKeyRequest)
_SIGN_IN = msgspec.json.Decoder(SignInRequest)
_RECEIPT = msgspec.json.Decoder(ReceiptRequest)
_SNAPSHOT = msgspec.json.Decoder(SnapshotRequest)
_PIECE = msgspec.json.Decoder(SnapshotPieceRequest)
_CODE = msgspec.json.Decoder(CodeRequest)
_RELEASE = msgspec.json.Decoder(ReleaseRequest)
_GATE = msgspec.json.Decoder(GateRequest)
_CODE_BODY = msgspec.json.Decoder(CodeBody)
_RELEASE_BODY = msgspec.json.Decoder(ReleaseBody)
_RECEIPT_BODY = msgspec.json.Decoder(ReceiptBody)
_OUTCOMES = msgspec.json.Decoder(OutcomesRequest)


def create_app(
    engine: Engine,
    *,
    card_format: CardFormat,
    sign_in_floor_seconds: float,
    policies: Policies = NO_POLICIES,
    hashes: PasswordHashes | None = None,
    clock: Clock = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """Return the service over a database whose schema is up to date.

    Args:
        engine: The registry's database; the caller closes it.
        card_format: How this plan's cards look.
        sign_in_floor_seconds: Least time after which a sign-in is answered, so that neither the
            scheme of a hash nor the existence of a person shows.
        policies: What is asked of each device.
        hashes: The password hashes; by default argon2id at the second profile of RFC 9106.
        clock: The registry's time.
        monotonic: Seconds that never run backwards while the service runs.
    """
    hashes = PasswordHashes() if hashes is None else hashes
    keys = load_keys(engine)
    cursors = Cursors(keys.cursors, clock)
    admissions = Admissions(engine, Nonces(_nonces_of(engine), clock), clock)
    enrolling = Enrolments(engine, keys, clock)
    times = RegistryTimes(clock, monotonic)
    sealing = SealingKeys(engine, clock)
    limits = Limits(keys, times, policies)
    taking = Operations(engine, cursors, keys, sealing, hashes, clock, limits)
    feed = Feed(engine, cursors, clock, digest_key(keys))
    devices = Devices(engine, clock)
    snapshots = Snapshots(engine, cursors, clock)
    digest_snapshots = Snapshots(engine, cursors, clock, messages.DIGESTS)
    outcomes = Outcomes(engine)
    receipts = Receipts(engine, keys, clock)
    codes = EmailCodes(engine, keys, times, policies, clock)
    releases = Releases(engine, keys, times, policies)
    gates = GateWords(engine, keys, sealing.identity, policies)
    throttle = Throttle(engine, keys, times, policies)
    sign_ins = SignIns(engine, sealing, hashes, card_format, throttle)
    # A verification fills 64 MiB and all cores, so more at once would only be slower.
    verifying = anyio.CapacityLimiter(max(2, os.cpu_count() or 1))
    app = FastAPI(title="Cadastro central PAS/SERPRO", version="1", docs_url=None, redoc_url=None)
    answer_problems(app)
    publish_document(app, _MESSAGES)

    async def heard(
        request: Request, decoder: msgspec.json.Decoder[_Named], act: Callable[[_Named], _Done]
    ) -> _Done:
        """Do what a device that may ask it asks."""

        def trusted(asker: Asker, asked: _Named) -> _Done:
            asker.require_trusted()
            return act(asked)

        return await judged(request, await _receive(request), decoder, trusted)

    async def judged(
        request: Request,
        body: bytes,
        decoder: msgspec.json.Decoder[_Named],
        act: Callable[[Asker, _Named], _Done],
    ) -> _Done:
        """Do what a device asks, judged in the same thread: a change of threads costs as much."""

        def judge() -> _Done:
            asker = admissions.admit(_head(request))
            asked = _decode(decoder, body)
            asker.require_named(asked.device)
            return act(asker, asked)

        return await anyio.to_thread.run_sync(judge)

    def take(_asker: Asker, asked: PushRequest) -> tuple[PushResponse, PushRequest]:
        if len(asked.deliveries) > messages.MAX_BATCH:
            raise Refused(413, f"no máximo {messages.MAX_BATCH} operações")
        return taking.take(asked), asked

    @app.post(messages.PUSH_PATH, openapi_extra=describe(PushResponse, PushRequest))
    async def push(request: Request) -> Response:
        body = await _receive(request)
        due = anyio.current_time() + REFUSAL_FLOOR_SECONDS
        answer, asked = await judged(request, body, _PUSH, take)
        if _tells_a_stranger_no(asked, answer):
            await anyio.sleep_until(due)
        return _answer(answer)

    async def told(
        request: Request,
        decoder: msgspec.json.Decoder[_Named],
        act: Callable[[Asker, _Named], _Done],
    ) -> _Done:
        """Do what a device that may ask it asks, where the answer depends on what it is."""

        def trusted(asker: Asker, asked: _Named) -> _Done:
            asker.require_trusted()
            return act(asker, asked)

        return await judged(request, await _receive(request), decoder, trusted)

    def listen(asker: Asker, asked: PullRequest) -> PullResponse:
        devices.note(asked)
        page = feed.read(asked, digests=_gets_digests(asker, asked))
        return msgspec.structs.replace(
            page, sealing_key=sealing.announcement(), gate_tag=gates.tag_for(asked.device)
        )

    @app.post(
        messages.PULL_PATH,
        openapi_extra=describe(PullResponse, PullRequest, "410"),
    )
    async def pull(request: Request) -> Response:
        return _answer(await told(request, _PULL, listen))

    @app.post(
        messages.SEALING_KEY_PATH,
        openapi_extra=describe(KeyAnnouncement, SealingKeyRequest),
    )
    async def sealing_key(request: Request) -> Response:
        return _answer(await heard(request, _SEALING_KEY, lambda _: sealing.announcement()))

    def find_snapshot(asker: Asker, asked: SnapshotRequest) -> SnapshotResponse:
        return (digest_snapshots if _gets_digests(asker, asked) else snapshots).ask()

    @app.post(
        messages.SNAPSHOT_PATH,
        openapi_extra=describe(SnapshotResponse, SnapshotRequest),
    )
    async def snapshot(request: Request) -> Response:
        return _answer(await told(request, _SNAPSHOT, find_snapshot))

    def read_piece(asker: Asker, asked: SnapshotPieceRequest) -> bytes:
        if not (0 <= asked.offset < _FAR_BEYOND and 0 < asked.length <= messages.MAX_PIECE_BYTES):
            raise Refused(422, "offset, length")
        try:
            piece = snapshots.read(asked.id, asked.offset, asked.length)
        except SnapshotGone:
            if not asker.is_kiosk:
                raise
            piece = digest_snapshots.read(asked.id, asked.offset, asked.length)
        if not piece:
            raise Refused(422, "offset")
        return piece

    @app.post(
        messages.SNAPSHOT_PIECE_PATH,
        openapi_extra=describe(None, SnapshotPieceRequest, "410"),
    )
    async def snapshot_piece(request: Request) -> Response:
        return _sent(await told(request, _PIECE, read_piece), messages.BYTES_MEDIA_TYPE)

    def tell(asked: OutcomesRequest) -> OutcomesResponse:
        if len(asked.operations) > messages.MAX_OUTCOMES:
            raise Refused(413, f"no máximo {messages.MAX_OUTCOMES} operações")
        try:
            return outcomes.tell(asked)
        except ValueError:
            raise Refused(422, "operations") from None

    @app.post(
        messages.OUTCOMES_PATH,
        openapi_extra=describe(OutcomesResponse, OutcomesRequest),
    )
    async def tell_outcomes(request: Request) -> Response:
        return _answer(await heard(request, _OUTCOMES, tell))

    @app.post(
        messages.SIGN_IN_PATH,
        openapi_extra=describe(SignInResponse, SignInRequest),
    )
    async def sign_in(request: Request) -> Response:
        asked = await heard(request, _SIGN_IN, lambda asked: asked)
        due = anyio.current_time() + sign_in_floor_seconds
        answer = await anyio.to_thread.run_sync(sign_ins.attempt, asked, limiter=verifying)
        await anyio.sleep_until(due)
        return _answer(answer.response, answer.afterwards)

    @app.post(
        messages.RECEIPT_PATH,
        openapi_extra=describe(ReceiptResponse, ReceiptRequest),
    )
    async def query_receipt(request: Request) -> Response:
        def tell_receipt(asked: ReceiptRequest) -> ReceiptResponse:
            body = read_sealed(asked, messages.RECEIPT_PATH, _RECEIPT_BODY, sealing)
            return receipts.query(asked.device, body)

        return _answer(await heard(request, _RECEIPT, tell_receipt))

    @app.post(
        enrolments.ENROL_PATH,
        openapi_extra=describe(EnrolResponse, EnrolRequest, "403", "409", "429"),
    )
    async def enrol(request: Request) -> Response:
        def judge(asked: EnrolRequest, address: str) -> EnrolResponse:
            return enrolling.enrol(asked, address, sealing.announcement())

        return await entering(request, judge)

    @app.post(
        enrolments.LOOK_PATH,
        openapi_extra=describe(LookResponse, EnrolRequest, "403", "409", "429"),
    )
    async def look(request: Request) -> Response:
        return await entering(request, enrolling.look)

    async def entering(
        request: Request, act: Callable[[EnrolRequest, str], EnrolResponse | LookResponse]
    ) -> Response:
        """Do what a machine asks that is no device yet, with the key that it names."""
        body = await _receive(request)
        address = request.client.host if request.client else ""

        def judge() -> EnrolResponse | LookResponse:
            asked = _decode(_ENROL, body)
            admissions.admit_key(_head(request), asked.public_key)
            return act(asked, address)

        return _answer(await anyio.to_thread.run_sync(judge))

    def renew(asker: Asker, asked: RenewRequest) -> RenewResponse:
        asker.require_trusted()
        return enrolling.renew(asker, asked)

    @app.post(
        enrolments.RENEW_PATH,
        openapi_extra=describe(RenewResponse, RenewRequest),
    )
    async def renew_key(request: Request) -> Response:
        return _answer(await judged(request, await _receive(request), _RENEW, renew))

    @app.post(messages.CODE_PATH, openapi_extra=describe(CodeResponse, CodeRequest))
    async def request_code(request: Request) -> Response:
        asked = await heard(request, _CODE, lambda asked: asked)
        due = anyio.current_time() + REFUSAL_FLOOR_SECONDS
        body = read_sealed(asked, messages.CODE_PATH, _CODE_BODY, sealing)
        purpose, claim = read_purpose(body.purpose), read_claim(body)
        await anyio.to_thread.run_sync(codes.request, asked.device, purpose, claim)
        await anyio.sleep_until(due)
        return _answer(CodeResponse(gate=policies.gate_of(asked.device)))

    @app.post(messages.RELEASE_PATH, openapi_extra=describe(ReleaseResponse, ReleaseRequest, "403"))
    async def release(request: Request) -> Response:
        def give(asked: ReleaseRequest) -> ReleaseResponse:
            body = read_sealed(asked, messages.RELEASE_PATH, _RELEASE_BODY, sealing)
            return releases.give(asked.device, body)

        return _answer(await heard(request, _RELEASE, give))

    @app.post(messages.GATE_PATH, openapi_extra=describe(GateResponse, GateRequest))
    async def tell_gate(request: Request) -> Response:
        return _answer(await heard(request, _GATE, gates.say))

    @app.get(messages.HEALTH_PATH, openapi_extra=describe(Health))
    async def health() -> Response:
        return _answer(Health(service=SERVICE, versions=VERSIONS))

    return app


def _gets_digests(asker: Asker, asked: PullRequest | SnapshotRequest) -> bool:
    """Tell whether a device is a kiosk, by its enrolment, of a program that knows digests."""
    return asker.is_kiosk and asked.digests >= DIGESTS_VERSION


def _tells_a_stranger_no(asked: PushRequest, answer: PushResponse) -> bool:
    """Tell whether somebody stands at a device and is told a no that is one for all."""
    return any(one.acted_now for one in asked.deliveries) and any(
        one.reason in _GENERIC for one in answer.answers
    )


def _nonces_of(engine: Engine) -> Path:
    return path_beside(Path(str(engine.url.database)))


async def _receive(request: Request) -> bytes:
    """Return the body of a request, which is what its digest says."""
    said = request.headers.get(messages.DIGEST_HEADER)
    if said is None:
        # What is carried out has to be what was sent, and nothing else tells.
        raise Refused(400, messages.DIGEST_HEADER)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > messages.MAX_BODY_BYTES:
            raise Refused(413, f"no máximo {messages.MAX_BODY_BYTES} bytes")
    content = bytes(body)
    if not messages.is_undamaged(content, said):
        raise Refused(400, "corpo danificado no caminho")
    return content


def _head(request: Request) -> Head:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = raw.partition(b"?")[0] + (b"?" + query if query else b"")
    lines = (
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    )
    return Head(request.method, target.decode("latin-1"), tuple(lines))


def _decode(decoder: msgspec.json.Decoder[_Asked], body: bytes) -> _Asked:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(422, "corpo") from None


def _answer(message: Message, afterwards: Callable[[], None] | None = None) -> Response:
    background = None if afterwards is None else BackgroundTask(afterwards)
    return _sent(encode(message), messages.MEDIA_TYPE, background)


def _sent(content: bytes, media_type: str, background: BackgroundTask | None = None) -> Response:
    return Response(
        content,
        headers={messages.DIGEST_HEADER: messages.content_digest(content)},
        media_type=media_type,
        background=background,
    )
