"""A key that whole tests agree upon, on both sides and in all of their processes."""

import os
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine

from kiosk.registry.clocks import system_clock
from kiosk.registry.sealing_keys import SealingKeys, rotate
from kiosk.wire.key_announcements import announce
from kiosk.wire.messages import (
    CODE_PATH,
    RECEIPT_PATH,
    RELEASE_PATH,
    CodeBody,
    CodeRequest,
    KeyAnnouncement,
    Message,
    OperationMessage,
    ReceiptBody,
    ReceiptRequest,
    ReleaseBody,
    ReleaseRequest,
    SignInBody,
    SignInRequest,
    encode,
)
from kiosk.wire.sealed_bodies import (
    SealingKey,
    open_sealed,
    operation_binding,
    request_binding,
    sign_in_binding,
)

DEVICE = "AAAAAA"
PRIVATE_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SEALING_KEY = SealingKey(PRIVATE_KEY.public_key().public_bytes_raw())


def sealed(
    content: Message | bytes,
    wish: str,
    kind: str = "register",
    *,
    device: str = DEVICE,
    key: SealingKey = SEALING_KEY,
) -> bytes:
    """Return a body as its device keeps it."""
    plain = content if isinstance(content, bytes) else encode(content)
    return key.seal(plain, operation_binding(wish, kind, device))


def opened(operation: OperationMessage, device: str = DEVICE) -> bytes:
    """Return what a device sealed for an operation."""
    wish = operation.replaces or operation.id
    binding = operation_binding(wish, operation.kind, device)
    return open_sealed(operation.body, binding, {SEALING_KEY.id: PRIVATE_KEY}.get)


def sign_in_request(
    identifier: str, password: str, *, device: str = DEVICE, key: SealingKey = SEALING_KEY
) -> SignInRequest:
    nonce = os.urandom(16)
    body = encode(SignInBody(identifier=identifier, password=password))
    return SignInRequest(
        device=device, nonce=nonce, sealed=key.seal(body, sign_in_binding(device, nonce))
    )


def receipt_request(
    receipt: str,
    *,
    card_number: str | None = None,
    birth_date: date | None = None,
    device: str = DEVICE,
) -> ReceiptRequest:
    body = ReceiptBody(receipt=receipt, card_number=card_number, birth_date=birth_date)
    nonce, sealed = _asked(RECEIPT_PATH, device, body)
    return ReceiptRequest(device=device, nonce=nonce, sealed=sealed)


def code_request(body: CodeBody, *, device: str = DEVICE) -> CodeRequest:
    nonce, sealed = _asked(CODE_PATH, device, body)
    return CodeRequest(device=device, nonce=nonce, sealed=sealed)


def release_request(body: ReleaseBody, *, device: str = DEVICE) -> ReleaseRequest:
    nonce, sealed = _asked(RELEASE_PATH, device, body)
    return ReleaseRequest(device=device, nonce=nonce, sealed=sealed)


def _asked(path: str, device: str, body: Message) -> tuple[bytes, bytes]:
    nonce = os.urandom(16)
    return nonce, SEALING_KEY.seal(encode(body), request_binding(path, device, nonce))


def use_the_tests_key(engine: Engine) -> KeyAnnouncement:
    """Let a registry announce the key of the tests, where it does not yet; return its word."""
    sealing = SealingKeys(engine, system_clock)
    if sealing.private_key(SEALING_KEY.id) is None:
        rotate(engine, system_clock(), PRIVATE_KEY)
        sealing = SealingKeys(engine, system_clock)
    return sealing.announcement()


def word_of_a_registry() -> KeyAnnouncement:
    """Return the word on the key of the tests of a registry that is not there."""
    return announce(Ed25519PrivateKey.generate(), SEALING_KEY.public_key, system_clock())
