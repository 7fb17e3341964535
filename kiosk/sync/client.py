"""The registry over HTTP. The only module of the device that speaks it."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import httpcore
import httpx
import msgspec

from kiosk.sync.policies import LONGEST_RETRY_AFTER_SECONDS
from kiosk.sync.registries import (
    CursorGone,
    EnrolmentRefused,
    LineTrouble,
    NotAuthorised,
    NotUnderstood,
    RegistryStumbled,
    ShutOut,
    SnapshotGone,
    Unreachable,
)
from kiosk.sync.signers import RequestSigner
from kiosk.wire import enrolments, messages
from kiosk.wire.enrolments import (
    EnrolRequest,
    EnrolResponse,
    LookResponse,
    RenewRequest,
    RenewResponse,
)
from kiosk.wire.gate_words import GateRequest, GateResponse
from kiosk.wire.messages import (
    CodeRequest,
    CodeResponse,
    KeyAnnouncement,
    Message,
    OutcomesRequest,
    OutcomesResponse,
    Problem,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptRequest,
    ReceiptResponse,
    ReleaseRequest,
    ReleaseResponse,
    SealingKeyRequest,
    SignInRequest,
    SignInResponse,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
)

_Answer = TypeVar("_Answer", bound=Message)
_PROBLEM_TYPE = "application/problem+json"
_LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
# Not 400: so the registry refuses what was damaged on its way, and no operation is to blame.
_NOT_UNDERSTOOD = frozenset({413, 415, 422})
_NOT_LET_IN = frozenset({401, 403})
# By what OpenSSL calls them in x509_vfy.h.
_CERTIFICATE_TROUBLES = {
    9: LineTrouble.CERTIFICATE_NOT_YET,
    10: LineTrouble.CERTIFICATE_EXPIRED,
    62: LineTrouble.CERTIFICATE_OF_ANOTHER,
    64: LineTrouble.CERTIFICATE_OF_ANOTHER,
}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HttpRegistry:
    """A registry at an address.

    Whatever is not a whole, decodable answer within the time given counts as unreachable: garbage,
    an error of the server, a redirect (a captive portal's, say), half a body, a drip of bytes.

    Args:
        address: ``https://host[:port]``, or loopback ``http://``.
        total_seconds: Bound on one exchange from start to last byte.
        signer: Signs every request.
        ca: PEM of the one authority whose certificates are believed; None for the public ones.

    Raises:
        ValueError: The address is neither, or the PEM is none.
    """

    def __init__(
        self, address: str, total_seconds: float, signer: RequestSigner, *, ca: str | None = None
    ) -> None:
        url = httpx.URL(address)
        if url.scheme != "https" and (url.scheme != "http" or url.host not in _LOOPBACK):
            raise ValueError("neither https nor loopback")
        self._total_seconds = total_seconds
        self._signer = signer
        self._network = _BoundedNetwork()
        self._client = httpx.Client(
            base_url=address,
            follow_redirects=False,
            trust_env=False,
            headers={"content-type": messages.MEDIA_TYPE, "accept": messages.MEDIA_TYPE},
            transport=_Transport(self._network, _tls(ca) if url.scheme == "https" else None),
        )

    def push(self, request: PushRequest) -> PushResponse:
        """Deliver operations."""
        try:
            return self._exchange(messages.PUSH_PATH, request, PushResponse)
        except _Problem as problem:
            if problem.status in _NOT_UNDERSTOOD:
                raise NotUnderstood(problem.status) from None
            if problem.status == httpx.codes.INTERNAL_SERVER_ERROR:
                raise RegistryStumbled(problem.cause, problem.retry_after) from None
            raise

    def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what came after a cursor."""
        try:
            return self._exchange(messages.PULL_PATH, request, PullResponse)
        except _Problem as problem:
            if problem.status == httpx.codes.GONE:
                raise CursorGone from None
            raise

    def snapshot(self, request: SnapshotRequest) -> SnapshotResponse:
        """Ask for a file of all accounts."""
        return self._exchange(messages.SNAPSHOT_PATH, request, SnapshotResponse)

    def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
        """Fetch some bytes of such a file."""
        try:
            headers, body = self._ask(messages.SNAPSHOT_PIECE_PATH, request)
        except _Problem as problem:
            # There is no such piece, whether the file is gone or shorter than was said.
            if problem.status in (httpx.codes.GONE, httpx.codes.UNPROCESSABLE_ENTITY):
                raise SnapshotGone from None
            raise
        if headers.get("content-type") != messages.BYTES_MEDIA_TYPE:
            raise Unreachable("undecodable")
        return body

    def outcomes(self, request: OutcomesRequest) -> OutcomesResponse:
        """Ask for the present word on operations of this device."""
        return self._exchange(messages.OUTCOMES_PATH, request, OutcomesResponse)

    def sealing_key(self, request: SealingKeyRequest) -> KeyAnnouncement:
        """Ask for the key to seal to."""
        return self._exchange(messages.SEALING_KEY_PATH, request, KeyAnnouncement)

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        """Verify a password."""
        return self._exchange(messages.SIGN_IN_PATH, request, SignInResponse)

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        """Ask what became of a receipt."""
        return self._exchange(messages.RECEIPT_PATH, request, ReceiptResponse)

    def request_code(self, request: CodeRequest) -> CodeResponse:
        """Ask for a code by e-mail."""
        return self._exchange(messages.CODE_PATH, request, CodeResponse)

    def release(self, request: ReleaseRequest) -> ReleaseResponse:
        """Ask for a release code to give."""
        return self._exchange(messages.RELEASE_PATH, request, ReleaseResponse)

    def gate(self, request: GateRequest) -> GateResponse:
        """Ask for the gate of this device and the release keys it gets."""
        return self._exchange(messages.GATE_PATH, request, GateResponse)

    def enrol(self, request: EnrolRequest) -> EnrolResponse:
        """Ask to be let in, with the key the request names.

        Raises:
            EnrolmentRefused: The registry said no.
        """
        return self._enrolling(enrolments.ENROL_PATH, request, EnrolResponse)

    def look(self, request: EnrolRequest) -> LookResponse:
        """Ask what enrolling with a code would make of this machine.

        Raises:
            EnrolmentRefused: The registry said no.
        """
        return self._enrolling(enrolments.LOOK_PATH, request, LookResponse)

    @property
    def certificate(self) -> bytes | None:
        """The certificate (DER) that the registry showed last; None where there was no TLS."""
        return self._network.certificate

    def renew_key(self, request: RenewRequest) -> RenewResponse:
        """Ask to have another key taken beside the present one."""
        return self._exchange(enrolments.RENEW_PATH, request, RenewResponse)

    def close(self) -> None:
        """Give up the connections."""
        self._client.close()

    def _enrolling(self, path: str, request: Message, answer_type: type[_Answer]) -> _Answer:
        try:
            return self._exchange(path, request, answer_type)
        except (_Problem, _NotLetIn) as problem:
            if problem.status in (403, 409, 429):
                raise EnrolmentRefused(problem.status, problem.retry_after) from None
            raise

    def _exchange(self, path: str, request: Message, answer_type: type[_Answer]) -> _Answer:
        _, body = self._ask(path, request)
        try:
            return msgspec.json.decode(body, type=answer_type)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreachable("undecodable") from None

    def _ask(self, path: str, request: Message) -> tuple[httpx.Headers, bytes]:
        content = messages.encode(request)
        status, headers, body = self._sent(path, content)
        if status == httpx.codes.UNAUTHORIZED and self._may_sign_anew(headers, body):
            status, headers, body = self._sent(path, content)
        if status == httpx.codes.OK:
            if not messages.is_undamaged(body, headers.get(messages.DIGEST_HEADER)):
                raise Unreachable("damaged")
            return headers, body
        if status in _NOT_LET_IN:
            refusal = _ShutOut if _says_shut_out(status, headers, body) else _NotLetIn
            raise refusal(status, _retry_after(headers))
        # A page of some other server may carry any status; only the registry speaks of problems.
        if headers.get("content-type", "").startswith(_PROBLEM_TYPE):
            raise _Problem(status, _retry_after(headers))
        raise Unreachable(f"HTTP {status}", _retry_after(headers))

    def _may_sign_anew(self, headers: httpx.Headers, body: bytes) -> bool:
        """Tell whether the registry refused a request as untimely, as a copy or as damaged."""
        if not messages.is_undamaged(body, headers.get(messages.DIGEST_HEADER)):
            return False
        try:
            problem = msgspec.json.decode(body, type=Problem)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if problem.type == enrolments.CLOCK_PROBLEM and problem.now is not None:
            self._signer.correct(problem.now)
            return True
        # Something on the way has sent it twice, or changed a header; what may be asked may be
        # asked again.
        return problem.type in (enrolments.REPLAY_PROBLEM, enrolments.SIGNATURE_PROBLEM)

    def _sent(self, path: str, content: bytes) -> tuple[int, httpx.Headers, bytes]:
        try:
            return self._send(path, content)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise Unreachable(_cause(failure), trouble=_trouble(failure)) from None

    def _send(self, path: str, content: bytes) -> tuple[int, httpx.Headers, bytes]:
        self._network.end_after(self._total_seconds)
        timeout = httpx.Timeout(self._total_seconds)
        signed = self._signer.sign("POST", path, messages.content_digest(content))
        with self._client.stream(
            "POST", path, content=content, headers=signed, timeout=timeout
        ) as response:
            received = bytearray()
            for piece in response.iter_bytes():
                received += piece
                if len(received) > _LARGEST_ANSWER_BYTES:
                    raise Unreachable("oversized")
            return response.status_code, response.headers, bytes(received)


class _Problem(Unreachable):
    """The registry's own refusal; what it means depends on what was asked."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(f"HTTP {status}", retry_after)
        self.status = status


class _NotLetIn(NotAuthorised):
    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__()
        self.status = status
        self.retry_after = retry_after


class _ShutOut(_NotLetIn, ShutOut):
    pass


def _says_shut_out(status: int, headers: httpx.Headers, body: bytes) -> bool:
    if status != httpx.codes.FORBIDDEN or not messages.is_undamaged(
        body, headers.get(messages.DIGEST_HEADER)
    ):
        return False
    try:
        return msgspec.json.decode(body, type=Problem).type == enrolments.REVOKED_PROBLEM
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


class _BoundedNetwork(httpcore.NetworkBackend):
    """The network, each exchange of which ends in time.

    The library bounds each read, not the whole answer, so a drip of bytes would never end.
    """

    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()
        self._exchange = threading.local()
        self.certificate: bytes | None = None

    def end_after(self, seconds: float) -> None:
        """Begin an exchange of this thread."""
        self._exchange.deadline = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return what is left to the exchange of this thread."""
        left: float = self._exchange.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within what is left."""
        stream = self._network.connect_tcp(
            host, port, self.seconds_left(), local_address, socket_options
        )
        return _BoundedStream(stream, self)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, network: _BoundedNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._network.seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._network.seconds_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._network.seconds_left()
        stream = self._stream.start_tls(ssl_context, server_hostname, left)
        shown = stream.get_extra_info("ssl_object")
        if shown is not None:
            self._network.certificate = shown.getpeercert(True)
        return _BoundedStream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Transport(httpx.HTTPTransport):
    def __init__(self, network: httpcore.NetworkBackend, tls: ssl.SSLContext | None) -> None:
        # Instead of the base's own: its pool is the same but for the network below it, which
        # cannot be said there.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=8, keepalive_expiry=30.0, network_backend=network
        )


def _cause(failure: Exception) -> str:
    """Return a word for what went wrong on the line."""
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _causes(failure)):
        return "certificate"
    return type(failure).__name__


def _trouble(failure: Exception) -> LineTrouble | None:
    """Return what a technician can do something about, if it is such a thing."""
    for one in _causes(failure):
        match one:
            case ssl.SSLCertVerificationError():
                # A certificate's ends are also where a clock that is wrong first shows.
                return _CERTIFICATE_TROUBLES.get(one.verify_code, LineTrouble.CERTIFICATE_UNTRUSTED)
            case ssl.SSLError():
                return LineTrouble.NO_TLS
            case socket.gaierror():
                return LineTrouble.NAME_UNKNOWN
            case ConnectionRefusedError():
                return LineTrouble.REFUSED
    return None


def _causes(failure: Exception) -> Iterator[BaseException]:
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _tls(ca: str | None) -> ssl.SSLContext:
    """Return how certificates are verified; there is no way to leave that out."""
    if ca is None:
        return httpx.create_ssl_context(trust_env=False)
    if not ca.strip():
        # With nothing to trust, the library would take the public authorities without a word.
        raise ValueError("no certificate")
    try:
        return ssl.create_default_context(cadata=ca)
    except ssl.SSLError:
        raise ValueError("no certificate") from None


def _retry_after(headers: httpx.Headers) -> float | None:
    text = headers.get("retry-after", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
