"""One contract for the registry over HTTP, a real service on a real file, and for its stand-in."""

import csv
import hashlib
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import uvicorn
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.domain.cards import CardFormat
from kiosk.domain.gates import Gate
from kiosk.domain.operations import OperationKind
from kiosk.domain.people import MembershipStatus, Origin, Person
from kiosk.domain.receipts import ReceiptNumber
from kiosk.domain.release_codes import Release, find_slot_at_kiosk, read
from kiosk.registry.api import create_app
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.device_lists import shut_out
from kiosk.registry.digests import Digests, digest_key
from kiosk.registry.imports import import_roster
from kiosk.registry.keys import load_keys
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.policies import Policies
from kiosk.registry.rosters import HEADER
from kiosk.registry.tables import DeviceState
from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import (
    CursorGone,
    GateTeller,
    NotAuthorised,
    NotUnderstood,
    Registry,
    ShutOut,
    SnapshotGone,
    Unreachable,
)
from kiosk.wire.gate_words import GateRequest, GateWord, understood
from kiosk.wire.identity_digests import card_digest, verifier
from kiosk.wire.messages import (
    DIGESTS,
    MAX_PIECE_BYTES,
    AccountChange,
    Answer,
    CodeBody,
    Delivery,
    DigestLine,
    FoundMessage,
    OperationMessage,
    OutcomeChange,
    OutcomesRequest,
    PullRequest,
    PushRequest,
    ReleaseBody,
    SealingKeyRequest,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
)
from tests.enrolments import new_signer
from tests.factories import BORN, cpf, credential_of, operation_id, person
from tests.fakes import FakeRegistry
from tests.seals import (
    SEALING_KEY,
    code_request,
    receipt_request,
    release_request,
    sealed,
    sign_in_request,
    use_the_tests_key,
)

DEVICE = "K7Q2MT"
OTHER = "9ZX4BC"
GATED = "GATED0"
DESK = "DESK00"
PASSWORD = "cavalo bateria grampo"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NEW = person(1)
APP = person(2, origin=Origin.APP_2024, email="joana@exemplo.br", social_name="Jô")
PORTAL = person(3, origin=Origin.PORTAL)
LEGACY = person(4, origin=Origin.LEGACY_APP)
CANCELLED = person(5, origin=Origin.APP_2024, status=MembershipStatus.CANCELLED)
PEOPLE = (NEW, APP, PORTAL, LEGACY, CANCELLED)

Revoke = Callable[[str], None]
Opened = tuple[Registry, Revoke, Callable[[], None]]


def open_fake(_folder: Path, _migrated: Path) -> Opened:
    registry = FakeRegistry(
        kiosks={DEVICE}, gates={GATED: Gate.ATTENDANT}, desks={DESK: [DEVICE, OTHER, GATED]}
    )
    for who in PEOPLE:
        registry.add(who, None if who.origin is Origin.NONE else PASSWORD)
    return registry, registry.revoked.add, lambda: None


def open_real(folder: Path, migrated: Path) -> Opened:
    shutil.copy(migrated, folder)
    engine = open_database(default_url(folder))
    roster = folder / "people.csv"
    with roster.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(roster_row(who) for who in PEOPLE)
    import_roster(engine, roster, card_format=CardFormat(), clock=system_clock)
    use_the_tests_key(engine)
    digests = Digests(engine, digest_key(load_keys(engine)), system_clock)
    while digests.fill().has_more:
        pass
    app = create_app(
        engine,
        card_format=CardFormat(),
        sign_in_floor_seconds=0,
        hashes=PasswordHashes(HASHER),
        policies=Policies({GATED: Gate.ATTENDANT}),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    clients = {
        code: HttpRegistry(address, 60.0, new_signer(engine, code, face))
        for code, face in ((DEVICE, "kiosk"), (OTHER, "desk"), (GATED, "kiosk"), (DESK, "desk"))
    }

    def close() -> None:
        for client in clients.values():
            client.close()
        server.should_exit = True
        thread.join()
        listener.close()
        engine.dispose()

    def revoke(device: str) -> None:
        shut_out(engine, device, DeviceState.REVOKED, 0)

    return cast("Registry", EachAsItself(clients)), revoke, close


class EachAsItself:
    """Sends each request as the device it names."""

    def __init__(self, clients: dict[str, HttpRegistry]) -> None:
        self._clients = clients

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        return lambda request: getattr(self._clients[request.device], name)(request)


def roster_row(who: Person) -> tuple[str, ...]:
    return (
        who.person_id,
        who.holder_id or "",
        who.card_number,
        who.cpf or "",
        who.birth_date.isoformat(),
        who.full_name,
        who.social_name or "",
        who.email or "",
        who.status,
        who.origin,
        "" if who.origin is Origin.NONE else HASHER.hash(PASSWORD),
    )


def test_a_code_is_asked_for_and_none_is_given_by_who_is_no_desk(registry: Registry) -> None:
    asked = CodeBody(
        purpose="reset",
        identifier_kind="card",
        identifier="000000000001",
        cpf=cpf(1),
        birth_date=BORN,
    )
    assert registry.request_code(code_request(asked, device=DEVICE)).gate == "manual"
    wanted = ReleaseBody(kiosk=DEVICE, purpose="reset", cpf=cpf(1))
    with pytest.raises(NotAuthorised):
        registry.release(release_request(wanted, device=DEVICE))


def learnt(registry: Registry, device: str) -> GateWord:
    """Ask as a device does: by the identity that vouches for the registry's key."""
    identity = registry.sealing_key(SealingKeyRequest(device=device)).identity
    private = X25519PrivateKey.generate()
    request = GateRequest(device=device, public_key=private.public_key().public_bytes_raw())
    response = cast("GateTeller", registry).gate(request)
    return understood(response, identity, device, private)


def test_a_kiosk_is_handed_its_half_and_a_desk_the_pair(registry: Registry) -> None:
    kiosk, desk = learnt(registry, GATED), learnt(registry, DESK)
    assert (kiosk.gate, desk.gate) == ("attendant", "manual")
    (half,), (pair,) = kiosk.keys, desk.keys
    assert (half.kiosk, pair.kiosk) == (GATED, GATED)
    assert half.kiosk_key == pair.kiosk_key
    assert half.registry_key is None
    assert pair.registry_key is not None
    assert pair.registry_key != pair.kiosk_key


def test_a_kiosk_of_the_manuals_flow_is_handed_no_key(registry: Registry) -> None:
    word = learnt(registry, DEVICE)
    assert (word.gate, word.keys) == ("manual", ())


@pytest.mark.parametrize("device", [DEVICE, GATED, DESK])
def test_a_pull_tells_the_tag_of_the_word(registry: Registry, device: str) -> None:
    page = registry.pull(PullRequest(device=device, after=None))
    assert page.gate_tag == learnt(registry, device).tag


def test_a_desk_that_asks_gets_the_code_that_its_keys_make(registry: Registry) -> None:
    wanted = ReleaseBody(kiosk=GATED, purpose="reset", cpf=cpf(1))
    given = registry.release(release_request(wanted, device=DESK))
    (half,) = learnt(registry, GATED).keys
    release = Release(GATED, OperationKind.RESET, f"cpf:{cpf(1)}")
    code = read(given.code)
    assert code is not None
    assert find_slot_at_kiosk(half.kiosk_key, release, code, system_clock()) is not None


def test_what_is_not_sealed_for_this_asking_is_not_answered(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    asked = receipt_request("?", card_number="1", device=DEVICE)
    other = msgspec.structs.replace(asked, nonce=bytes(16))
    with pytest.raises((NotUnderstood, Unreachable)):
        registry.query_receipt(other)
    # The registry tells its technician.
    caplog.clear()


@pytest.fixture(params=[open_fake, open_real], ids=["fake", "http"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_registry: Path
) -> Iterator[Opened]:
    opened: Opened = request.param(tmp_path, migrated_registry)
    yield opened
    opened[2]()


@pytest.fixture
def registry(opened: Opened) -> Registry:
    return opened[0]


@pytest.fixture
def revoke(opened: Opened) -> Revoke:
    return opened[1]


def delivery(
    who: Person,
    kind: OperationKind = OperationKind.REGISTER,
    *,
    counter: int = 1,
    seen: str | None = None,
    acted_now: bool = False,
    device: str = DEVICE,
) -> Delivery:
    operation = operation_id().hex
    body = credential_of(who, HASHER.hash(PASSWORD))
    return Delivery(
        operation=OperationMessage(
            id=operation,
            kind=kind,
            receipt=str(ReceiptNumber(device, counter)),
            sequence=counter,
            seen=seen,
            made_at=1_700_000_000_000,
            body=sealed(body, operation, kind, device=device),
        ),
        acted_now=acted_now,
    )


def push(registry: Registry, *deliveries: Delivery, device: str = DEVICE) -> list[Answer]:
    return registry.push(PushRequest(device=device, deliveries=list(deliveries))).answers


def said(answer: Answer) -> tuple[str, str | None, bool]:
    return answer.outcome, answer.reason, answer.duplicate


def pull_all(registry: Registry, device: str = DEVICE) -> tuple[list[object], str]:
    changes: list[object] = []
    after = None
    while True:
        page = registry.pull(PullRequest(device=device, after=after))
        changes += page.changes
        after = page.cursor
        if not page.more:
            return changes, after


@pytest.mark.parametrize(
    ("who", "kind", "outcome", "reason"),
    [
        (NEW, OperationKind.REGISTER, "accepted", None),
        (PORTAL, OperationKind.REGISTER, "accepted", None),
        (LEGACY, OperationKind.REGISTER, "accepted", None),
        (APP, OperationKind.REGISTER, "rejected", "already_registered"),
        (CANCELLED, OperationKind.REGISTER, "rejected", "not_covered"),
        (replace(NEW, cpf=None), OperationKind.REGISTER, "rejected", "identity_mismatch"),
        (person(99), OperationKind.RESET, "rejected", "identity_mismatch"),
        (NEW, OperationKind.RESET, "rejected", "not_registered"),
        (PORTAL, OperationKind.RESET, "accepted", None),
    ],
)
def test_the_rules_decide(
    registry: Registry, who: Person, kind: OperationKind, outcome: str, reason: str | None
) -> None:
    _, cursor = pull_all(registry)
    (answer,) = push(registry, delivery(who, kind, seen=cursor))
    assert said(answer) == (outcome, reason, False)


def test_answers_come_in_the_order_of_the_request(registry: Registry) -> None:
    asked = [delivery(person(n), counter=n) for n in (99, 1, 98)]
    assert [one.id for one in push(registry, *asked)] == [one.operation.id for one in asked]


def test_a_repetition_has_the_first_answer_and_no_effect(registry: Registry) -> None:
    asked = delivery(NEW)
    (first,) = push(registry, asked)
    before, _ = pull_all(registry)
    (again,) = push(registry, asked)
    after, _ = pull_all(registry)
    assert said(again) == ("accepted", None, True)
    assert again.decided_at == first.decided_at
    assert after == before


@pytest.mark.parametrize("first", ["old", "new"])
def test_one_wish_under_two_ids_has_one_effect(registry: Registry, first: str) -> None:
    old, again = delivery(NEW, counter=7), delivery(NEW, counter=8)
    new = msgspec.structs.replace(
        again,
        operation=msgspec.structs.replace(
            again.operation, sequence=7, replaces=old.operation.id, body=old.operation.body
        ),
    )
    one, other = (old, new) if first == "old" else (new, old)
    assert said(push(registry, one)[0]) == ("accepted", None, False)
    before, _ = pull_all(registry)
    assert said(push(registry, other)[0]) == ("accepted", None, False)
    after, _ = pull_all(registry)
    assert len(after) == len(before) + 1  # the outcome of the other, and nobody's account
    assert said(push(registry, other)[0]) == ("accepted", None, True)


def test_a_later_wish_of_the_device_is_not_overwritten_by_an_earlier(registry: Registry) -> None:
    _, cursor = pull_all(registry)
    earlier = delivery(PORTAL, OperationKind.RESET, seen=cursor, counter=7)
    later = delivery(PORTAL, OperationKind.RESET, seen=cursor, counter=8)
    assert said(push(registry, later)[0]) == ("accepted", None, False)
    assert said(push(registry, earlier)[0]) == ("rejected", "superseded", False)


def test_an_answer_tells_what_the_registry_had(registry: Registry) -> None:
    fits, fits_not = push(registry, delivery(PORTAL), delivery(person(99), counter=2))
    assert fits.found == FoundMessage(origin="portal", status="active")
    assert fits_not.found is None
    changes, _ = pull_all(registry)
    told = {one.operation: one.found for one in changes if isinstance(one, OutcomeChange)}
    assert told == {fits.id: fits.found, fits_not.id: None}


def test_another_body_under_the_same_id_is_refused(registry: Registry) -> None:
    asked = delivery(NEW)
    push(registry, asked)
    other = with_id(delivery(PORTAL, counter=2).operation, asked.operation.id)
    body = sealed(credential_of(PORTAL, HASHER.hash(PASSWORD)), other.id, device=DEVICE)
    forged = Delivery(operation=msgspec.structs.replace(other, body=body))
    (answer,) = push(registry, forged)
    assert answer.outcome == "rejected"
    assert answer.reason == "id_reused"
    (again,) = push(registry, asked)
    assert again.outcome == "accepted"


def with_id(message: OperationMessage, operation: str) -> OperationMessage:
    return OperationMessage(
        id=operation,
        kind=message.kind,
        receipt=message.receipt,
        sequence=message.sequence,
        seen=message.seen,
        made_at=message.made_at,
        body=message.body,
    )


def test_a_later_reset_elsewhere_wins_over_what_was_made_before_it(registry: Registry) -> None:
    _, cursor = pull_all(registry)
    push(
        registry,
        delivery(APP, OperationKind.RESET, acted_now=True, device=OTHER),
        device=OTHER,
    )
    (late,) = push(registry, delivery(APP, OperationKind.RESET, seen=cursor))
    (now,) = push(
        registry, delivery(APP, OperationKind.RESET, counter=2, seen=cursor, acted_now=True)
    )
    (own,) = push(registry, delivery(APP, OperationKind.RESET, counter=3, seen=cursor))
    assert [said(one)[:2] for one in (late, now, own)] == [
        ("rejected", "superseded"),
        ("accepted", None),
        ("accepted", None),
    ]


def test_the_feed_tells_everyones_state_and_ones_own_outcomes(registry: Registry) -> None:
    asked = delivery(NEW)
    push(registry, asked)
    own, _ = pull_all(registry)
    others, _ = pull_all(registry, OTHER)
    refs = {one.ref for one in own if isinstance(one, AccountChange)}
    assert len(refs) == len(PEOPLE)
    outcomes = [one for one in own if isinstance(one, OutcomeChange)]
    assert [(one.operation, one.outcome) for one in outcomes] == [(asked.operation.id, "accepted")]
    assert not any(isinstance(one, OutcomeChange) for one in others)


def test_a_pull_tells_the_registrys_time(registry: Registry) -> None:
    before = system_clock()
    page = registry.pull(PullRequest(device=DEVICE, after=None, sent_at=before))
    assert page.now is not None
    assert before <= page.now <= system_clock()


def test_after_the_cursor_there_is_nothing_new(registry: Registry) -> None:
    _, cursor = pull_all(registry)
    page = registry.pull(PullRequest(device=DEVICE, after=cursor))
    assert (page.changes, page.more) == ([], False)
    push(registry, delivery(NEW))
    page = registry.pull(PullRequest(device=DEVICE, after=cursor))
    assert any(isinstance(one, AccountChange) for one in page.changes)


def test_a_cursor_that_is_not_the_registrys_is_gone(registry: Registry) -> None:
    with pytest.raises(CursorGone):
        registry.pull(PullRequest(device=DEVICE, after="nobody gave this"))


def snapshot(registry: Registry, device: str = DEVICE, asked: int = 0) -> SnapshotResponse:
    until = time.monotonic() + 60
    request = SnapshotRequest(device=device, digests=asked)
    while not (response := registry.snapshot(request)).ready:
        assert time.monotonic() < until
    return response


def piece(registry: Registry, name: str, offset: int, length: int) -> bytes:
    return registry.snapshot_piece(
        SnapshotPieceRequest(device=DEVICE, id=name, offset=offset, length=length)
    )


def test_a_snapshot_is_what_the_feed_tells(registry: Registry) -> None:
    push(registry, delivery(NEW))
    told, _ = pull_all(registry)
    response = snapshot(registry)
    content = b"".join(
        piece(registry, response.id, offset, 100) for offset in range(0, response.size, 100)
    )
    assert (response.count, response.size) == (len(PEOPLE), len(content))
    assert response.sha256 == hashlib.sha256(content).hexdigest()
    lines = [tuple(msgspec.json.decode(line)) for line in content.splitlines()]
    accounts = {
        one.ref: (one.ref, one.status, one.origin, one.email)
        for one in told
        if isinstance(one, AccountChange)
    }
    assert lines == sorted(accounts.values())


def test_the_feed_goes_on_after_the_snapshot(registry: Registry) -> None:
    cursor = snapshot(registry).cursor
    assert registry.pull(PullRequest(device=DEVICE, after=cursor)).changes == []
    push(registry, delivery(NEW))
    assert len(registry.pull(PullRequest(device=DEVICE, after=cursor)).changes) == 2


def digests_of(registry: Registry) -> tuple[set[DigestLine], set[DigestLine], str]:
    """Return what a kiosk has to have and what it gets, and the cursor after it."""
    page = registry.pull(PullRequest(device=DEVICE, after=None, digests=1))
    assert page.digests is not None
    assert not page.more
    key = page.digests.key
    expected = {
        DigestLine(
            card_digest(key, who.card_number),
            verifier(key, who.card_number, who.cpf, who.birth_date),
        )
        for who in PEOPLE
        if who is not CANCELLED
    }
    return expected, set(page.digests.lines), page.cursor


def test_a_kiosk_that_asks_gets_digests_and_no_accounts(registry: Registry) -> None:
    expected, told, cursor = digests_of(registry)
    assert {one for one in told if one.verifier} == expected
    push(registry, delivery(NEW))
    page = registry.pull(PullRequest(device=DEVICE, after=cursor, digests=1))
    assert [type(one) for one in page.changes] == [OutcomeChange]


@pytest.mark.parametrize(("device", "asked"), [(DEVICE, 0), (OTHER, 0), (OTHER, 1)])
def test_who_does_not_ask_or_is_no_kiosk_gets_accounts(
    registry: Registry, device: str, asked: int
) -> None:
    page = registry.pull(PullRequest(device=device, after=None, digests=asked))
    assert page.digests is None
    assert {type(one) for one in page.changes} == {AccountChange}
    assert snapshot(registry, device, asked).holds == "accounts"


def test_a_snapshot_for_a_kiosk_is_what_its_feed_tells(registry: Registry) -> None:
    expected, _, _ = digests_of(registry)
    response = snapshot(registry, asked=1)
    content = piece(registry, response.id, 0, response.size)
    lines = [msgspec.json.decode(line, type=DigestLine) for line in content.splitlines()]
    assert response.holds == DIGESTS
    assert lines == sorted(expected, key=lambda one: one.card)
    assert response.count == len(lines)
    assert response.sha256 == hashlib.sha256(content).hexdigest()
    page = registry.pull(PullRequest(device=DEVICE, after=response.cursor, digests=1))
    assert page.digests is not None
    assert page.digests.lines == []


def test_the_file_of_kiosks_is_for_kiosks(registry: Registry) -> None:
    name = snapshot(registry, asked=1).id
    asked = SnapshotPieceRequest(device=OTHER, id=name, offset=0, length=1)
    with pytest.raises(SnapshotGone):
        registry.snapshot_piece(asked)


@pytest.mark.parametrize(
    ("offset", "length"), [(-1, 1), (0, 0), (0, MAX_PIECE_BYTES + 1), (10**6, 1)]
)
def test_a_senseless_piece_is_gone(registry: Registry, offset: int, length: int) -> None:
    name = snapshot(registry).id
    with pytest.raises(SnapshotGone):
        piece(registry, name, offset, length)


def test_a_snapshot_that_is_not_there_is_gone(registry: Registry) -> None:
    with pytest.raises(SnapshotGone):
        piece(registry, "0" * 32, 0, 1)


def test_the_words_on_ones_own_operations_can_be_asked_for(registry: Registry) -> None:
    own, foreign = delivery(NEW), delivery(PORTAL, device=OTHER)
    push(registry, own)
    push(registry, foreign, device=OTHER)
    told, _ = pull_all(registry)
    asked = [foreign.operation.id, "0" * 32, own.operation.id]
    words = registry.outcomes(OutcomesRequest(device=DEVICE, operations=asked)).outcomes
    assert words == [one for one in told if isinstance(one, OutcomeChange)]
    assert [one.operation for one in words] == [own.operation.id]


@pytest.mark.parametrize(
    ("identifier", "password", "result"),
    [
        (APP.card_number, PASSWORD, "signed_in"),
        (APP.cpf, PASSWORD, "signed_in"),
        ("Joana@Exemplo.BR", PASSWORD, "signed_in"),
        (APP.cpf, "outra", "no_match"),
        (PORTAL.card_number, PASSWORD, "signed_in"),
        (PORTAL.cpf, PASSWORD, "must_reset"),
        (LEGACY.card_number, PASSWORD, "must_register"),
        (LEGACY.card_number, "outra", "no_match"),
        (CANCELLED.card_number, PASSWORD, "not_covered"),
        (CANCELLED.card_number, "outra", "no_match"),
        (NEW.card_number, PASSWORD, "no_match"),
        ("999999999999", PASSWORD, "no_match"),
    ],
)
def test_sign_in(registry: Registry, identifier: str, password: str, result: str) -> None:
    response = registry.sign_in(sign_in_request(identifier, password, device=DEVICE))
    assert response.result == result
    assert (response.account is not None) == (result == "signed_in")


def test_what_a_signed_in_person_sees(registry: Registry) -> None:
    response = registry.sign_in(sign_in_request(APP.card_number, PASSWORD, device=DEVICE))
    view = response.account
    assert view is not None
    assert (view.shown_name, view.card_number) == ("Jô", APP.card_number)
    assert (view.opens_by_card, view.opens_by_cpf, view.opens_by_email) == (True, True, True)
    assert view.masked_email == "j•••a@exemplo.br"


def test_a_receipt_opens_with_card_or_birth_date(registry: Registry) -> None:
    asked = delivery(NEW)
    push(registry, asked)
    receipt = asked.operation.receipt
    by_card = ask(registry, receipt, card_number=NEW.card_number)
    by_birth_date = ask(registry, receipt, birth_date=NEW.birth_date)
    assert by_card == by_birth_date == ("register", "accepted", None)


def test_a_refusal_is_under_its_receipt(registry: Registry) -> None:
    stranger = person(99)
    asked = delivery(stranger)
    push(registry, asked)
    found = ask(registry, asked.operation.receipt, card_number=stranger.card_number)
    assert found == ("register", "rejected", "identity_mismatch")


def test_a_wrong_proof_and_an_unknown_receipt_are_the_same(registry: Registry) -> None:
    asked = delivery(NEW)
    push(registry, asked)
    wrong = ask(registry, asked.operation.receipt, card_number="999999")
    unknown = ask(registry, str(ReceiptNumber(OTHER, 7)), card_number=NEW.card_number)
    assert wrong == unknown == (None, None, None)


def ask(registry: Registry, receipt: str, **proof: Any) -> tuple[str | None, ...]:
    found = registry.query_receipt(receipt_request(receipt, device=DEVICE, **proof))
    return found.kind, found.outcome, found.reason


def test_what_a_revoked_device_delivers_is_kept_aside(registry: Registry, revoke: Revoke) -> None:
    before = delivery(NEW)
    push(registry, before)
    revoke(DEVICE)
    answers = push(
        registry,
        delivery(PORTAL, counter=2, acted_now=True),
        delivery(person(99), counter=3),
    )
    assert [said(one) for one in answers] == [("quarantined", "device_revoked", False)] * 2
    assert [one.found for one in answers] == [None, None]
    assert said(push(registry, before)[0]) == ("accepted", None, True)
    told = registry.sign_in(sign_in_request(PORTAL.card_number, PASSWORD, device=OTHER))
    assert told.result == "signed_in"


@pytest.mark.parametrize(
    "ask_it",
    [
        lambda registry: registry.pull(PullRequest(device=DEVICE, after=None)),
        lambda registry: registry.snapshot(SnapshotRequest(device=DEVICE)),
        lambda registry: piece(registry, "0" * 32, 0, 1),
        lambda registry: registry.outcomes(OutcomesRequest(device=DEVICE, operations=[])),
        lambda registry: registry.sealing_key(SealingKeyRequest(device=DEVICE)),
        lambda registry: registry.sign_in(sign_in_request("1", "p", device=DEVICE)),
        lambda registry: ask(registry, str(ReceiptNumber(DEVICE, 1)), card_number="1"),
        lambda registry: cast("GateTeller", registry).gate(
            GateRequest(device=DEVICE, public_key=SEALING_KEY.public_key)
        ),
    ],
    ids=["pull", "snapshot", "piece", "outcomes", "sealing_key", "sign_in", "receipt", "gate"],
)
def test_a_revoked_device_is_told_nothing(
    registry: Registry, revoke: Revoke, ask_it: Callable[[Registry], object]
) -> None:
    revoke(DEVICE)
    with pytest.raises(ShutOut):
        ask_it(registry)
    pull_all(registry, OTHER)
