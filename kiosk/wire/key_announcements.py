"""How a registry says to which key bodies are sealed, so that a device can tell that it is its own.

The statement is signed by the registry's identity (Ed25519), which a device pins at enrolment.
"""

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire.messages import KeyAnnouncement, KeyStatement, encode
from kiosk.wire.sealed_bodies import PUBLIC_KEY_BYTES

# So that nothing else the identity ever signs can be taken for a statement.
_PURPOSE = b"kiosk-pas sealing key 1\0"
_STATEMENT = msgspec.json.Decoder(KeyStatement)


class NotVouchedFor(Exception):
    """The announcement does not come from the registry it should come from."""


def announce(identity: Ed25519PrivateKey, public_key: bytes, said_at: int) -> KeyAnnouncement:
    """Return the signed statement that this is the key to seal to.

    Args:
        identity: The registry's.
        public_key: 32 bytes.
        said_at: Registry time, milliseconds since 1970, UTC.
    """
    statement = encode(KeyStatement(public_key=public_key, said_at=said_at))
    return KeyAnnouncement(
        statement=statement,
        signature=identity.sign(_PURPOSE + statement),
        identity=identity.public_key().public_bytes_raw(),
    )


def verified(announcement: KeyAnnouncement, identity: bytes) -> KeyStatement:
    """Return what a registry states.

    Args:
        announcement: As it came.
        identity: The public half that has to have signed it.

    Raises:
        NotVouchedFor: Another has, or nobody; or it states no key.
    """
    if announcement.identity != identity:
        raise NotVouchedFor
    try:
        signer = Ed25519PublicKey.from_public_bytes(identity)
        signer.verify(announcement.signature, _PURPOSE + announcement.statement)
        statement = _STATEMENT.decode(announcement.statement)
    except (InvalidSignature, ValueError, msgspec.DecodeError, RecursionError):
        raise NotVouchedFor from None
    if len(statement.public_key) != PUBLIC_KEY_BYTES:
        raise NotVouchedFor
    return statement
