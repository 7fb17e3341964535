"""What each device is told of its gate, and which release keys it is handed."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import update

from kiosk.domain.gates import DESK_FACE, Gate
from kiosk.registry.device_lists import shut_out
from kiosk.registry.enrolments import Place, add_device
from kiosk.registry.gate_words import GateWords
from kiosk.registry.policies import Policies
from kiosk.registry.problems import Refused
from kiosk.registry.tables import DeviceState, devices
from kiosk.wire.device_keys import make_key
from kiosk.wire.gate_words import GateRequest, GateWord, understood
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench

DESK = "DESK00"
FAR = "FAR000"
POLICIES = Policies({DEVICE: Gate.ATTENDANT, FAR: Gate.ATTENDANT, OTHER_DEVICE: Gate.EMAIL_CODE})


@pytest.fixture
def words(registry: Workbench) -> GateWords:
    registry.enrol(DEVICE, OTHER_DEVICE, FAR)
    registry.enrol(DESK, face=DESK_FACE)
    stand_of(registry, FAR, site="Outra unidade")
    return GateWords(registry.engine, registry.keys, registry.sealing.identity, POLICIES)


def stand_of(registry: Workbench, device: str, **values: Any) -> None:
    with registry.engine.begin() as connection:
        connection.execute(update(devices).where(devices.c.device == device).values(**values))


def told(registry: Workbench, words: GateWords, device: str) -> GateWord:
    private = X25519PrivateKey.generate()
    request = GateRequest(device=device, public_key=private.public_key().public_bytes_raw())
    identity = registry.sealing.announcement().identity
    word = understood(words.say(request), identity, device, private)
    assert word.tag == words.tag_for(device)
    return word


def held(registry: Workbench, words: GateWords, device: str) -> list[str]:
    return [one.kiosk for one in told(registry, words, device).keys]


def test_each_is_told_its_gate_and_gets_what_it_is_to_have(
    registry: Workbench, words: GateWords
) -> None:
    gates = {one: told(registry, words, one).gate for one in (DEVICE, OTHER_DEVICE, FAR, DESK)}
    assert gates == {
        DEVICE: "attendant",
        OTHER_DEVICE: "email_code",
        FAR: "attendant",
        DESK: "manual",
    }
    assert held(registry, words, DEVICE) == [DEVICE]
    assert held(registry, words, OTHER_DEVICE) == []
    # Not that of another site, and none of a kiosk that asks for no such code.
    assert held(registry, words, DESK) == [DEVICE]


def test_no_kiosk_is_handed_the_registrys_half(registry: Workbench, words: GateWords) -> None:
    (own,) = told(registry, words, DEVICE).keys
    (pair,) = told(registry, words, DESK).keys
    keys = registry.keys.release_keys(DEVICE)
    assert (own.kiosk_key, own.registry_key) == (keys.kiosk, None)
    assert (pair.kiosk_key, pair.registry_key) == (keys.kiosk, keys.registry)
    assert keys.kiosk.hex() not in repr(own)


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
def test_the_keys_of_a_kiosk_that_is_shut_out_are_taken_from_its_desk(
    registry: Workbench, words: GateWords, state: DeviceState
) -> None:
    before = words.tag_for(DESK)
    shut_out(registry.engine, DEVICE, state, registry.clock.now)
    assert held(registry, words, DESK) == []
    assert words.tag_for(DESK) != before


def test_a_kiosk_that_moves_gets_other_keys_and_another_desk(
    registry: Workbench, words: GateWords
) -> None:
    (before,) = told(registry, words, DEVICE).keys
    place = Place("Quiosque", "Outra unidade", "kiosk")
    with registry.engine.begin() as connection:
        add_device(connection, DEVICE, place, make_key().public, registry.clock.now)
    (after,) = told(registry, words, DEVICE).keys
    assert after.kiosk_key != before.kiosk_key
    assert held(registry, words, DESK) == []


@pytest.mark.parametrize("how", ["stolen", "enrolled anew"])
def test_where_a_desk_goes_the_keys_of_its_site_change_and_no_others(
    registry: Workbench, words: GateWords, how: str
) -> None:
    before = {one: told(registry, words, one) for one in (DEVICE, FAR)}
    if how == "stolen":
        shut_out(registry.engine, DESK, DeviceState.STOLEN, registry.clock.now)
    else:
        place = Place("Balcão", "Outra unidade", DESK_FACE)
        with registry.engine.begin() as connection:
            add_device(connection, DESK, place, make_key().public, registry.clock.now)
    after = {one: told(registry, words, one) for one in (DEVICE, FAR)}
    assert after[DEVICE].keys != before[DEVICE].keys
    assert after[DEVICE].tag != before[DEVICE].tag
    assert after[FAR] == before[FAR]


def test_a_change_of_the_gate_changes_the_tag(registry: Workbench, words: GateWords) -> None:
    other = GateWords(registry.engine, registry.keys, registry.sealing.identity, Policies())
    assert other.tag_for(DEVICE) != words.tag_for(DEVICE)
    assert held(registry, other, DEVICE) == []


@pytest.mark.parametrize("public_key", [b"", b"short", bytes(32)])
def test_what_is_no_key_is_not_sealed_to(words: GateWords, public_key: bytes) -> None:
    with pytest.raises(Refused):
        words.say(GateRequest(device=DEVICE, public_key=public_key))
