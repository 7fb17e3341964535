"""Every exchange tells something of the line, whoever made it."""

from collections.abc import Callable
from typing import TypeVar

from kiosk.sync.registries import Registry, Unreachable
from kiosk.sync.workers import SyncWorker
from kiosk.wire.messages import (
    CodeRequest,
    CodeResponse,
    KeyAnnouncement,
    Message,
    ReceiptRequest,
    ReceiptResponse,
    ReleaseRequest,
    ReleaseResponse,
    SealingKeyRequest,
    SignInRequest,
    SignInResponse,
)

_Asked = TypeVar("_Asked", bound=Message)
_Answer = TypeVar("_Answer", bound=Message)


class ObservedRegistry:
    """What the services ask of the registry while a person waits.

    A success ends the offline state; a failure lets the worker look at the line at once.

    Args:
        registry: Who is asked.
        worker: Who is told.
    """

    def __init__(self, registry: Registry, worker: SyncWorker) -> None:
        self._registry = registry
        self._worker = worker

    def sealing_key(self, request: SealingKeyRequest) -> KeyAnnouncement:
        """Ask for the key to seal to."""
        return self._observed(self._registry.sealing_key, request)

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        """Verify a password."""
        return self._observed(self._registry.sign_in, request)

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        """Ask what became of a receipt."""
        return self._observed(self._registry.query_receipt, request)

    def request_code(self, request: CodeRequest) -> CodeResponse:
        """Ask for a code by e-mail."""
        return self._observed(self._registry.request_code, request)

    def release(self, request: ReleaseRequest) -> ReleaseResponse:
        """Ask for a release code to give."""
        return self._observed(self._registry.release, request)

    def _observed(self, ask: Callable[[_Asked], _Answer], request: _Asked) -> _Answer:
        try:
            answer = ask(request)
        except Unreachable:
            self._worker.doubt()
            raise
        self._worker.heard()
        return answer
