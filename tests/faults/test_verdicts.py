"""The verdict of a soak sees what it is there to see: each kind of miss, made on purpose."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Origin
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import FILE_NAME as REGISTRY_FILE
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.people import Account
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Recorded
from kiosk.sync.policies import Pacer
from kiosk.sync.pushes import Pusher
from tests.device_stores import open_device_file
from tests.factories import credential_of, new_operation, operation_id, person
from tests.fakes import FakeClock
from tests.faults.acknowledgements import Acknowledged, Said
from tests.faults.books import read_accounts, read_books
from tests.faults.lines import Line, RegistryCore
from tests.faults.misses import Miss, Misses
from tests.faults.services import fill
from tests.faults.verdicts import check_files, judge, read_device
from tests.seals import sealed

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = [person(1), person(2), person(3, origin=Origin.PORTAL)]
STRANGER = person(9)


@dataclass
class World:
    """One device, its registry, and what the device had told people."""

    device: Path
    registry: Path
    before: dict[str, Account]
    said: list[Said]

    def misses(self) -> set[Miss]:
        misses = Misses()
        check_files([self.device, self.registry], misses)
        if not misses.counts:
            books = read_books(self.registry, self.before)
            judge(books, [(read_device(self.device), self.said)], misses)
        return set(misses.counts)

    def at_registry(self, statement: str) -> None:
        run(self.registry / REGISTRY_FILE, statement)

    def at_device(self, statement: str) -> None:
        run(self.device / FILE_NAME, statement)


def run(file: Path, statement: str) -> None:
    with closing(open_device_file(file)) as database, database:
        assert database.execute(statement).rowcount > 0


@pytest.fixture
def world(registry_engine: Engine, memory_folder: Path) -> World:
    """Five actions, all delivered: two of one person, one of a stranger."""
    fill(registry_engine, *PEOPLE)
    registry = memory_folder / "registry"
    before = read_accounts(registry)
    core = RegistryCore(registry_engine, PasswordHashes(HASHER), system_clock)
    device = memory_folder / "device"
    device.mkdir()
    store = open_store(device)
    code = load_identity(store).code
    outbox = Outbox(store, code)
    said: list[Said] = []
    acts = [
        (PEOPLE[0], OperationKind.REGISTER),
        (PEOPLE[0], OperationKind.RESET),
        (PEOPLE[1], OperationKind.REGISTER),
        (STRANGER, OperationKind.REGISTER),
        (PEOPLE[2], OperationKind.RESET),
    ]
    for order, (who, kind) in enumerate(acts, 1):
        password, operation = f"vaga-lume {order}", operation_id()
        credential = credential_of(who, HASHER.hash(password))
        body = sealed(credential, operation.hex, kind, device=code)
        recorded = outbox.record(new_operation(who, kind, id=operation, body=body))
        assert isinstance(recorded, Recorded)
        said.append(
            Acknowledged(
                order=order,
                receipt=recorded.receipt,
                person=who.person_id,
                kind=kind,
                is_true=who is not STRANGER,
                password=password,
            )
        )
    Pusher(outbox, Line(core), code, FakeClock(), lambda _id: None, Pacer(Random(1))).push_once()
    store.dispose()
    return World(device, registry, before, said)


def test_where_nothing_is_wrong_nothing_is_found(world: World) -> None:
    assert world.misses() == set()


def first_ack(world: World) -> Acknowledged:
    ack = world.said[0]
    assert isinstance(ack, Acknowledged)
    return ack


def change_first_ack(**changes: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        ack = first_ack(world)
        world.said[0] = Acknowledged(
            order=ack.order,
            receipt=changes.get("receipt", ack.receipt),
            person=changes.get("person", ack.person),
            kind=ack.kind,
            is_true=True,
            password=ack.password,
            outcome=changes.get("outcome"),
        )

    return change


def at_registry(statement: str) -> Callable[[World], None]:
    return lambda world: world.at_registry(statement)


def at_device(statement: str) -> Callable[[World], None]:
    return lambda world: world.at_device(statement)


def say_twice(world: World) -> None:
    world.said.append(first_ack(world))


def damage(world: World) -> None:
    file = world.device / FILE_NAME
    raw = bytearray(file.read_bytes())
    raw[4096:8192] = bytes(4096)
    file.write_bytes(raw)


_CREDENTIAL = "INSERT INTO changes (at, what, person_id) VALUES (1, 'credential', 'P1')"
_TOLD = (
    "INSERT INTO changes (at, what, operation_id, device)"
    " SELECT at, what, operation_id, device FROM changes WHERE what = 'outcome' LIMIT 1"
)
_SWAP = (
    "UPDATE changes SET operation_id = (SELECT id FROM operations WHERE sequence = 3 -"
    " (SELECT sequence FROM operations AS told WHERE told.id = changes.operation_id))"
    " WHERE operation_id IN (SELECT id FROM operations WHERE sequence < 3)"
)
_ONE_BACK = (
    "INSERT INTO outbox (sequence, id, kind, subject, receipt, label, body, made_by, made_at)"
    " SELECT counter, operation, kind, x'00', '', '', x'00', '', 0 FROM receipts LIMIT 1"
)


@pytest.mark.parametrize(
    ("tamper", "miss"),
    [
        pytest.param(
            at_registry("DELETE FROM operations WHERE sequence = 3"), Miss.LOST, id="gone there"
        ),
        pytest.param(
            at_device("DELETE FROM receipts WHERE counter = 3"), Miss.LOST, id="gone here"
        ),
        pytest.param(
            at_device("UPDATE receipts SET outcome = NULL WHERE counter = 3"),
            Miss.LOST,
            id="unanswered, and not in the queue",
        ),
        pytest.param(
            at_registry("DELETE FROM changes WHERE what = 'credential'"), Miss.LOST, id="no effect"
        ),
        pytest.param(at_registry(_CREDENTIAL), Miss.DOUBLED, id="two effects"),
        pytest.param(at_registry(_TOLD), Miss.DOUBLED, id="decided twice"),
        pytest.param(
            at_device("UPDATE receipts SET outcome = 'withdrawn' WHERE counter = 3"),
            Miss.DOUBLED,
            id="taken back, and carried out",
        ),
        pytest.param(at_registry(_SWAP), Miss.OUT_OF_ORDER, id="decided in another order"),
        pytest.param(
            at_registry("UPDATE people SET password_hash = 'x' WHERE person_id = 'P1'"),
            Miss.OUT_OF_ORDER,
            id="another's password",
        ),
        pytest.param(
            at_registry("UPDATE people SET origin = 'portal' WHERE person_id = 'P2'"),
            Miss.OUT_OF_ORDER,
            id="effect undone",
        ),
        pytest.param(at_device(_ONE_BACK), Miss.STUCK, id="still in the queue"),
        pytest.param(
            at_registry("UPDATE operations SET outcome = 'rejected', reason = 'superseded'"),
            Miss.MISJUDGED,
            id="against the rules",
        ),
        pytest.param(
            at_registry(
                "UPDATE operations SET outcome = 'rejected', reason = 'throttled'"
                " WHERE sequence = 4"
            ),
            Miss.MISJUDGED,
            id="held without cause",
        ),
        pytest.param(
            at_device("UPDATE receipts SET outcome = 'rejected' WHERE counter = 1"),
            Miss.CHANGED,
            id="another outcome here",
        ),
        pytest.param(change_first_ack(person="P2"), Miss.CHANGED, id="another's operation"),
        pytest.param(change_first_ack(outcome="rejected"), Miss.CHANGED, id="another word told"),
        pytest.param(
            at_registry("UPDATE operations SET id = x'00' WHERE sequence = 4"),
            Miss.CHANGED,
            id="an operation of nobody",
        ),
        pytest.param(say_twice, Miss.RECEIPT_REPEATED, id="a receipt given twice"),
        pytest.param(damage, Miss.DAMAGED, id="a page of nothing"),
    ],
)
def test_each_miss_is_found(world: World, tamper: Callable[[World], None], miss: Miss) -> None:
    tamper(world)
    assert miss in world.misses()


@pytest.mark.parametrize(
    ("failures", "reason", "is_right"),
    [
        (5, "identity_mismatch", True),
        (5, "throttled", False),
        (8, "throttled", True),
        (8, "identity_mismatch", False),
    ],
)
def test_who_failed_often_enough_is_held_and_nobody_else(
    world: World, failures: int, reason: str, is_right: bool
) -> None:
    """The stranger's one operation is the last of a row of them, each after the wait before it."""
    with closing(open_device_file(world.registry / REGISTRY_FILE)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(operations)")]
        copied = ", ".join(
            {
                "id": "randomblob(16)",
                "receipt": "receipt || ?1",
                "wish": "NULL",
                "decided_at": "decided_at - ?2",
            }.get(one, one)
            for one in columns
        )
        for number in range(failures):
            database.execute(
                f"INSERT INTO operations ({', '.join(columns)})"
                f" SELECT {copied} FROM operations WHERE sequence = 4 AND receipt NOT LIKE '%#%'",
                (f"#{number}", (failures - 1 - number) * 3_700_000 + 1000),
            )
        database.execute(
            "INSERT INTO changes (at, what, operation_id, device)"
            " SELECT decided_at, 'outcome', id, device FROM operations WHERE receipt LIKE '%#%'"
        )
        # The one that was really made comes last.
        database.execute(
            "UPDATE changes SET position = (SELECT 1 + max(position) FROM changes)"
            " WHERE operation_id ="
            " (SELECT id FROM operations WHERE sequence = 4 AND receipt NOT LIKE '%#%')"
        )
        database.execute(
            "UPDATE operations SET reason = ? WHERE sequence = 4 AND receipt NOT LIKE '%#%'",
            (reason,),
        )
    misses = Misses()
    read_books(world.registry, world.before).judge_decisions(misses, {})
    assert (Miss.MISJUDGED not in misses.counts) is is_right


def test_people_without_cpf_are_counted_each_for_themselves(world: World) -> None:
    books = read_books(world.registry, world.before)
    without = {
        name: replace(one, person=replace(one.person, cpf=None))
        for name, one in books.before.items()
    }
    books = replace(books, before=without)
    operation = books.in_order()[0]
    one, other = (
        books._named(replace(operation, card_proof=card, person_id=None), None)
        for card in list(books.cards)[:2]
    )
    assert one is not None
    assert other is not None
    assert not {*one} & {*other}
