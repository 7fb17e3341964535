"""The messages of version 1: JSON by msgspec, unknown fields ignored, missing ones refused.

Instants are milliseconds since 1970 in UTC. Operation ids are UUIDv7, 32 hexadecimal digits. A
device is named by its code, the six characters that begin its receipts. Words
that a later registry may add to (``outcome``, ``reason``, ``result``) are plain text here and are
understood, or not, by whoever reads them.
"""

import hashlib
from base64 import b64encode
from datetime import date
from typing import Annotated

import msgspec

MEDIA_TYPE = "application/json"
DIGEST_HEADER = "content-digest"
MAX_BATCH = 100
MAX_BODY_BYTES = 1024 * 1024
MAX_PIECE_BYTES = 1024 * 1024
MAX_OUTCOMES = 500
MAX_NONCE_BYTES = 32
BYTES_MEDIA_TYPE = "application/octet-stream"

PUSH_PATH = "/v1/operations"
PULL_PATH = "/v1/changes"
SNAPSHOT_PATH = "/v1/snapshots"
SNAPSHOT_PIECE_PATH = "/v1/snapshots/piece"
OUTCOMES_PATH = "/v1/outcomes"
SIGN_IN_PATH = "/v1/sign-in"
SEALING_KEY_PATH = "/v1/sealing-key"
RECEIPT_PATH = "/v1/receipts"
CODE_PATH = "/v1/codes"
RELEASE_PATH = "/v1/release-codes"
GATE_PATH = "/v1/gates"
HEALTH_PATH = "/v1/health"

# From 1970 to 9999, so that whoever reads it can show it.
Instant = Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800_000)]
Nonce = Annotated[bytes, msgspec.Meta(max_length=MAX_NONCE_BYTES)]

# What a column of either database can hold, and more lines than any disk.
ChainNumber = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
ChainLink = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Message(msgspec.Struct, frozen=True):
    """Base of every message."""


class CredentialBody(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What Cadastro and the reset ask for.

    Attributes:
        identifier_kind: ``card`` or ``email``.
        password_hash: argon2id in PHC form, made on the device.
        code: What the gate of the device asks for, as it was typed.
        code_slot: The minute in which a release code was given, as the kiosk found it.
        unverified: A kiosk took it without being able to tell whose the card is.
    """

    identifier_kind: str
    identifier: str
    cpf: str | None
    birth_date: date
    password_hash: str
    code: str | None = None
    code_slot: int | None = None
    unverified: bool = False

    def __repr__(self) -> str:
        return "CredentialBody(…)"


class EmailBody(Message, frozen=True, kw_only=True):
    """What registering an e-mail asks for."""

    identifier_kind: str
    identifier: str
    cpf: str | None
    birth_date: date
    email: str

    def __repr__(self) -> str:
        return "EmailBody(…)"


class OperationMessage(Message, frozen=True, kw_only=True, omit_defaults=True):
    """An operation as its device recorded it; none of this changes between deliveries.

    A field with a default is left out where it has it: the digest of an operation that an older
    program recorded stays what it was.

    Attributes:
        sequence: The device's own count, growing in the order in which people acted. An operation
            that is sent again under another id keeps the sequence of the first.
        seen: Cursor of the last pull applied when the person acted; None before the first.
        made_at: By the device's clock: evidence, never order.
        body: The encoded body of its kind, sealed (``kiosk.wire.sealed_bodies``).
        replaces: Id of the first operation of the same wish, where this one is sent again for it.
    """

    id: str
    kind: str
    receipt: str
    sequence: int
    seen: str | None
    made_at: int
    body: bytes
    replaces: str | None = None

    def __repr__(self) -> str:
        return f"OperationMessage(id={self.id!r}, kind={self.kind!r})"

    def digest(self) -> bytes:
        """Return the SHA-256 that tells a repetition from another operation under the same id."""
        return hashlib.sha256(_ENCODER.encode(self)).digest()


class Delivery(Message, frozen=True, kw_only=True):
    """One operation on its way.

    Attributes:
        acted_now: First delivery, in the same breath in which the person acted.
    """

    operation: OperationMessage
    acted_now: bool = False


class HeadMessage(Message, frozen=True, kw_only=True):
    """The last line of an audit chain (``kiosk.domain.audit_chains``).

    Attributes:
        number: Of the line; 0 where there is none.
        link: 32 bytes.
    """

    number: ChainNumber
    link: ChainLink


class ChainMessage(Message, frozen=True, kw_only=True):
    """What a device says of its audit.

    Attributes:
        restorations: How often it was put together anew from a backup.
        at: The line that the registry said to know; None before it was heard to say one.
        link: What the device has there; None where it has no such line.
    """

    head: HeadMessage
    restorations: ChainNumber = 0
    at: ChainNumber | None = None
    link: ChainLink | None = None


class PushRequest(Message, frozen=True, kw_only=True):
    """At most ``MAX_BATCH`` operations of one device, in the order of their sequence.

    Attributes:
        audit: None from a program that chains none.
    """

    device: str
    deliveries: list[Delivery]
    audit: ChainMessage | None = None


class FoundMessage(Message, frozen=True, kw_only=True):
    """Where the account stood when the operation met it.

    Attributes:
        changed_at: When what the operation wanted to set was set before, where that is why it was
            refused.
    """

    origin: str
    status: str
    changed_at: Instant | None = None


class Answer(Message, frozen=True, kw_only=True):
    """The registry's final word on one operation.

    Attributes:
        duplicate: The operation was known; this is the first answer again.
        found: What the registry had; None where the claim fitted nobody.
    """

    id: str
    outcome: str
    reason: str | None
    decided_at: Instant
    duplicate: bool = False
    found: FoundMessage | None = None


class PushResponse(Message, frozen=True, kw_only=True):
    """One answer per operation, in the order of the request.

    Attributes:
        audit: What the registry holds of the device's chain now.
    """

    answers: list[Answer]
    audit: HeadMessage | None = None


class AccountChange(Message, frozen=True, kw_only=True, tag="account"):
    """The registry's present word on one account, without anything that names the person.

    Attributes:
        ref: 32 hexadecimal digits, drawn at random for the person by the registry.
        email: ``usable``, ``shared`` or ``none``.
    """

    ref: str
    status: str
    origin: str
    email: str


class OutcomeChange(Message, frozen=True, kw_only=True, tag="outcome"):
    """A word on one of the asking device's own operations."""

    operation: str
    outcome: str
    reason: str | None
    decided_at: Instant
    found: FoundMessage | None = None


class PullRequest(Message, frozen=True, kw_only=True):
    """What came after a cursor; None asks from the beginning.

    Attributes:
        sent_at: The device's clock, so that the registry can tell whose is wrong.
        digests: The newest version of digests that the device understands. What a device gets
            depends on how it was enrolled: a kiosk that understands them gets these and no
            accounts, any other accounts and no digests.
        seals_to: Id of the key this device seals to, 16 hexadecimal digits; None where it knows
            none, or does not say.
    """

    device: str
    after: str | None
    limit: int = 500
    sent_at: Instant | None = None
    digests: int = 0
    seals_to: str | None = None


class DigestKey(Message, frozen=True, kw_only=True):
    """What the digests of a registry are made with (``kiosk.wire.identity_digests``).

    Attributes:
        key: 32 bytes.
        memory_kib: Of the slow verifier.
        passes: Of the slow verifier.
    """

    key: bytes
    memory_kib: int
    passes: int

    def __repr__(self) -> str:
        return "DigestKey(…)"


class DigestLine(msgspec.Struct, frozen=True, array_like=True):
    """A card as a kiosk knows it.

    Attributes:
        card: Its digest.
        verifier: Of CPF and date of birth; empty where the card is good no more.
    """

    card: bytes
    verifier: bytes


class DigestPage(Message, frozen=True, kw_only=True):
    """Cards that came, changed or went."""

    key: DigestKey
    lines: list[DigestLine]


class KeyStatement(Message, frozen=True, kw_only=True):
    """What a registry states of the key to seal to.

    Attributes:
        public_key: 32 bytes, X25519.
        said_at: By the registry's clock. Of two statements the later counts.
    """

    public_key: bytes
    said_at: Instant


class KeyAnnouncement(Message, frozen=True, kw_only=True):
    """A statement and who vouches for it (``kiosk.wire.key_announcements``).

    Attributes:
        statement: The encoded ``KeyStatement``.
        signature: 64 bytes, Ed25519.
        identity: The registry's public key. Only at enrolment is it taken from here.
    """

    statement: bytes
    signature: bytes
    identity: bytes


class SealingKeyRequest(Message, frozen=True, kw_only=True):
    """Asks for the key to seal to."""

    device: str


class PullResponse(Message, frozen=True, kw_only=True):
    """Changes in order, and the cursor to commit together with them.

    Attributes:
        now: The registry's clock.
        sealing_key: The key to seal to from now on.
        last_sequence: The highest number of this device's receipts under which anything was taken
            in.
        digests: For a kiosk that understands them, also where there is none to tell.
        gate_tag: Changes with the gate of the device and the release keys it gets (``GATE_PATH``).
    """

    changes: list[AccountChange | OutcomeChange]
    cursor: str
    more: bool
    now: Instant | None = None
    sealing_key: KeyAnnouncement | None = None
    last_sequence: int | None = None
    digests: DigestPage | None = None
    gate_tag: str | None = None


class SnapshotRequest(Message, frozen=True, kw_only=True):
    """Asks for a file of all accounts, or for a kiosk of all digests.

    Attributes:
        digests: As in ``PullRequest``.
    """

    device: str
    digests: int = 0


ACCOUNTS = "accounts"
DIGESTS = "digests"


class SnapshotResponse(Message, frozen=True, kw_only=True):
    """A file as of a cursor: one JSON array a line.

    Attributes:
        holds: ``accounts``, with ref, status, origin, email a line; or ``digests``, with those of a
            card and a verifier, base64. The key to these comes by the feed alone: the file lies on
            a device as it comes.
        ready: False while the file is being made; then all else is empty, and the device asks
            again soon.
        cursor: From where the feed goes on after it.
        count: Lines.
        size: Bytes.
        sha256: Of all bytes, 64 hexadecimal digits.
    """

    ready: bool
    id: str = ""
    cursor: str = ""
    count: int = 0
    size: int = 0
    sha256: str = ""
    holds: str = ACCOUNTS


class SnapshotPieceRequest(Message, frozen=True, kw_only=True):
    """Asks for some bytes of such a file; the answer is those bytes, or 410 where it is gone.

    Attributes:
        length: At most ``MAX_PIECE_BYTES``; the last piece may be shorter.
    """

    device: str
    id: str
    offset: int
    length: int


class OutcomesRequest(Message, frozen=True, kw_only=True):
    """Asks for the present word on at most ``MAX_OUTCOMES`` of the asking device's operations."""

    device: str
    operations: list[str]


class OutcomesResponse(Message, frozen=True, kw_only=True):
    """The words on those that the registry knows."""

    outcomes: list[OutcomeChange]


class SignInBody(Message, frozen=True, kw_only=True):
    """A typed card, CPF or e-mail, and the password."""

    identifier: str
    password: str

    def __repr__(self) -> str:
        return "SignInBody(…)"


class SignInRequest(Message, frozen=True, kw_only=True):
    """An attempt to sign in.

    Attributes:
        nonce: Drawn for this attempt, at most ``MAX_NONCE_BYTES``.
        sealed: The encoded ``SignInBody``, sealed.
    """

    device: str
    nonce: Nonce
    sealed: bytes


class CodeBody(Message, frozen=True, kw_only=True):
    """Whom a code by e-mail is asked for.

    Attributes:
        purpose: ``register`` or ``reset``.
        identifier_kind: ``card`` or ``email``.
    """

    purpose: str
    identifier_kind: str
    identifier: str
    cpf: str | None
    birth_date: date

    def __repr__(self) -> str:
        return "CodeBody(…)"


class CodeRequest(Message, frozen=True, kw_only=True):
    """Asks for a code by e-mail; whatever was found, the answer is one and the same.

    Attributes:
        nonce: Drawn for this request.
        sealed: The encoded ``CodeBody``, sealed.
    """

    device: str
    nonce: Nonce
    sealed: bytes


class CodeResponse(Message, frozen=True, kw_only=True):
    """Says that a request for a code was taken, and nothing else.

    Attributes:
        gate: What the device's people have to bring: ``manual``, ``attendant``, ``email_code``.
    """

    gate: str


class ReleaseBody(Message, frozen=True, kw_only=True):
    """What a release code is wanted for.

    Attributes:
        kiosk: Where it will be typed.
        purpose: ``register`` or ``reset``.
        card_number: Of a person without CPF, or None.
    """

    kiosk: str
    purpose: str
    cpf: str | None
    card_number: str | None = None

    def __repr__(self) -> str:
        return "ReleaseBody(…)"


class ReleaseRequest(Message, frozen=True, kw_only=True):
    """A desk asks for a release code after the identity step.

    Attributes:
        device: The desk.
        nonce: Drawn for this request.
        sealed: The encoded ``ReleaseBody``, sealed.
    """

    device: str
    nonce: Nonce
    sealed: bytes


class ReleaseResponse(Message, frozen=True, kw_only=True):
    """A release code, to be read out."""

    code: str
    valid_minutes: int

    def __repr__(self) -> str:
        return "ReleaseResponse(…)"


class AccountView(Message, frozen=True, kw_only=True):
    """What Minha conta shows of the person who signed in."""

    shown_name: str
    card_number: str
    opens_by_card: bool
    opens_by_cpf: bool
    opens_by_email: bool
    masked_email: str | None

    def __repr__(self) -> str:
        return "AccountView(…)"


class SignInResponse(Message, frozen=True, kw_only=True):
    """The answer to a sign-in; ``account`` comes only with ``signed_in``.

    Attributes:
        calls_attendant: So many different people were named here in vain that an attendant has to
            look; the device takes no attempt meanwhile.
    """

    result: str
    account: AccountView | None = None
    calls_attendant: bool = False


class ReceiptBody(Message, frozen=True, kw_only=True):
    """Which receipt is asked about; at least one proof is given, and either opens it."""

    receipt: str
    card_number: str | None
    birth_date: date | None

    def __repr__(self) -> str:
        return f"ReceiptBody(receipt={self.receipt!r})"


class ReceiptRequest(Message, frozen=True, kw_only=True):
    """Asks what became of a receipt.

    Attributes:
        nonce: Drawn for this request.
        sealed: The encoded ``ReceiptBody``, sealed.
    """

    device: str
    nonce: Nonce
    sealed: bytes


class ReceiptResponse(Message, frozen=True, kw_only=True):
    """What the registry knows of a receipt; all None where receipt and proof do not fit."""

    kind: str | None = None
    outcome: str | None = None
    reason: str | None = None
    made_at: Instant | None = None
    decided_at: Instant | None = None


class Health(Message, frozen=True, kw_only=True):
    """Says that this is a registry, and which versions it speaks."""

    service: str
    versions: list[int]


class Problem(Message, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details.

    Attributes:
        now: The registry's clock, where that of the device is at fault.
    """

    title: str
    status: int
    type: str = "about:blank"
    detail: str | None = None
    now: Instant | None = None


_ENCODER = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """Return a message as JSON, UTF-8."""
    return _ENCODER.encode(message)


def content_digest(content: bytes) -> str:
    """Return what ``DIGEST_HEADER`` says of a body (RFC 9530)."""
    return f"sha-256=:{b64encode(hashlib.sha256(content).digest()).decode()}:"


def is_undamaged(content: bytes, said: str | None) -> bool:
    """Tell whether a body is the one that was sent.

    Damage that still parses would be carried out, or believed, without this; and what damages a
    header takes the word away.

    Args:
        content: The body as it arrived.
        said: The value of ``DIGEST_HEADER``, or None where there was none.
    """
    return said == content_digest(content)
