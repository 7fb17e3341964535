"""What is sealed opens for what it was made for, and for nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.wire.sealed_bodies import (
    KEY_ID_BYTES,
    MAX_SEALED_BYTES,
    CannotOpen,
    SealingKey,
    key_id_of,
    open_sealed,
    operation_binding,
    sign_in_binding,
)
from tests.seals import PRIVATE_KEY, SEALING_KEY

WISH = "0192f0c1a2b37d4e8f00112233445566"
BINDING = operation_binding(WISH, "reset", "K7Q2MT")
SECRET = b"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA"
SEALED = SEALING_KEY.seal(SECRET, BINDING)
HERE = {SEALING_KEY.id: PRIVATE_KEY}.get
PREFIX = 1 + KEY_ID_BYTES


def test_what_was_sealed_opens_again() -> None:
    assert open_sealed(SEALED, BINDING, HERE) == SECRET


def test_nothing_sealed_is_seen_and_nothing_is_sealed_alike() -> None:
    assert SECRET not in SEALED
    assert SEALING_KEY.seal(SECRET, BINDING)[PREFIX:] != SEALED[PREFIX:]


@pytest.mark.parametrize(
    "binding",
    [
        operation_binding("0" * 32, "reset", "K7Q2MT"),
        operation_binding(WISH, "register", "K7Q2MT"),
        operation_binding(WISH, "reset", "9ZX4BC"),
        sign_in_binding("K7Q2MT", bytes.fromhex(WISH)),
        b"",
    ],
    ids=["operation", "kind", "device", "sign-in", "nothing"],
)
def test_moved_to_another_it_does_not_open(binding: bytes) -> None:
    with pytest.raises(CannotOpen) as refused:
        open_sealed(SEALED, binding, HERE)
    assert (refused.value.key_id, refused.value.is_key_known) == (SEALING_KEY.id.hex(), True)


def test_a_sign_in_opens_for_its_device_and_nonce_alone() -> None:
    nonce = bytes(16)
    attempt = SEALING_KEY.seal(SECRET, sign_in_binding("K7Q2MT", nonce))
    assert open_sealed(attempt, sign_in_binding("K7Q2MT", nonce), HERE) == SECRET
    for other in (sign_in_binding("9ZX4BC", nonce), sign_in_binding("K7Q2MT", bytes(15) + b"\1")):
        with pytest.raises(CannotOpen):
            open_sealed(attempt, other, HERE)


@given(st.lists(st.text(), min_size=3, max_size=3), st.lists(st.text(), min_size=3, max_size=3))
@example(['a","b', "c", "d"], ["a", 'b","c', "d"])
@example(["a\0b", "", "c"], ["a", "b\0", "c"])
def test_no_two_operations_are_bound_alike(one: list[str], other: list[str]) -> None:
    assert (operation_binding(*one) == operation_binding(*other)) == (one == other)


def test_another_key_is_told_by_its_id() -> None:
    with pytest.raises(CannotOpen) as refused:
        open_sealed(SEALED, BINDING, lambda _: None)
    assert (refused.value.key_id, refused.value.is_key_known) == (SEALING_KEY.id.hex(), False)
    assert str(refused.value) == f"key {SEALING_KEY.id.hex()}"


def test_a_key_that_is_not_the_one_it_says_does_not_open() -> None:
    other = X25519PrivateKey.generate()
    with pytest.raises(CannotOpen):
        open_sealed(SEALED, BINDING, {SEALING_KEY.id: other}.get)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x01",
        b"{}",
        b'{"identifier_kind":"card","password_hash":"in clear"}',
        b"\x02" + SEALED[1:],
        SEALED[:PREFIX],
        bytes(MAX_SEALED_BYTES + 1),
        b"\x01" + SEALED[1:] + bytes(MAX_SEALED_BYTES),
    ],
)
def test_what_is_not_sealed_at_all_names_no_key(hostile: bytes) -> None:
    with pytest.raises(CannotOpen) as refused:
        open_sealed(hostile, BINDING, HERE)
    assert refused.value.key_id is None
    assert str(refused.value) == "not sealed"


def test_whatever_is_cut_off_does_not_open() -> None:
    for length in range(len(SEALED)):
        with pytest.raises(CannotOpen):
            open_sealed(SEALED[:length], BINDING, HERE)


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen):
        open_sealed(bytes(changed), BINDING, HERE)


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_whatever_comes_has_one_error(hostile: bytes, binding: bytes) -> None:
    for content in (hostile, SEALED[:PREFIX] + hostile):
        with pytest.raises(CannotOpen):
            open_sealed(content, binding, HERE)


@given(st.binary(max_size=4000), st.binary(max_size=200))
def test_any_content_comes_back(content: bytes, binding: bytes) -> None:
    assert open_sealed(SEALING_KEY.seal(content, binding), binding, HERE) == content


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_public_key_has_its_size(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey(bytes(size))


def test_the_id_is_that_of_the_key() -> None:
    assert SEALED[1:PREFIX] == SEALING_KEY.id == key_id_of(SEALING_KEY.public_key)
