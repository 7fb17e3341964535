"""The registry over HTTP. The only module of the device that speaks it."""

import time
from typing import TypeVar

import httpx
import msgspec

from kiosk.sync.registries import CursorGone, NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire import messages
from kiosk.wire.messages import (
    Message,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptRequest,
    ReceiptResponse,
    SignInRequest,
    SignInResponse,
)

_Answer = TypeVar("_Answer", bound=Message)
_LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
_LONGEST_RETRY_AFTER_SECONDS = 3600.0
_NOT_UNDERSTOOD = frozenset({400, 413, 415, 422})


class HttpRegistry:
    """A registry at an address.

    Whatever is not a whole, decodable answer within the time given counts as unreachable: garbage,
    an error of the server, a redirect (a captive portal's, say), half a body, a drip of bytes.

    Args:
        address: ``https://host[:port]``, or loopback ``http://``.
        total_seconds: Bound on one exchange from start to last byte.
    """

    def __init__(self, address: str, total_seconds: float) -> None:
        self._total_seconds = total_seconds
        self._client = httpx.Client(
            base_url=address,
            follow_redirects=False,
            trust_env=False,
            headers={"content-type": messages.MEDIA_TYPE, "accept": messages.MEDIA_TYPE},
            limits=httpx.Limits(max_connections=8, keepalive_expiry=30.0),
        )

    def push(self, request: PushRequest) -> PushResponse:
        """Deliver operations."""
        return self._exchange(messages.PUSH_PATH, request, PushResponse)

    def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what came after a cursor."""
        return self._exchange(messages.PULL_PATH, request, PullResponse)

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        """Verify a password."""
        return self._exchange(messages.SIGN_IN_PATH, request, SignInResponse)

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        """Ask what became of a receipt."""
        return self._exchange(messages.RECEIPT_PATH, request, ReceiptResponse)

    def close(self) -> None:
        """Give up the connections."""
        self._client.close()

    def _exchange(self, path: str, request: Message, answer_type: type[_Answer]) -> _Answer:
        deadline = time.monotonic() + self._total_seconds
        try:
            status, headers, body = self._send(path, messages.encode(request), deadline)
        except httpx.HTTPError as failure:
            raise Unreachable(type(failure).__name__) from None
        if status == httpx.codes.OK:
            try:
                return msgspec.json.decode(body, type=answer_type)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise Unreachable("undecodable") from None
        if status in (401, 403):
            raise NotAuthorised
        # A page of some other server may carry any status; only the registry speaks of problems.
        if headers.get("content-type", "").startswith("application/problem+json"):
            if status == httpx.codes.GONE:
                raise CursorGone
            if status in _NOT_UNDERSTOOD:
                raise NotUnderstood(status)
        raise Unreachable(f"HTTP {status}", _retry_after(headers))

    def _send(self, path: str, content: bytes, deadline: float) -> tuple[int, httpx.Headers, bytes]:
        # httpx bounds each read, not the whole answer, so a drip of bytes would never end.
        timeout = httpx.Timeout(self._total_seconds)
        with self._client.stream("POST", path, content=content, timeout=timeout) as response:
            received = bytearray()
            for piece in response.iter_bytes():
                received += piece
                if len(received) > _LARGEST_ANSWER_BYTES:
                    raise Unreachable("oversized")
                if time.monotonic() > deadline:
                    raise Unreachable("slow")
            return response.status_code, response.headers, bytes(received)


def _retry_after(headers: httpx.Headers) -> float | None:
    text = headers.get("retry-after", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return min(float(text), _LONGEST_RETRY_AFTER_SECONDS)
