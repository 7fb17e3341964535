"""Sealing what only the registry may read, before anything is kept or sent."""

import os
from uuid import UUID

from kiosk.domain.operations import OperationKind
from kiosk.services.tools import Tools
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import (
    CODE_PATH,
    RECEIPT_PATH,
    RELEASE_PATH,
    CodeBody,
    CodeRequest,
    CredentialBody,
    EmailBody,
    Message,
    ReceiptBody,
    ReceiptRequest,
    ReleaseBody,
    ReleaseRequest,
    SealingKeyRequest,
    SignInBody,
    SignInRequest,
    encode,
)
from kiosk.wire.sealed_bodies import (
    SealingKey,
    operation_binding,
    request_binding,
    sign_in_binding,
)

_NONCE_BYTES = 16
# Lengths beyond which a password's own does not show.
_PADDED_TO = 256


def known_key(tools: Tools) -> SealingKey | None:
    """Return the key to seal to, asking the registry where none is known; None where that fails."""
    key = tools.keys.current()
    if key is not None:
        return key
    try:
        announcement = tools.registry.sealing_key(SealingKeyRequest(device=tools.identity.code))
    except (Unreachable, NotAuthorised, NotUnderstood):
        return None
    tools.keys.learn(announcement)
    return tools.keys.current()


def sealed_body(
    tools: Tools,
    key: SealingKey,
    operation: UUID,
    kind: OperationKind,
    body: CredentialBody | EmailBody,
) -> bytes:
    """Return the body of an operation as it is kept and sent.

    Args:
        tools: The running device.
        key: What it is sealed to.
        operation: The first one of its wish.
        kind: What it asks for.
        body: What is sealed.
    """
    return key.seal(encode(body), operation_binding(operation.hex, kind, tools.identity.code))


def sealed_sign_in(tools: Tools, key: SealingKey, identifier: str, password: str) -> SignInRequest:
    """Return the request of one attempt to sign in."""
    device = tools.identity.code
    nonce = os.urandom(_NONCE_BYTES)
    body = SignInBody(identifier=identifier, password=password)
    sealed = key.seal(_padded(body), sign_in_binding(device, nonce))
    return SignInRequest(device=device, nonce=nonce, sealed=sealed)


def sealed_receipt_query(tools: Tools, key: SealingKey, body: ReceiptBody) -> ReceiptRequest:
    """Return the request of one question about a receipt."""
    nonce, sealed = _sealed(tools, key, RECEIPT_PATH, body)
    return ReceiptRequest(device=tools.identity.code, nonce=nonce, sealed=sealed)


def sealed_code_request(tools: Tools, key: SealingKey, body: CodeBody) -> CodeRequest:
    """Return the request of one code by e-mail."""
    nonce, sealed = _sealed(tools, key, CODE_PATH, body)
    return CodeRequest(device=tools.identity.code, nonce=nonce, sealed=sealed)


def sealed_release_request(tools: Tools, key: SealingKey, body: ReleaseBody) -> ReleaseRequest:
    """Return the request of one release code."""
    nonce, sealed = _sealed(tools, key, RELEASE_PATH, body)
    return ReleaseRequest(device=tools.identity.code, nonce=nonce, sealed=sealed)


def _sealed(tools: Tools, key: SealingKey, path: str, body: Message) -> tuple[bytes, bytes]:
    nonce = os.urandom(_NONCE_BYTES)
    binding = request_binding(path, tools.identity.code, nonce)
    return nonce, key.seal(_padded(body), binding)


def _padded(body: Message) -> bytes:
    encoded = encode(body)
    # White space behind it is nothing to whoever reads it.
    return encoded.ljust(-(-len(encoded) // _PADDED_TO) * _PADDED_TO)
