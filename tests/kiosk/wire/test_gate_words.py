import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.wire.gate_words import (
    GateRequest,
    GateResponse,
    HandedKey,
    NotTheRegistrysWord,
    state_gate,
    understood,
)

IDENTITY = Ed25519PrivateKey.generate()
PUBLIC = IDENTITY.public_key().public_bytes_raw()
PRIVATE = X25519PrivateKey.generate()
REQUEST = GateRequest(device="AAAAAA", public_key=PRIVATE.public_key().public_bytes_raw())
KEY = HandedKey(kiosk="AAAAAA", name="Um", kiosk_key=b"k" * 32)


def word(*keys: HandedKey, request: GateRequest = REQUEST) -> GateResponse:
    return state_gate(IDENTITY, request, "attendant", "tag", list(keys))


def test_a_word_is_understood_by_whoever_asked() -> None:
    said = understood(word(KEY), PUBLIC, "AAAAAA", PRIVATE)
    assert (said.gate, said.tag, said.keys) == ("attendant", "tag", (KEY,))


def test_the_keys_travel_sealed() -> None:
    response = word(KEY)
    assert b"kkkk" not in response.statement
    assert b"a2tra2tr" not in response.statement


def test_hundreds_of_kiosks_fit() -> None:
    many = [msgspec.structs.replace(KEY, kiosk=f"{n:06d}", name="x" * 60) for n in range(500)]
    assert len(understood(word(*many), PUBLIC, "AAAAAA", PRIVATE).keys) == 500


DEEP = b'{"more":' + b"[" * 2000


@pytest.mark.parametrize(
    "said",
    [
        word(request=msgspec.structs.replace(REQUEST, device="BBBBBB")),
        word(
            request=GateRequest(
                device="AAAAAA",
                public_key=X25519PrivateKey.generate().public_key().public_bytes_raw(),
            )
        ),
        state_gate(Ed25519PrivateKey.generate(), REQUEST, "manual", "tag", []),
        msgspec.structs.replace(word(), statement=b"{}"),
        GateResponse(statement=b"{}", signature=IDENTITY.sign(b"kiosk-pas gate 1\0{}")),
        GateResponse(statement=DEEP, signature=IDENTITY.sign(b"kiosk-pas gate 1\0" + DEEP)),
        word(msgspec.structs.replace(KEY, kiosk_key=b"short")),
        word(msgspec.structs.replace(KEY, registry_key=b"short")),
    ],
    ids=["device", "request", "registry", "changed", "nothing", "deep", "short key", "short pair"],
)
def test_a_word_of_another_or_to_another_is_not(said: GateResponse) -> None:
    with pytest.raises(NotTheRegistrysWord):
        understood(said, PUBLIC, "AAAAAA", PRIVATE)
