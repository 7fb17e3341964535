"""A device without a screen, in front of a registry that is a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sqlalchemy import Engine, text

from kiosk.clocks import SystemClock
from kiosk.database.engines import open_sqlite
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.tables import people
from kiosk.store.account_copies import AccountCopy
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Recorded
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.client import HttpRegistry
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller
from kiosk.sync.pushes import Pusher
from tests.enrolments import enrol_folders, signer_of
from tests.factories import credential_of, new_operation, operation_id, person
from tests.seals import sealed

# As argon2-cffi writes a hash with its default parameters.
HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "c" * 21 + "g$" + "a" * 42 + "c"
PROGRAM = Path(__file__).parents[2] / "main.py"


class Site:
    """A registry, its people, and the folders of its devices.

    Args:
        folder: Where everything lies.
        *codes: Of the devices.
        face: Of all of them.
    """

    def __init__(self, folder: Path, *codes: str, face: str = "kiosk") -> None:
        self.folder = folder
        self.registry = folder / "registry"
        self.registry.mkdir()
        engine = open_database(default_url(self.registry))
        with engine.begin() as connection:
            for number in range(1, 10):
                who = person(number)
                row = {
                    "person_id": who.person_id,
                    "ref": f"{number:032x}",
                    "card_number": who.card_number,
                    "cpf": who.cpf,
                    "birth_date": who.birth_date,
                    "full_name": who.full_name,
                    "status": who.status,
                    "origin": "none",
                }
                connection.execute(people.insert(), row)
        engine.dispose()
        for code in codes:
            (folder / code).mkdir()
            enrol_folders(self.registry, folder / code, code, face)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve, and yield the address."""
        with EmbeddedRegistry(PROGRAM, self.registry) as process:
            yield process.start()

    def known(self, query: str) -> list[tuple[object, ...]]:
        """Return what the registry's database says."""
        engine = open_sqlite(self.registry / "registry.sqlite3")
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()


class Device:
    """What a device does behind its screen.

    Args:
        site: Where it stands.
        code: Which one.
        address: Of the registry.
    """

    def __init__(self, site: Site, code: str, address: str) -> None:
        self.code = code
        data_dir = site.folder / code
        self.store: Engine = open_store(data_dir)
        self.copy = AccountCopy(data_dir)
        assert load_identity(self.store).code == code
        self.outbox = Outbox(self.store, code, self.copy.cursor)
        self.outbox.heal()
        self._registry = HttpRegistry(address, 20.0, signer_of(data_dir))
        clock, learn = SystemClock(), RegistryKeys(self.store).learn
        self._pusher = Pusher(
            self.outbox, self._registry, code, clock, lambda _: None, Pacer(Random(1))
        )
        self._puller = Puller(
            self.copy, self.outbox, self._registry, code, clock, Pacer(Random(1)), learn
        )

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *_: object) -> None:
        self._puller.close()
        self._pusher.close()
        self._registry.close()
        self.copy.close()
        self.store.dispose()

    def register(self, number: int) -> tuple[NewOperation, str]:
        """Record that somebody registers; return the operation and the receipt."""
        who, operation = person(number), operation_id()
        body = sealed(credential_of(who, HASH), operation.hex, device=self.code)
        new = new_operation(who, id=operation, body=body)
        recorded = self.outbox.record(new)
        assert isinstance(recorded, Recorded)
        return new, recorded.receipt

    def push(self) -> None:
        """Deliver what waits."""
        while self._pusher.push_once().tried:
            pass

    def pull(self) -> None:
        """Listen until there is nothing more."""
        for _ in range(2_000):
            if not self._puller.pull_once().has_more:
                return
        raise AssertionError("the device never caught up")

    def outcome(self, new: NewOperation) -> object:
        """Return what stands under an operation's receipt."""
        with self.store.connect() as connection:
            query = text("SELECT outcome FROM receipts WHERE operation = :id")
            return connection.execute(query, {"id": new.id.bytes}).scalar()
