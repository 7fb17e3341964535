"""A desk that was long without line: a device with a full queue, and the registry it belongs to."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import Engine

from kiosk.clocks import SystemClock
from kiosk.domain.cards import CardFormat
from kiosk.domain.operations import Outcome
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.imports import import_roster
from kiosk.registry.rosters import HEADER
from kiosk.store.account_copies import AccountCopy
from kiosk.store.enrolments import EnrolmentStore
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.client import HttpRegistry
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller
from kiosk.sync.pushes import Pusher
from kiosk.sync.registries import Registry
from kiosk.sync.signers import RequestSigner
from tests.bench.accepted_actions import operations
from tests.bench.first_paints import PROGRAM
from tests.bench.queues import record_quickly
from tests.enrolments import enrol_folders
from tests.factories import person
from tests.seals import use_the_tests_key

DEVICE, REGISTRY = "device", "registry"
CODE = "K7Q2MT"
_EXCHANGE_SECONDS = 30.0


def prepare(folder: Path, size: int) -> None:
    """Make a registry of as many people, and a device that pulled them and holds a wish of each.

    Args:
        folder: Where both lie: ``folder / DEVICE``, ``folder / REGISTRY``.
        size: People, and operations.
    """
    for name in (DEVICE, REGISTRY):
        (folder / name).mkdir(parents=True)
    write_roster(folder / "people.csv", size)
    engine = open_database(default_url(folder / REGISTRY))
    import_roster(engine, folder / "people.csv", card_format=CardFormat(), clock=system_clock)
    use_the_tests_key(engine)
    engine.dispose()
    enrol_folders(folder / REGISTRY, folder / DEVICE, CODE, face="desk")
    store = open_store(folder / DEVICE)
    with EmbeddedRegistry(PROGRAM, folder / REGISTRY) as process:
        _pull(store, folder / DEVICE, process.start())
    # People come in no order.
    waiting = list(islice(operations(device=load_identity(store).code), size))
    Random(1).shuffle(waiting)
    record_quickly(store, waiting)
    store.dispose()


def write_roster(path: Path, size: int) -> None:
    """Write the people of ``tests.factories`` who have no account yet."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(1, size + 1):
            who = person(number)
            row = (who.person_id, "", who.card_number, who.cpf, who.birth_date.isoformat())
            writer.writerow((*row, who.full_name, "", "", who.status, who.origin, ""))


@contextmanager
def copied(folder: Path, *names: str) -> Iterator[Path]:
    """Yield a folder with copies of those that are named, which is gone afterwards."""
    copy = folder / "copy"
    copy.mkdir()
    for name in names:
        shutil.copytree(folder / name, copy / name)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


@contextmanager
def opened(data_dir: Path) -> Iterator[Engine]:
    """Yield a device's store, and close it afterwards."""
    store = open_store(data_dir)
    try:
        yield store
    finally:
        store.dispose()


def drain(store: Engine, registry: Registry) -> int:
    """Deliver batch after batch until nothing waits; return how many had their effect."""
    identity = load_identity(store)
    outbox = Outbox(store, identity.code)
    clock = SystemClock()
    pusher = Pusher(outbox, registry, identity.code, clock, lambda _: None, Pacer(Random(1)))
    accepted = 0
    while (done := pusher.push_once()).tried:
        assert len(done.settled) == len(done.tried)
        accepted += sum(one.outcome is Outcome.ACCEPTED for one in done.settled)
    return accepted


@contextmanager
def connected(address: str, signer: RequestSigner) -> Iterator[Registry]:
    """Yield the registry at an address, for the device whose requests are signed."""
    registry = HttpRegistry(address, _EXCHANGE_SECONDS, signer)
    try:
        yield registry
    finally:
        registry.close()


def _pull(store: Engine, data_dir: Path, address: str) -> None:
    enrolment = EnrolmentStore(store).load()
    assert enrolment is not None
    code = enrolment.code
    signer = RequestSigner(enrolment.key, SystemClock().now_ms)
    with connected(address, signer) as registry, closing(AccountCopy(data_dir)) as copy:
        puller = Puller(
            copy,
            Outbox(store, code),
            registry,
            code,
            SystemClock(),
            Pacer(Random(1)),
            RegistryKeys(store).learn,
        )
        while puller.pull_once().has_more:
            pass
