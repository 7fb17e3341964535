"""Reading what an operation asks for, before anything is decided or written."""

import re
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from kiosk.domain import cards, emails, receipts
from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import LONGEST_IDENTIFIER
from kiosk.domain.identifiers import Identifier, IdentifierKind, classify
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import GUARDED
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.wire.messages import CodeBody, CredentialBody, Delivery, EmailBody, OperationMessage
from kiosk.wire.sealed_bodies import (
    CannotOpen,
    open_sealed,
    operation_binding,
    request_binding,
)

MAX_EMAIL_LENGTH = 254
_ID = re.compile(r"[0-9a-f]{32}")
_LARGEST_INTEGER = 2**63 - 1
_Body = TypeVar("_Body")
_CREDENTIAL = msgspec.json.Decoder(CredentialBody)
_EMAIL = msgspec.json.Decoder(EmailBody)


class NotUnderstood(Exception):
    """An operation that cannot be read; nothing of its batch was applied.

    Args:
        index: Its place in the request, from 0.
        what: The part that was not understood, without its content.
        key_id: For a body that does not open: the key it says it is sealed to, if any.
    """

    def __init__(self, index: int, what: str, key_id: str | None = None) -> None:
        super().__init__(f"operation {index}: {what}")
        self.index = index
        self.what = what
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation, understood.

    Attributes:
        index: Its place in the request.
        digest: Tells a repetition from another operation under the same id.
        wish: Id of the first operation that was sent for the same wish.
        counter: Of its receipt.
        password_hash: For Cadastro and reset.
        email: For the registration of an e-mail, as it was typed.
        code: For the gate of the device, as it was typed.
        code_slot: The minute in which a release code was given, as the kiosk found it.
        unverified: A kiosk took it without being able to tell whose the card is.
    """

    index: int
    id: bytes
    digest: bytes
    message: OperationMessage
    kind: OperationKind
    claim: Claim = field(repr=False)
    acted_now: bool
    wish: bytes
    counter: int = 0
    password_hash: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    code_slot: int | None = None
    unverified: bool = False


def is_email(text: str) -> bool:
    """Tell whether a text can be an address that opens sign-in."""
    # The length first: normalising takes time that grows with the square of a hostile text.
    if len(text) > MAX_EMAIL_LENGTH or not text.isprintable():
        return False
    return any(one.kind is IdentifierKind.EMAIL for one in classify(text, CardFormat()))


def read_delivery(
    index: int, delivery: Delivery, device: str, hashes: PasswordHashes, sealing: SealingKeys
) -> Asked:
    """Read one operation of a device, opening what it sealed.

    Raises:
        NotUnderstood: Its id, numbers, kind, receipt, body or password hash are none.
    """
    message = delivery.operation
    if _ID.fullmatch(message.id) is None:
        raise NotUnderstood(index, "id")
    if message.replaces is not None and _ID.fullmatch(message.replaces) is None:
        raise NotUnderstood(index, "replaces")
    if not 0 <= message.sequence <= _LARGEST_INTEGER:
        raise NotUnderstood(index, "sequence")
    if not 0 <= message.made_at <= _LARGEST_INTEGER:
        raise NotUnderstood(index, "made_at")
    number = receipts.read(message.receipt)
    if number is None or number.device_code != device:
        raise NotUnderstood(index, "receipt")
    try:
        kind = OperationKind(message.kind)
    except ValueError:
        raise NotUnderstood(index, "kind") from None
    wish = message.replaces or message.id
    try:
        binding = operation_binding(wish, message.kind, device)
        opened = open_sealed(message.body, binding, sealing.private_key)
        body = (_EMAIL if kind is OperationKind.SET_EMAIL else _CREDENTIAL).decode(opened)
    except CannotOpen as failure:
        raise NotUnderstood(index, "body", failure.key_id) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotUnderstood(index, "body") from None
    password_hash = email = None
    if isinstance(body, CredentialBody):
        password_hash = body.password_hash
        if not hashes.is_current(password_hash):
            raise NotUnderstood(index, "password_hash")
    else:
        email = body.email.strip()
        if not is_email(email):
            raise NotUnderstood(index, "email")
    return Asked(
        index=index,
        id=bytes.fromhex(message.id),
        digest=message.digest(),
        message=message,
        kind=kind,
        claim=Claim(_identifier(index, body), body.cpf, body.birth_date),
        acted_now=delivery.acted_now,
        wish=bytes.fromhex(wish),
        counter=number.counter,
        password_hash=password_hash,
        email=email,
        code=body.code if isinstance(body, CredentialBody) else None,
        code_slot=body.code_slot if isinstance(body, CredentialBody) else None,
        unverified=isinstance(body, CredentialBody) and body.unverified,
    )


def read_purpose(text: str) -> OperationKind:
    """Read what a code is for.

    Raises:
        NotUnderstood: There are no codes for it.
    """
    kinds = {kind.value: kind for kind in GUARDED}
    if text not in kinds:
        raise NotUnderstood(0, "purpose")
    return kinds[text]


def read_claim(body: CodeBody) -> Claim:
    """Read whom a request for a code speaks of.

    Raises:
        NotUnderstood: What they named themselves by is no card or e-mail.
    """
    return Claim(_identifier(0, body), body.cpf, body.birth_date)


class SealedRequest(Protocol):
    """A question whose content is sealed."""

    @property
    def device(self) -> str:
        """The code of whoever asks."""

    @property
    def nonce(self) -> bytes:
        """Drawn for this asking."""

    @property
    def sealed(self) -> bytes:
        """What is asked."""


def read_sealed(
    request: SealedRequest, path: str, decoder: msgspec.json.Decoder[_Body], sealing: SealingKeys
) -> _Body:
    """Open what a device asks at a path.

    Raises:
        CannotOpen: It is not sealed to this registry, or not for this asking.
    """
    binding = request_binding(path, request.device, request.nonce)
    try:
        return decoder.decode(open_sealed(request.sealed, binding, sealing.private_key))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CannotOpen(None) from None


def _identifier(index: int, body: CredentialBody | EmailBody | CodeBody) -> Identifier:
    if len(body.identifier) > LONGEST_IDENTIFIER:
        raise NotUnderstood(index, "identifier")
    match body.identifier_kind:
        case "card":
            return Identifier(IdentifierKind.CARD, cards.clean(body.identifier))
        case "email":
            return Identifier(IdentifierKind.EMAIL, emails.key(body.identifier))
        case _:
            raise NotUnderstood(index, "identifier_kind")
