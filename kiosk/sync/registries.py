"""The registry as this device sees it: what can be asked, and the few ways in which it fails."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID

from kiosk.store.queued_operations import Settlement
from kiosk.wire.gate_words import GateRequest, GateResponse
from kiosk.wire.messages import (
    CodeRequest,
    CodeResponse,
    KeyAnnouncement,
    OutcomesRequest,
    OutcomesResponse,
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


class LineTrouble(StrEnum):
    """What is wrong with an address or a certificate, and somebody can put right."""

    NAME_UNKNOWN = "name_unknown"
    REFUSED = "refused"
    NO_TLS = "no_tls"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"


class Unreachable(Exception):
    """The line, or what is at its end, gave no answer that can be used; nothing is known.

    Args:
        cause: A short word for logs and technicians, without personal data.
        retry_after: Seconds the registry asked to be left alone, or None.
        trouble: What it is for whoever sets the machine up, or None.
    """

    def __init__(
        self,
        cause: str,
        retry_after: float | None = None,
        *,
        trouble: LineTrouble | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after = retry_after
        self.trouble = trouble


class RegistryStumbled(Unreachable):
    """The registry answered that it failed itself at what was asked, and nothing came of it."""


class NotAuthorised(Exception):
    """The registry does not let this device in; no operation is to blame.

    Attributes:
        status: The HTTP status: 403 where the device has lost its access, 401 where its key is none
            that counts; None where neither is known.
    """

    cause = "not authorised"
    retry_after: float | None = None
    status: int | None = None


class ShutOut(NotAuthorised):
    """The registry says that this device was revoked or reported stolen."""


class EnrolmentRefused(NotAuthorised):
    """The registry does not enrol this device.

    Args:
        status: The HTTP status: 403 for a code that is not good, 409 for another device's receipts,
            429 after too many wrong codes.
        retry_after: Seconds to wait, or None.
    """

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__()
        self.status = status
        self.retry_after = retry_after


class LineFailed(Exception):
    """An exchange ended without an answer; the worker waits before the next.

    Args:
        cause: A short word for logs and technicians, without personal data.
        pause_seconds: How long the line is left alone.
        tried: The operations that were on their way.
        settled: Those of them that were answered before it failed.
        is_of_line: False where an answer came, and only said that something failed there or here.
    """

    def __init__(
        self,
        cause: str,
        pause_seconds: float,
        tried: frozenset[UUID] = frozenset(),
        settled: tuple[Settlement, ...] = (),
        *,
        is_of_line: bool = True,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.pause_seconds = pause_seconds
        self.tried = tried
        self.settled = settled
        self.is_of_line = is_of_line


class NotUnderstood(Exception):
    """The registry answered that it cannot read this request.

    Args:
        status: The HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class CursorGone(Exception):
    """The registry can no longer tell what came after this cursor: a snapshot is due."""


class SnapshotGone(Exception):
    """The registry has no such piece of a snapshot, or no longer: another is due."""


class GateTeller(Protocol):
    """The central registry, where it tells gates; it raises Unreachable or NotAuthorised."""

    def gate(self, request: GateRequest) -> GateResponse:
        """Ask for the gate of this device and the release keys it gets."""


class Registry(Protocol):
    """The central registry.

    Every method raises Unreachable or NotAuthorised, ``push`` also NotUnderstood and
    RegistryStumbled, ``pull`` also CursorGone, ``snapshot_piece`` also SnapshotGone. Methods may be
    called from several threads at once.
    """

    def push(self, request: PushRequest) -> PushResponse:
        """Deliver operations."""

    def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what came after a cursor."""

    def snapshot(self, request: SnapshotRequest) -> SnapshotResponse:
        """Ask for a file of all accounts."""

    def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
        """Fetch some bytes of such a file."""

    def outcomes(self, request: OutcomesRequest) -> OutcomesResponse:
        """Ask for the present word on operations of this device."""

    def sealing_key(self, request: SealingKeyRequest) -> KeyAnnouncement:
        """Ask for the key to seal to."""

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        """Verify a password."""

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        """Ask what became of a receipt."""

    def request_code(self, request: CodeRequest) -> CodeResponse:
        """Ask for a code by e-mail."""

    def release(self, request: ReleaseRequest) -> ReleaseResponse:
        """Ask for a release code to give."""

    def close(self) -> None:
        """Give up the connections."""
