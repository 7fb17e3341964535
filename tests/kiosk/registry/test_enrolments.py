"""Codes that let devices in, and keys that change."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.enrolment_codes import CODE_BYTES, LIFE_MS, from_bytes, grouped
from kiosk.domain.receipts import is_device_code
from kiosk.registry.admissions import OVERLAP_MS, Admissions, Asker, Head
from kiosk.registry.device_lists import shut_out
from kiosk.registry.enrolments import MOST_WRONG_CODES, WRONG_CODES_MS, Enrolments, Place
from kiosk.registry.nonces import Nonces, path_beside
from kiosk.registry.problems import Refused
from kiosk.registry.tables import DeviceState, audit, device_keys, devices, enrolment_codes
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.enrolments import (
    CODE_PROBLEM,
    SIGNATURE_PROBLEM,
    TAKEN_PROBLEM,
    EnrolRequest,
    EnrolResponse,
    RenewRequest,
)
from kiosk.wire.messages import content_digest
from kiosk.wire.signatures import new_nonce, sign
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench
from tests.seals import word_of_a_registry

PLACE = Place("Quiosque 2", "Sede", "kiosk")
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
WORD = word_of_a_registry()
WRONG = from_bytes(b"w" * CODE_BYTES)


@pytest.fixture
def enrolments(registry: Workbench) -> Enrolments:
    return Enrolments(registry.engine, registry.keys, registry.clock)


def enrol(
    enrolments: Enrolments,
    code: str,
    key: DeviceKey | None = None,
    device: str | None = None,
    address: str = HERE,
) -> EnrolResponse:
    key = make_key() if key is None else key
    request = EnrolRequest(code=code, public_key=key.public, device=device)
    return enrolments.enrol(request, address, WORD)


def refusal(enrolments: Enrolments, code: str, *more: Any, **others: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        enrol(enrolments, code, *more, **others)
    return refused.value.problem.status, refused.value.problem.type


def test_a_code_lets_one_device_in(enrolments: Enrolments, registry: Workbench) -> None:
    key = make_key()
    said = enrol(enrolments, grouped(enrolments.make_code(PLACE)).lower(), key)
    assert is_device_code(said.device)
    assert (said.name, said.site, said.face) == ("Quiosque 2", "Sede", "kiosk")
    assert said.sealing_key == WORD
    (row,) = registry.rows(devices)
    assert (row["device"], row["state"], row["heard_at"]) == (said.device, "active", None)
    (kept,) = registry.rows(device_keys)
    assert (kept["key_id"], kept["public_key"]) == (key.key_id, key.public)


def test_a_code_is_nowhere_in_the_database(enrolments: Enrolments, registry: Workbench) -> None:
    code = enrolments.make_code(PLACE)
    enrol(enrolments, code)
    database = registry.engine.url.database or ""
    for suffix in ("", "-wal"):
        with open(database + suffix, "rb") as file:  # noqa: PTH123
            content = file.read()
        assert code.encode() not in content
        assert grouped(code).encode() not in content
    assert len(registry.rows(enrolment_codes)[0]["digest"]) == 32


def test_a_code_is_good_once(enrolments: Enrolments, registry: Workbench) -> None:
    code = enrolments.make_code(PLACE)
    enrol(enrolments, code)
    assert refusal(enrolments, code) == (403, CODE_PROBLEM)
    assert len(registry.rows(devices)) == 1


def test_an_answer_that_was_lost_is_given_again(
    enrolments: Enrolments, registry: Workbench
) -> None:
    code, key = enrolments.make_code(PLACE), make_key()
    first = enrol(enrolments, code, key)
    assert enrol(enrolments, code, key) == first
    assert len(registry.rows(devices)) == 1


@pytest.mark.parametrize("is_bound", [False, True])
def test_a_lost_answer_and_a_code_that_is_over_lock_nobody_out(
    enrolments: Enrolments, registry: Workbench, is_bound: bool
) -> None:
    key = make_key()
    first = enrol(enrolments, enrolments.make_code(PLACE), key)
    registry.clock.now += LIFE_MS
    other_place = Place("Balcão 1", "Filial", "desk")
    code = enrolments.make_code(other_place, first.device if is_bound else None)
    said = enrol(enrolments, code, key)
    assert (said.device, said.name) == (first.device, "Balcão 1")
    assert enrol(enrolments, code, key, first.device) == said
    (row,) = registry.rows(devices)
    assert (row["device"], row["name"], row["face"]) == (first.device, "Balcão 1", "desk")
    assert [kept["key_id"] for kept in registry.rows(device_keys)] == [key.key_id]
    assert refusal(enrolments, code) == (403, CODE_PROBLEM)


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
def test_an_ordinary_code_lets_no_known_key_back_in_that_was_shut_out(
    enrolments: Enrolments, registry: Workbench, state: DeviceState
) -> None:
    (key,) = registry.enrol(DEVICE).values()
    shut_out(registry.engine, DEVICE, state, 0)
    code = enrolments.make_code(PLACE)
    assert refusal(enrolments, code, key) == (403, CODE_PROBLEM)
    assert registry.rows(devices)[0]["state"] == state.value
    assert registry.rows(enrolment_codes)[0]["used_by"] is None


def test_a_known_key_is_not_let_in_as_another_device(
    enrolments: Enrolments, registry: Workbench
) -> None:
    key = registry.enrol(DEVICE, OTHER_DEVICE)[DEVICE]
    ordinary = enrolments.make_code(PLACE)
    assert refusal(enrolments, ordinary, key, OTHER_DEVICE) == (403, CODE_PROBLEM)
    bound = enrolments.make_code(PLACE, OTHER_DEVICE)
    assert refusal(enrolments, bound, key) == (403, CODE_PROBLEM)
    assert {row["used_by"] for row in registry.rows(enrolment_codes)} == {None}


def test_a_code_ends_after_fifteen_minutes(enrolments: Enrolments, registry: Workbench) -> None:
    code, later = enrolments.make_code(PLACE), enrolments.make_code(PLACE)
    registry.clock.now += LIFE_MS - 1
    enrol(enrolments, code)
    registry.clock.now += 1
    assert refusal(enrolments, later) == (403, CODE_PROBLEM)


def test_a_clock_set_back_revives_no_code(enrolments: Enrolments, registry: Workbench) -> None:
    code = enrolments.make_code(PLACE)
    registry.clock.now += LIFE_MS
    assert refusal(enrolments, code) == (403, CODE_PROBLEM)
    registry.clock.now -= LIFE_MS
    assert refusal(enrolments, code) == (403, CODE_PROBLEM)


@pytest.mark.parametrize("code", ["", "x" * 28, WRONG, "\x00", "🙈" * 28, "a" * 100_000])
def test_what_is_no_code_lets_nobody_in(enrolments: Enrolments, code: str) -> None:
    enrolments.make_code(PLACE)
    assert refusal(enrolments, code) == (403, CODE_PROBLEM)


def test_an_address_that_guesses_has_to_wait(enrolments: Enrolments, registry: Workbench) -> None:
    code = enrolments.make_code(PLACE)
    for _ in range(MOST_WRONG_CODES):
        assert refusal(enrolments, WRONG) == (403, CODE_PROBLEM)
    assert refusal(enrolments, code) == (429, CODE_PROBLEM)
    # Nobody else is held up.
    enrol(enrolments, code, address=ELSEWHERE)
    registry.clock.now += WRONG_CODES_MS
    enrol(enrolments, enrolments.make_code(PLACE))


def test_what_is_remembered_of_addresses_is_bounded(
    enrolments: Enrolments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.registry.enrolments._MOST_ADDRESSES", 2)
    for number in range(5):
        assert refusal(enrolments, WRONG, address=f"192.0.2.{number}")[0] == 403
    assert len(enrolments._attempts._failures) <= 2


def test_a_machine_keeps_the_code_of_its_receipts(enrolments: Enrolments) -> None:
    assert enrol(enrolments, enrolments.make_code(PLACE), device=DEVICE).device == DEVICE


def test_nobody_takes_the_code_of_an_enrolled_device(
    enrolments: Enrolments, registry: Workbench
) -> None:
    registry.enrol(DEVICE)
    code = enrolments.make_code(PLACE)
    assert refusal(enrolments, code, device=DEVICE) == (409, TAKEN_PROBLEM)
    shut_out(registry.engine, DEVICE, DeviceState.REVOKED, 0)
    assert refusal(enrolments, code, device=DEVICE) == (409, TAKEN_PROBLEM)
    # The code is not used up by that.
    enrol(enrolments, code, device=OTHER_DEVICE)


def test_a_code_made_for_a_device_gives_it_a_new_key(
    enrolments: Enrolments, registry: Workbench
) -> None:
    (old,) = registry.enrol(DEVICE).values()
    shut_out(registry.engine, DEVICE, DeviceState.REVOKED, 0)
    code, key = enrolments.make_code(PLACE, DEVICE), make_key()
    assert refusal(enrolments, code, key, OTHER_DEVICE) == (409, TAKEN_PROBLEM)
    assert enrol(enrolments, code, key, DEVICE).device == DEVICE
    assert registry.rows(devices)[0]["state"] == "active"
    assert [row["key_id"] for row in registry.rows(device_keys)] == [key.key_id] != [old.key_id]


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
def test_a_code_made_for_a_device_lets_the_key_of_a_lost_answer_in(
    enrolments: Enrolments, registry: Workbench, state: DeviceState
) -> None:
    # It offers the same key for ever, since it never heard that it was taken.
    key = make_key()
    first = enrol(enrolments, enrolments.make_code(PLACE), key)
    shut_out(registry.engine, first.device, state, 0)
    assert refusal(enrolments, enrolments.make_code(PLACE), key) == (403, CODE_PROBLEM)
    code = enrolments.make_code(PLACE, first.device)
    assert enrol(enrolments, code, key).device == first.device
    assert registry.rows(devices)[0]["state"] == "active"


def test_looking_says_what_enrolling_would_and_keeps_nothing(
    enrolments: Enrolments, registry: Workbench
) -> None:
    code, key = enrolments.make_code(PLACE), make_key()
    request = EnrolRequest(code=code, public_key=key.public, device=None)
    before = registry.rows(enrolment_codes), registry.rows(audit)
    for _ in range(3):
        found = enrolments.look(request, "")
        assert (found.name, found.site, found.face) == ("Quiosque 2", "Sede", "kiosk")
    assert registry.rows(devices) == registry.rows(device_keys) == []
    assert (registry.rows(enrolment_codes), registry.rows(audit)) == before
    enrol(enrolments, code, key)
    # Its own key may look again, after an answer that was lost; nobody else's may.
    assert enrolments.look(request, "").name == "Quiosque 2"
    other = EnrolRequest(code=code, public_key=make_key().public, device=None)
    with pytest.raises(Refused) as refused:
        enrolments.look(other, "")
    assert (refused.value.problem.status, refused.value.problem.type) == (403, CODE_PROBLEM)


def test_looking_at_a_device_that_is_another_is_refused(
    enrolments: Enrolments, registry: Workbench
) -> None:
    registry.enrol(DEVICE)
    code = enrolments.make_code(PLACE)
    request = EnrolRequest(code=code, public_key=make_key().public, device=DEVICE)
    with pytest.raises(Refused) as refused:
        enrolments.look(request, "")
    assert refused.value.problem.status == 409


def test_looking_is_no_way_to_try_codes(enrolments: Enrolments) -> None:
    request = EnrolRequest(code="", public_key=make_key().public, device=None)
    statuses = []
    for _ in range(MOST_WRONG_CODES + 1):
        with pytest.raises(Refused) as refused:
            enrolments.look(request, "192.0.2.1")
        statuses.append(refused.value.problem.status)
    assert statuses == [403] * MOST_WRONG_CODES + [429]


def test_a_theft_ends_the_codes_made_for_the_device(
    enrolments: Enrolments, registry: Workbench
) -> None:
    registry.enrol(DEVICE)
    code = enrolments.make_code(PLACE, DEVICE)
    shut_out(registry.engine, DEVICE, DeviceState.STOLEN, 0)
    assert refusal(enrolments, code, device=DEVICE) == (403, CODE_PROBLEM)


@pytest.mark.parametrize("device", ["", "?", "k7q2mt", "K7Q2MTX"])
def test_what_is_no_code_of_receipts_is_not_understood(enrolments: Enrolments, device: str) -> None:
    assert refusal(enrolments, enrolments.make_code(PLACE), device=device)[0] == 422


def test_what_was_done_is_in_the_audit(enrolments: Enrolments, registry: Workbench) -> None:
    said = enrol(enrolments, enrolments.make_code(PLACE))
    noted = [(row["what"], row["device"]) for row in registry.rows(audit)]
    assert noted == [("enrolment_code_made", None), ("device_enrolled", said.device)]


class Device:
    """One that asks, and changes its key."""

    def __init__(self, registry: Workbench, enrolments: Enrolments) -> None:
        self.registry = registry
        self.enrolments = enrolments
        (self.key,) = registry.enrol(DEVICE).values()
        nonces = Nonces(path_beside(_file(registry)), registry.clock)
        self._admissions = Admissions(registry.engine, nonces, registry.clock)

    def ask(self, key: DeviceKey) -> Asker:
        headers = sign(key, "POST", "/", content_digest(b""), self.registry.clock.now, new_nonce())
        return self._admissions.admit(Head("POST", "/", tuple(headers.items())))

    def is_let_in(self, key: DeviceKey) -> bool:
        try:
            return self.ask(key).device == DEVICE
        except Refused as refused:
            return refused.problem.type != SIGNATURE_PROBLEM

    def renew(self, key: DeviceKey, with_key: DeviceKey | None = None) -> str:
        asker = self.ask(with_key or self.key)
        proof = key.private.sign(asker.key_id.encode())
        request = RenewRequest(device=DEVICE, public_key=key.public, proof=proof)
        return self.enrolments.renew(asker, request).key_id


def _file(registry: Workbench) -> Path:
    return Path(registry.engine.url.database or "")


@pytest.fixture
def device(registry: Workbench, enrolments: Enrolments) -> Device:
    return Device(registry, enrolments)


def test_both_keys_are_good_until_the_new_one_was_used(device: Device) -> None:
    new = make_key()
    assert device.renew(new) == new.key_id
    device.registry.clock.now += 10 * OVERLAP_MS
    assert device.is_let_in(device.key)
    assert device.is_let_in(new)
    device.registry.clock.now += OVERLAP_MS - 1
    assert device.is_let_in(device.key)
    device.registry.clock.now += 1
    assert not device.is_let_in(device.key)
    assert device.is_let_in(new)


def test_a_renewal_may_be_asked_for_again(device: Device) -> None:
    new = make_key()
    device.renew(new)
    device.renew(new)
    assert len(device.registry.rows(device_keys)) == 2


def test_a_key_that_was_lost_on_its_way_goes(device: Device) -> None:
    lost, new = make_key(), make_key()
    device.renew(lost)
    device.renew(new)
    assert not device.is_let_in(lost)
    assert device.is_let_in(new)


def test_a_renewal_leaves_the_key_that_asks_though_its_use_was_not_noted(device: Device) -> None:
    asker = Asker(DEVICE, device.key.key_id, is_trusted=True, is_kiosk=True)
    new = make_key()
    assert device.registry.rows(device_keys)[0]["first_used_at"] is None
    proof = new.private.sign(asker.key_id.encode())
    request = RenewRequest(device=DEVICE, public_key=new.public, proof=proof)
    device.enrolments.renew(asker, request)
    assert device.is_let_in(device.key)
    assert device.is_let_in(new)


def test_an_old_backup_gets_in_again_within_the_overlap(device: Device) -> None:
    new, newest = make_key(), make_key()
    device.renew(new)
    device.ask(new)
    device.renew(newest, with_key=device.key)
    assert device.is_let_in(newest)


def test_an_ordinary_code_revives_no_key_whose_time_is_over(device: Device) -> None:
    old, new = device.key, make_key()
    device.renew(new)
    device.ask(new)
    device.registry.clock.now += OVERLAP_MS
    code = device.enrolments.make_code(PLACE)
    assert refusal(device.enrolments, code, old) == (403, CODE_PROBLEM)
    assert device.is_let_in(new)
    # One that was made for the device does: it holds for a machine put back from a backup.
    assert (
        enrol(device.enrolments, device.enrolments.make_code(PLACE, DEVICE), old).device == DEVICE
    )
    assert device.is_let_in(old)
    assert not device.is_let_in(new)


def test_nobody_enrols_a_key_they_do_not_have(device: Device) -> None:
    asker, stranger = device.ask(device.key), make_key()
    for proof in (b"", b"x" * 64, device.key.private.sign(asker.key_id.encode())):
        request = RenewRequest(device=DEVICE, public_key=stranger.public, proof=proof)
        with pytest.raises(Refused) as refused:
            device.enrolments.renew(asker, request)
        assert refused.value.problem.status == 422


def test_a_key_for_which_anybody_can_sign_is_not_taken(device: Device) -> None:
    # Under it the same 64 bytes are a proof for about every fourth name of a present key.
    for number in range(32):
        asker = Asker(DEVICE, f"{number:032x}", is_trusted=True, is_kiosk=True)
        request = RenewRequest(device=DEVICE, public_key=bytes(32), proof=bytes(64))
        with pytest.raises(Refused):
            device.enrolments.renew(asker, request)


def test_the_key_of_another_device_is_not_taken(device: Device) -> None:
    (other,) = device.registry.enrol(OTHER_DEVICE).values()
    with pytest.raises(Refused):
        device.renew(other)


def test_a_key_of_a_revoked_device_still_says_whose_it_is(device: Device) -> None:
    shut_out(device.registry.engine, DEVICE, DeviceState.STOLEN, 0)
    assert not device.ask(device.key).is_trusted
