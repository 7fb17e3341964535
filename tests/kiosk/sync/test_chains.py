"""A device's audit and what the registry holds of it, between the two, on real files."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from sqlalchemy import Engine, text

from kiosk.database.drivers import connect
from kiosk.database.statements import driver_of
from kiosk.registry.audit_trails import append
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.device_chains import hear
from kiosk.store.audit_checks import check_audit
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from kiosk.sync.chains import ChainTeller
from kiosk.sync.policies import Pacer
from kiosk.sync.pushes import Pusher
from kiosk.wire.messages import PushRequest, PushResponse
from tests.factories import new_operation, person
from tests.fakes import FakeClock, FakeRegistry
from tests.seals import DEVICE

DeviceRun = Callable[..., list[str]]


class Listening(FakeRegistry):
    """Decides in memory, and holds the chains of devices where the real one does."""

    engine: Engine

    def push(self, request: PushRequest) -> PushResponse:
        answer = super().push(request)
        if request.audit is None:
            return answer
        with self.engine.begin() as connection:
            driver = driver_of(connection)
            known, found = hear(driver, request.device, request.audit, 7)
            append(driver, found)
        return msgspec.structs.replace(answer, audit=known)

    def notes(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT what FROM audit")).scalars())


@pytest.fixture
def registry(migrated_registry: Path, tmp_path: Path) -> Iterator[Listening]:
    folder = tmp_path / "registry"
    folder.mkdir()
    shutil.copy(migrated_registry, folder)
    listening = Listening()
    listening.engine = open_database(default_url(folder))
    yield listening
    listening.engine.dispose()


@pytest.fixture
def run(migrated_store: Path, tmp_path: Path, registry: Listening, clock: FakeClock) -> DeviceRun:
    """Let the device live once: record some, deliver all, and tell what its audit has then."""
    folder = tmp_path / "device"
    folder.mkdir()
    shutil.copy(migrated_store, folder)

    def run(*numbers: int) -> list[str]:
        engine = open_store(folder)
        outbox = Outbox(engine, DEVICE)
        pusher = Pusher(outbox, registry, DEVICE, clock, lambda _: None, Pacer(Random(1)))
        for number in numbers:
            outbox.record(new_operation(person(number)))
            pusher.push_once()
        pusher.close()
        with engine.connect() as connection:
            events = connection.execute(text("SELECT event FROM audit ORDER BY id")).scalars().all()
        engine.dispose()
        return list(events)

    return run


@pytest.fixture
def device(tmp_path: Path) -> Path:
    return tmp_path / "device" / FILE_NAME


def test_the_head_travels_with_each_delivery_and_comes_back(
    run: DeviceRun, registry: Listening, device: Path
) -> None:
    run(1, 2, 3)
    run(4, 5)
    said = [one.audit for one in registry.pushed]
    assert [one.head.number for one in said if one] == [1, 3, 5, 7, 9]
    # From the second on, over a restart too, it says what it has where the registry knew it last.
    assert [one.at for one in said if one] == [None, 1, 3, 5, 7]
    assert all(one.link is not None for one in said if one and one.at)
    assert registry.notes() == []
    # What the registry holds is kept with the last answers.
    verdict = check_audit(device, None)
    assert verdict is not None
    assert verdict.broken is None
    with connect(device) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE id > 8")
    verdict = check_audit(device, None)
    assert verdict is not None
    assert verdict.broken is not None
    assert (verdict.broken.kind, verdict.broken.number) == ("truncated", 9)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_store_that_was_rolled_back_is_noted_on_both_sides_and_served_all_the_same(
    run: DeviceRun, registry: Listening, device: Path, tmp_path: Path
) -> None:
    run(1, 2)
    shutil.copy(device, tmp_path / "old")
    run(3, 4)
    shutil.copy(tmp_path / "old", device)
    # With its first delivery; that it was decided before is nothing to the registry.
    assert run(5)[4:] == ["recorded", "chain_contradicted", "rejected"]
    assert registry.notes() == ["device_chain_went_back"]
    # It is told once, and what comes after is held against what it is now.
    run(6)
    run(7)
    assert registry.notes() == ["device_chain_went_back"]


@pytest.mark.usefixtures("expected_stumbles")
def test_one_that_was_rolled_back_and_went_on_beyond_is_noted_as_another(
    run: DeviceRun, registry: Listening, device: Path, tmp_path: Path
) -> None:
    run(1, 2)
    shutil.copy(device, tmp_path / "old")
    run(3)
    shutil.copy(tmp_path / "old", device)
    engine = open_store(device.parent)
    for number in range(50, 60):
        Outbox(engine, DEVICE).record(new_operation(person(number)))
    engine.dispose()
    assert "chain_contradicted" in run(5)
    assert registry.notes() == ["device_chain_forked"]


def test_a_registry_that_holds_none_is_asked_for_none(outbox: Outbox, clock: FakeClock) -> None:
    teller = ChainTeller(outbox, clock)
    assert not teller.hear(PushResponse(answers=[]))
    assert teller.known is None
    assert teller.word().at is None
