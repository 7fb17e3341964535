"""Only what the registry's identity has signed is believed of its key."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.key_announcements import NotVouchedFor, announce, verified
from kiosk.wire.messages import KeyAnnouncement, KeyStatement, encode
from tests.seals import SEALING_KEY

IDENTITY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = IDENTITY.public_key().public_bytes_raw()
SAID = announce(IDENTITY, SEALING_KEY.public_key, 5)


def test_what_the_registry_states_is_verified() -> None:
    assert verified(SAID, PUBLIC) == KeyStatement(public_key=SEALING_KEY.public_key, said_at=5)
    again = msgspec.json.decode(encode(SAID), type=KeyAnnouncement)
    assert verified(again, PUBLIC) == verified(SAID, PUBLIC)


def signed(statement: bytes, purpose: bytes = b"kiosk-pas sealing key 1\0") -> KeyAnnouncement:
    return KeyAnnouncement(
        statement=statement, signature=IDENTITY.sign(purpose + statement), identity=PUBLIC
    )


@pytest.mark.parametrize(
    "said",
    [
        announce(Ed25519PrivateKey.generate(), SEALING_KEY.public_key, 5),
        msgspec.structs.replace(
            announce(Ed25519PrivateKey.generate(), SEALING_KEY.public_key, 5), identity=PUBLIC
        ),
        msgspec.structs.replace(SAID, signature=b""),
        msgspec.structs.replace(
            SAID, statement=announce(IDENTITY, SEALING_KEY.public_key, 6).statement
        ),
        signed(SAID.statement, b"something else\0"),
        signed(b"\xff"),
        signed(b"{}"),
        signed(b'{"more":' + b"[" * 2000),
        signed(encode(KeyStatement(public_key=bytes(31), said_at=5))),
    ],
    ids=[
        "another identity",
        "another's signature",
        "no signature",
        "another statement",
        "signed for something else",
        "no statement",
        "an empty statement",
        "a deeply nested statement",
        "a short key",
    ],
)
def test_nothing_else_is_believed(said: KeyAnnouncement) -> None:
    with pytest.raises(NotVouchedFor):
        verified(said, PUBLIC)


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=40))
def test_whatever_comes_has_one_error(statement: bytes, signature: bytes, identity: bytes) -> None:
    said = KeyAnnouncement(statement=statement, signature=signature, identity=identity)
    for pinned in (identity, PUBLIC):
        with pytest.raises(NotVouchedFor):
            verified(said, pinned)
