"""How a registry tells a device its gate, and hands it release keys.

The word is signed by the registry's identity, as its sealing key is, and the keys in it are sealed
to a public key that was drawn for the one request it answers, and bound to that request: it can be
neither made nor kept by anybody on the way. The private half never leaves the device's memory.
"""

from dataclasses import dataclass, field

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.wire.messages import Message, encode
from kiosk.wire.sealed_bodies import CannotOpen, SealingKey, gate_binding, key_id_of, open_sealed

RELEASE_KEY_BYTES = 32
# So that nothing else the identity ever signs can be taken for such a word.
_PURPOSE = b"kiosk-pas gate 1\0"
_MOST_BYTES = 1024 * 1024


class GateRequest(Message, frozen=True, kw_only=True):
    """Asks for the gate of a device, and for the release keys it gets.

    Attributes:
        public_key: 32 bytes, X25519, drawn for this request.
    """

    device: str
    public_key: bytes


class GateResponse(Message, frozen=True, kw_only=True):
    """The registry's word.

    Attributes:
        statement: The encoded ``GateStatement``.
        signature: 64 bytes, Ed25519, by the identity that the device has pinned.
    """

    statement: bytes
    signature: bytes


class GateStatement(Message, frozen=True, kw_only=True):
    """What the word says.

    Attributes:
        gate: ``manual``, ``attendant``, ``email_code``.
        tag: As a pull tells it.
        sealed: The encoded ``HandedKeys``, none of them too, sealed to the public key of the
            request and bound to it and the device: so the whole word is for this request alone.
    """

    gate: str
    tag: str
    sealed: bytes


class HandedKey(Message, frozen=True, kw_only=True):
    """The keys of the codes for one kiosk.

    Attributes:
        name: Of the kiosk, for whoever gives a code.
        kiosk_key: Of the half that the kiosk verifies.
        registry_key: Of the half that the registry verifies; a kiosk never gets it.
    """

    kiosk: str
    name: str
    kiosk_key: bytes
    registry_key: bytes | None = None

    def __repr__(self) -> str:
        return f"HandedKey(kiosk={self.kiosk!r})"


class HandedKeys(Message, frozen=True, kw_only=True):
    """All that a device gets: what it had before and is not here is void."""

    keys: list[HandedKey]


_STATEMENT = msgspec.json.Decoder(GateStatement)
_KEYS = msgspec.json.Decoder(HandedKeys)


class NotTheRegistrysWord(Exception):
    """The word is not of the registry it should be of, or answers something else."""


@dataclass(frozen=True, slots=True)
class GateWord:
    """What a device was told.

    Attributes:
        gate: ``manual``, ``attendant``, ``email_code``, or a later registry's word.
    """

    gate: str
    tag: str
    keys: tuple[HandedKey, ...] = field(repr=False)


def state_gate(
    identity: Ed25519PrivateKey, request: GateRequest, gate: str, tag: str, keys: list[HandedKey]
) -> GateResponse:
    """Return the registry's word for one request.

    Raises:
        ValueError: The public key of the request is none.
    """
    binding = gate_binding(request.device, request.public_key)
    sealed = SealingKey(request.public_key).seal(encode(HandedKeys(keys=keys)), binding)
    statement = encode(GateStatement(gate=gate, tag=tag, sealed=sealed))
    return GateResponse(statement=statement, signature=identity.sign(_PURPOSE + statement))


def understood(
    response: GateResponse, identity: bytes, device: str, private_key: X25519PrivateKey
) -> GateWord:
    """Return what a registry says.

    Args:
        response: As it came.
        identity: The public half that has to have signed it.
        device: Who has asked.
        private_key: Drawn for the request.

    Raises:
        NotTheRegistrysWord: Another said it, or of something else.
    """
    public_key = private_key.public_key().public_bytes_raw()
    try:
        signer = Ed25519PublicKey.from_public_bytes(identity)
        signer.verify(response.signature, _PURPOSE + response.statement)
        said = _STATEMENT.decode(response.statement)
        opened = open_sealed(
            said.sealed,
            gate_binding(device, public_key),
            {key_id_of(public_key): private_key}.get,
            _MOST_BYTES,
        )
        keys = _KEYS.decode(opened).keys
    except (InvalidSignature, ValueError, msgspec.DecodeError, RecursionError, CannotOpen):
        raise NotTheRegistrysWord from None
    if any(
        len(key) != RELEASE_KEY_BYTES
        for one in keys
        for key in (one.kiosk_key, one.registry_key)
        if key is not None
    ):
        raise NotTheRegistrysWord
    return GateWord(said.gate, said.tag, tuple(keys))
