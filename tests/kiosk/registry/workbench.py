"""A registry on a real file, with a clock that stands still until it is told otherwise."""

import itertools
import os
import sqlite3
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from argon2 import PasswordHasher
from sqlalchemy import Engine, Table, event, insert, select

from kiosk.database.engines import reading
from kiosk.domain import emails
from kiosk.domain.cards import CardFormat
from kiosk.domain.operation_ids import uuid7
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.cursors import Cursors
from kiosk.registry.devices import Devices
from kiosk.registry.digests import Digests, digest_key
from kiosk.registry.feeds import Feed
from kiosk.registry.keys import load_keys
from kiosk.registry.limits import Limits
from kiosk.registry.operations import Operations
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.people import Account, by_id
from kiosk.registry.policies import NO_POLICIES, Policies
from kiosk.registry.receipts import Receipts
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.registry.sign_ins import SignIns
from kiosk.registry.snapshots import Snapshots
from kiosk.registry.tables import Change, changes, people
from kiosk.registry.throttles import Throttle
from kiosk.registry.times import RegistryTimes
from kiosk.wire.device_keys import DeviceKey
from kiosk.wire.messages import (
    DIGESTS,
    Answer,
    CredentialBody,
    Delivery,
    EmailBody,
    OperationMessage,
    PullRequest,
    PullResponse,
    PushRequest,
    encode,
)
from tests.enrolments import add_to_registry
from tests.seals import sealed, sign_in_request, use_the_tests_key

DEVICE = "K7Q2MT"
OTHER_DEVICE = "9ZX4BC"
BORN = date(1950, 3, 24)
START = 1_780_000_000_000
DAY_MS = 24 * 3600 * 1000
CPFS = ("52998224725", "11144477735", "39053344705", "86288366757")


def cheap_hasher(time_cost: int = 1) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=8, parallelism=1)


class StandingClock:
    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass
class Workbench:
    """Everything the service is made of, over one database file."""

    engine: Engine
    clock: StandingClock = field(default_factory=StandingClock)
    hashes: PasswordHashes = field(default_factory=lambda: PasswordHashes(cheap_hasher()))
    seconds: float = 0.0
    policies: Policies = NO_POLICIES

    def __post_init__(self) -> None:
        self.keys = load_keys(self.engine)
        self.cursors = Cursors(self.keys.cursors, self.clock)
        self.times = RegistryTimes(self.clock, lambda: self.seconds)
        use_the_tests_key(self.engine)
        self.sealing = SealingKeys(self.engine, self.clock)
        self.operations = Operations(
            self.engine,
            self.cursors,
            self.keys,
            self.sealing,
            self.hashes,
            self.clock,
            Limits(self.keys, self.times, self.policies),
        )
        self.digest_key = digest_key(self.keys, memory_kib=8)
        self.digests = Digests(self.engine, self.digest_key, self.clock)
        self.feed = Feed(self.engine, self.cursors, self.clock, self.digest_key)
        self.devices = Devices(self.engine, self.clock)
        self.snapshots = Snapshots(self.engine, self.cursors, self.clock)
        self.digest_snapshots = Snapshots(self.engine, self.cursors, self.clock, DIGESTS)
        self.receipts = Receipts(self.engine, self.keys, self.clock)
        self.throttle = Throttle(self.engine, self.keys, self.times, self.policies)
        self.sign_ins = SignIns(self.engine, self.sealing, self.hashes, CardFormat(), self.throttle)
        self._counter = itertools.count(1)

    def add_person(self, number: int = 1, password: str | None = None, **other: Any) -> str:
        """Keep a person and return their ``person_id``."""
        row: dict[str, Any] = {
            "person_id": f"P{number}",
            "ref": os.urandom(16).hex(),
            "holder_id": None,
            "card_number": f"{number:012d}",
            "cpf": CPFS[number - 1],
            "birth_date": BORN,
            "full_name": "Joana d'Ávila",
            "social_name": None,
            "status": "active",
            "email": None,
            "origin": "none",
            "password_hash": None if password is None else self.hashes.hash(password),
        }
        row.update(other)
        if row["email"] is not None:
            row.setdefault("email_source", "plan")
            row["email_key"] = emails.key(row["email"])
        with self.engine.begin() as connection:
            connection.execute(insert(people), row)
        return str(row["person_id"])

    def tell(self, *person_ids: str) -> None:
        """Tell changes of people, as an import does."""
        rows = [{"at": 0, "what": Change.IMPORTED, "person_id": one} for one in person_ids]
        with self.engine.begin() as connection:
            connection.execute(insert(changes), rows)

    def account(self, person_id: str = "P1") -> Account:
        with reading(self.engine).connect() as connection:
            account = by_id(connection, person_id)
        assert account is not None
        return account

    def rows(self, table: Table) -> list[dict[str, Any]]:
        key = next(iter(table.primary_key))
        with reading(self.engine).connect() as connection:
            found = connection.execute(select(table).order_by(key)).mappings()
            return [dict(row) for row in found]

    def credential(self, number: int = 1, **other: Any) -> bytes:
        values: dict[str, Any] = {
            "identifier_kind": "card",
            "identifier": f"{number:012d}",
            "cpf": CPFS[number - 1],
            "birth_date": BORN,
            "password_hash": self.hashes.hash("uma senha nova"),
        }
        return encode(CredentialBody(**(values | other)))

    def email(self, address: str, number: int = 1, **other: Any) -> bytes:
        values: dict[str, Any] = {
            "identifier_kind": "card",
            "identifier": f"{number:012d}",
            "cpf": CPFS[number - 1],
            "birth_date": BORN,
            "email": address,
        }
        return encode(EmailBody(**(values | other)))

    def message(
        self, kind: str = "register", body: bytes | None = None, device: str = DEVICE, **other: Any
    ) -> OperationMessage:
        count = next(self._counter)
        values: dict[str, Any] = {
            "id": uuid7(self.clock.now, os.urandom(10)).hex,
            "kind": kind,
            "receipt": str(ReceiptNumber(device, count)),
            "sequence": count,
            "seen": None,
            "made_at": self.clock.now,
        }
        message = OperationMessage(**(values | other), body=b"")
        content = self.credential() if body is None else body
        return altered(message, body=seal(content, message, device))

    def enrol(self, *codes: str, face: str = "kiosk") -> dict[str, DeviceKey]:
        """Let devices in; return their keys."""
        return {code: add_to_registry(self.engine, code, face=face) for code in codes}

    def push(
        self, *messages: OperationMessage, device: str = DEVICE, acted_now: bool = False
    ) -> list[Answer]:
        deliveries = [Delivery(operation=one, acted_now=acted_now) for one in messages]
        return self.operations.take(PushRequest(device=device, deliveries=deliveries)).answers

    def pull(
        self,
        after: str | None = None,
        limit: int = 500,
        device: str = DEVICE,
        *,
        digests: bool = False,
    ) -> PullResponse:
        request = PullRequest(device=device, after=after, limit=limit)
        return self.feed.read(request, digests=digests)

    def make_digests(self) -> int:
        """Make what is missing; return how many."""
        made, filled = 0, None
        while filled is None or filled.has_more:
            filled = self.digests.fill()
            made += filled.made
        return made

    def pass_by(self, seconds: float) -> None:
        """Let time go on."""
        self.clock.now += int(seconds * 1000)
        self.seconds += seconds

    def sign_in(self, identifier: str, password: str, device: str = DEVICE) -> str:
        request = sign_in_request(identifier, password, device=device)
        return self.sign_ins.attempt(request).response.result


def seal(content: bytes, said: OperationMessage, device: str = DEVICE) -> bytes:
    """Return a body as the device of an operation seals it."""
    return sealed(content, said.replaces or said.id, said.kind, device=device)


def altered(message: OperationMessage, **changes: Any) -> OperationMessage:
    return msgspec.structs.replace(message, **changes)


def fill_up(registry: Workbench) -> None:
    """Let the database grow no more, as on a full disk."""

    def grow_no_more(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    registry.engine.dispose()
    event.listen(registry.engine, "connect", grow_no_more)
