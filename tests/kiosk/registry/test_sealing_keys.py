"""Which keys open, which one is announced, and when one may be forgotten."""

import msgspec
import pytest
from msgspec.json import Decoder
from sqlalchemy import Engine, insert, update

from kiosk.registry.claims import NotUnderstood, read_sealed
from kiosk.registry.limits import Limits
from kiosk.registry.operations import Operations
from kiosk.registry.sealing_keys import KEPT_MS, SealingKeys, kept_keys, prune, rotate
from kiosk.registry.tables import devices, operations, sealing_keys
from kiosk.wire.key_announcements import verified
from kiosk.wire.messages import (
    RECEIPT_PATH,
    Delivery,
    OperationMessage,
    PullRequest,
    PushRequest,
    ReceiptBody,
    ReceiptRequest,
)
from kiosk.wire.sealed_bodies import CannotOpen, SealingKey, request_binding, sign_in_binding
from tests.kiosk.registry.workbench import (
    DAY_MS,
    DEVICE,
    OTHER_DEVICE,
    START,
    StandingClock,
    Workbench,
    altered,
    seal,
)
from tests.seals import PRIVATE_KEY, SEALING_KEY, sealed, sign_in_request

MINUTE_MS = 60_000


def current(keys: SealingKeys) -> SealingKey:
    said = keys.announcement()
    return SealingKey(verified(said, said.identity).public_key)


def sealed_to(key: SealingKey, registry: Workbench, message: OperationMessage) -> OperationMessage:
    body = sealed(registry.credential(), message.id, message.kind, device=DEVICE, key=key)
    return altered(message, body=body)


def hear(engine: Engine, device: str, at: int) -> None:
    with engine.begin() as connection:
        connection.execute(insert(devices).values(device=device, heard_at=at))


def test_identity_and_key_are_made_once_and_kept(engine: Engine) -> None:
    clock = StandingClock()
    one, other = SealingKeys(engine, clock), SealingKeys(engine, clock)
    assert one.announcement() == other.announcement()
    (kept,) = kept_keys(engine)
    assert (kept.id, kept.made_at, kept.retired_at) == (current(one).id.hex(), START, None)
    assert one.private_key(current(one).id) is not None


def test_a_new_key_is_announced_and_the_old_one_still_opens(registry: Workbench) -> None:
    registry.add_person()
    before = current(registry.sealing)
    new = rotate(registry.engine, registry.clock.now)
    # A process that has not looked again yet opens what is sealed to the new one all the same.
    assert current(registry.sealing).id == before.id
    assert registry.sealing.private_key(bytes.fromhex(new)) is not None
    registry.clock.now += MINUTE_MS
    assert current(registry.sealing).id.hex() == new
    for key, outcome in ((before, "accepted"), (current(registry.sealing), "rejected")):
        (answer,) = registry.push(sealed_to(key, registry, registry.message()))
        assert answer.outcome == outcome


def test_what_is_said_later_is_said_with_a_later_time(registry: Workbench) -> None:
    registry.clock.now += DAY_MS
    said = registry.sealing.announcement()
    assert verified(said, said.identity).said_at == registry.clock.now
    registry.clock.now -= DAY_MS
    said = registry.sealing.announcement()
    assert verified(said, said.identity).said_at == registry.clock.now


def test_a_pruned_key_is_named_and_nothing_is_applied(registry: Workbench) -> None:
    registry.add_person()
    before = current(registry.sealing)
    late = sealed_to(before, registry, registry.message())
    rotate(registry.engine, START)
    registry.clock.now = START + KEPT_MS
    assert before.id.hex() in prune(registry.engine, registry.clock.now)
    good = sealed_to(current(registry.sealing), registry, registry.message())
    with pytest.raises(NotUnderstood) as odd:
        registry.push(good, late)
    assert (odd.value.index, odd.value.what, odd.value.key_id) == (1, "body", before.id.hex())
    assert registry.rows(operations) == []


def test_what_was_decided_is_answered_again_though_its_key_is_gone(registry: Workbench) -> None:
    registry.add_person()
    before = current(registry.sealing)
    known = sealed_to(before, registry, registry.message())
    (first,) = registry.push(known)
    rotate(registry.engine, START)
    registry.clock.now = START + KEPT_MS
    assert before.id.hex() in prune(registry.engine, registry.clock.now)
    good = sealed_to(current(registry.sealing), registry, registry.message())
    again, decided = registry.push(known, good)
    assert again == msgspec.structs.replace(first, duplicate=True)
    assert decided.duplicate is False
    assert registry.push(known) == [again]
    with pytest.raises(NotUnderstood):
        registry.push(altered(known, made_at=known.made_at + 1))
    with pytest.raises(NotUnderstood):
        registry.push(altered(known, id="no id"))


def test_a_young_key_and_the_one_in_use_are_never_pruned(engine: Engine) -> None:
    SealingKeys(engine, StandingClock())
    assert prune(engine, START + 10 * KEPT_MS) == []
    rotate(engine, START)
    assert prune(engine, START + KEPT_MS - 1) == []
    assert len(prune(engine, START + KEPT_MS)) == 1
    assert [key.retired_at for key in kept_keys(engine)] == [None]


def test_the_longest_silence_and_more_is_waited_for() -> None:
    assert KEPT_MS == 45 * DAY_MS


def test_a_key_is_kept_for_a_device_that_was_not_heard_since(engine: Engine) -> None:
    SealingKeys(engine, StandingClock())
    rotate(engine, START)
    hear(engine, DEVICE, START + MINUTE_MS)
    hear(engine, OTHER_DEVICE, START + MINUTE_MS + 1)
    now = START + 2 * KEPT_MS
    assert prune(engine, now) == []
    retired, in_use = kept_keys(engine)
    assert (retired.kept_for, in_use.kept_for) == ((DEVICE,), ())
    assert prune(engine, now, frozenset({OTHER_DEVICE})) == []
    assert prune(engine, now, frozenset({DEVICE})) == [retired.id]


def test_enrolment_tells_a_device_the_key_and_nobody_knows_of_one_that_was_shut_out(
    engine: Engine,
) -> None:
    SealingKeys(engine, StandingClock())
    rotate(engine, START)
    later = {"state_at": START + MINUTE_MS + 1}
    with engine.begin() as connection:
        add = insert(devices)
        connection.execute(add.values(device="AAAAAA", state="active", **later))
        connection.execute(add.values(device="BBBBBB", state="active", state_at=START - 1))
        connection.execute(add.values(device="CCCCCC", state="revoked", **later))
    retired, _ = kept_keys(engine)
    assert retired.kept_for == ("BBBBBB", "CCCCCC")
    assert prune(engine, START + 2 * KEPT_MS) == []


@pytest.mark.parametrize(
    ("state", "says", "is_kept"),
    [
        ("active", "old", True),
        ("active", "new", False),
        ("active", None, True),
        ("revoked", "old", False),
        ("stolen", None, False),
    ],
)
def test_a_key_is_kept_for_a_device_that_seals_to_it_against_better_knowledge(
    registry: Workbench, state: str, says: str | None, is_kept: bool
) -> None:
    registry.enrol(DEVICE)
    old = current(registry.sealing).id.hex()
    new = rotate(registry.engine, START)
    registry.clock.now = START + 2 * KEPT_MS
    said = {"old": old, "new": new, None: None}[says]
    registry.devices.note(PullRequest(device=DEVICE, after=None, seals_to=said))
    with registry.engine.begin() as connection:
        connection.execute(update(devices).values(state=state))
    kept = {key.id: key for key in kept_keys(registry.engine)}
    assert kept[old].used_by == ((DEVICE,) if is_kept else ())
    assert (old in prune(registry.engine, registry.clock.now)) is not is_kept
    assert (old in {key.id for key in kept_keys(registry.engine)}) is is_kept
    assert new in {key.id for key in kept_keys(registry.engine)}
    if is_kept:
        assert old in prune(registry.engine, registry.clock.now, frozenset({DEVICE}))


def test_a_change_of_the_key_is_noted_at_once_and_nonsense_is_none(registry: Workbench) -> None:
    registry.enrol(DEVICE)
    noted = []
    for said in ("0" * 16, "1" * 16, "nonsense"):
        registry.devices.note(PullRequest(device=DEVICE, after=None, seals_to=said))
        noted += [row["seals_to"] for row in registry.rows(devices)]
    assert noted == ["0" * 16, "1" * 16, None]


MOVED = {
    "another operation": lambda one: altered(one, id="0" * 32),
    "another wish": lambda one: altered(one, replaces="0" * 32),
    "another kind": lambda one: altered(one, kind="reset"),
    "no seal": lambda one: altered(one, body=b'{"identifier_kind":"card"}'),
    "nothing": lambda one: altered(one, body=b""),
    "cut off": lambda one: altered(one, body=one.body[:-1]),
    "huge": lambda one: altered(one, body=one.body * 100),
}


@pytest.mark.parametrize("how", MOVED)
def test_a_body_that_is_not_for_this_operation_is_refused(registry: Workbench, how: str) -> None:
    registry.add_person(origin="portal", password="uma senha antiga")
    message = registry.message()
    with pytest.raises(NotUnderstood) as odd:
        registry.push(MOVED[how](message))
    assert odd.value.what == "body"
    assert registry.rows(operations) == []
    assert registry.push(message)[0].outcome == "accepted"


def test_a_body_in_clear_is_refused(registry: Workbench) -> None:
    registry.add_person()
    with pytest.raises(NotUnderstood) as odd:
        registry.push(altered(registry.message(), body=registry.credential()))
    assert (odd.value.what, odd.value.key_id) == ("body", None)


def test_a_body_of_another_device_is_refused(registry: Workbench) -> None:
    registry.add_person()
    mine = registry.message()
    moved = altered(registry.message(device=OTHER_DEVICE), id=mine.id, body=mine.body)
    with pytest.raises(NotUnderstood, match="body"):
        registry.push(moved, device=OTHER_DEVICE)
    assert registry.push(mine)[0].outcome == "accepted"


def test_a_wish_that_is_sent_again_keeps_its_body(registry: Workbench) -> None:
    registry.add_person()
    first = registry.message()
    again = altered(registry.message(), replaces=first.id, body=first.body)
    assert registry.push(again)[0].outcome == "accepted"
    assert registry.push(first)[0].outcome == "accepted"
    assert [row["wish"].hex() for row in registry.rows(operations)] == [first.id] * 2


def test_bodies_are_opened_before_anybody_is_kept_waiting(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    opened: list[bytes] = []

    class Watched(SealingKeys):
        def private_key(self, key_id: bytes):  # type: ignore[no-untyped-def]
            # Whoever writes meanwhile would wait for ten seconds and fail.
            with registry.engine.begin():
                opened.append(key_id)
            return PRIVATE_KEY

    watched = Watched(registry.engine, registry.clock)
    taking = Operations(
        registry.engine,
        registry.cursors,
        registry.keys,
        watched,
        registry.hashes,
        registry.clock,
        Limits(registry.keys, registry.times, registry.policies),
    )
    request = PushRequest(device=DEVICE, deliveries=[Delivery(operation=message)])
    assert taking.take(request).answers[0].outcome == "accepted"
    assert opened == [SEALING_KEY.id]


def test_a_sign_in_of_another_device_or_nonce_is_refused(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password="uma senha boa")
    request = sign_in_request("000000000001", "uma senha boa", device=DEVICE)
    assert registry.sign_ins.attempt(request).response.result == "signed_in"
    for change in ({"device": OTHER_DEVICE}, {"nonce": bytes(16)}, {"sealed": b""}):
        with pytest.raises(CannotOpen):
            registry.sign_ins.attempt(msgspec.structs.replace(request, **change))


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"more":' + b"[" * 2000])
def test_a_sealed_body_that_is_no_sign_in_is_refused(registry: Workbench, body: bytes) -> None:
    request = sign_in_request("000000000001", "uma senha boa", device=DEVICE)
    sealed = SEALING_KEY.seal(body, sign_in_binding(DEVICE, request.nonce))
    with pytest.raises(CannotOpen):
        registry.sign_ins.attempt(msgspec.structs.replace(request, sealed=sealed))


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"more":' + b"[" * 2000])
def test_a_sealed_body_that_is_no_question_is_refused(registry: Workbench, body: bytes) -> None:
    sealed = SEALING_KEY.seal(body, request_binding(RECEIPT_PATH, DEVICE, b"nonce"))
    request = ReceiptRequest(device=DEVICE, nonce=b"nonce", sealed=sealed)
    with pytest.raises(CannotOpen):
        read_sealed(request, RECEIPT_PATH, Decoder(ReceiptBody), registry.sealing)


def test_an_operation_does_not_serve_as_a_sign_in(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    request = sign_in_request("000000000001", "uma senha boa", device=DEVICE)
    for body in (message.body, seal(b"{}", message)):
        with pytest.raises(CannotOpen):
            registry.sign_ins.attempt(msgspec.structs.replace(request, sealed=body))


def test_keys_are_as_long_as_keys_are(registry: Workbench) -> None:
    for row in registry.rows(sealing_keys):
        assert [len(row[name]) for name in ("id", "private_key", "public_key")] == [8, 32, 32]
