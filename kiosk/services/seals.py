"""Sealing what only the registry may read, before anything is kept or sent."""

import os
from uuid import UUID

from kiosk.domain.operations import OperationKind
from kiosk.services.tools import Tools
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import (
    CredentialBody,
    EmailBody,
    SealingKeyRequest,
    SignInBody,
    SignInRequest,
    encode,
)
from kiosk.wire.sealed_bodies import SealingKey, operation_binding, sign_in_binding

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
    body = encode(SignInBody(identifier=identifier, password=password))
    # White space behind it is nothing to whoever reads it.
    padded = body.ljust(-(-len(body) // _PADDED_TO) * _PADDED_TO)
    sealed = key.seal(padded, sign_in_binding(device, nonce))
    return SignInRequest(device=device, nonce=nonce, sealed=sealed)
