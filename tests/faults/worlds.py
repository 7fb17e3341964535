"""Two devices and a registry on real files, beside a model of them, and what always holds."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Engine

from kiosk.domain.people import MembershipStatus, Origin
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.store.account_copies import AccountCopy
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller
from kiosk.sync.pushes import Pusher, PushRound
from kiosk.sync.registries import LineFailed
from kiosk.wire.messages import Answer, Delivery
from tests.factories import person
from tests.fakes import FakeClock
from tests.faults.lines import Died, Line, RegistryCore
from tests.faults.models import MADE_NOW_SECONDS, ModelDevice, ModelRegistry, Row, Wish
from tests.faults.services import fill

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHES = PasswordHashes(HASHER)
HASH = HASHER.hash("vaga-lume azul")
CODES = ("AAAAAA", "BBBBBB")
YEAR_MS = 365 * 24 * 3600 * 1000
START_MS = 1_780_000_000_000
PEOPLE = (
    person(1),
    person(2, origin=Origin.APP_2024),
    person(3, origin=Origin.PORTAL),
    person(4, origin=Origin.APP_2024, status=MembershipStatus.CANCELLED),
)
STRANGER = person(9)


class Longest(Random):
    """Chance that makes every pause as long as it may be, so that there is time to act in it."""

    def random(self) -> float:
        return 0.999


class Device:
    """A machine: its disk outlives its program.

    Args:
        folder: The disk.
        code: Begins its receipts.
        line: To the registry.
    """

    def __init__(self, folder: Path, code: str, line: Line) -> None:
        self._folder = folder
        self.code = code
        self.line = line
        self.clock = FakeClock(START_MS)
        self.model = ModelDevice()
        self._starts = 0
        self.open()

    def open(self) -> None:
        """Begin a run of the program; its monotonic clock begins somewhere else."""
        self._starts += 1
        self.clock.seconds = float(Random(self._starts).randint(0, 10_000))
        self.store = open_store(self._folder)
        self._copy = AccountCopy(self._folder)
        self.outbox = Outbox(self.store, self.code, self._copy.cursor)
        self.outbox.heal()
        self.parked = ParkedOperations(self.outbox)
        self.pusher = Pusher(
            self.outbox, self.line, self.code, self.clock, self.age_of, Pacer(Longest())
        )
        self.puller = Puller(
            self._copy, self.outbox, self.line, self.code, self.clock, Pacer(Longest())
        )
        self.model.restart()

    def close(self) -> None:
        """End the run, at whatever it was."""
        self.puller.close()
        self._copy.close()
        self.store.dispose()

    @property
    def now(self) -> int:
        """Milliseconds of the monotonic clock."""
        return int(self.clock.seconds * 1000)

    def age_of(self, operation: UUID) -> float | None:
        recorded = self.model.recorded_at.get(operation.hex)
        return None if recorded is None else self.clock.seconds - recorded


class World(RuleBasedStateMachine):
    """What a machine's rules act on; after each step the two have to agree."""

    def __init__(self) -> None:
        super().__init__()
        self._disks = tempfile.TemporaryDirectory(dir=_memory())
        folder = Path(self._disks.name)
        shutil.copytree(_templates(), folder, dirs_exist_ok=True)
        self._registry_folder = folder / "registry"
        self.registry_now = START_MS
        self.registry = ModelRegistry(
            {one.person_id: str(one.origin) for one in PEOPLE},
            frozenset(one.person_id for one in PEOPLE if one.status == "cancelled"),
        )
        self._wishes: dict[str, Wish] = {}
        self._engine, self._core = self._open_registry()
        self.devices = [Device(folder / code, code, Line(self._core)) for code in CODES]
        self._operations = 0
        self._freshness: dict[str, frozenset[bool]] = {}

    # What always holds.

    @invariant()
    def the_devices_keep_what_the_model_keeps(self) -> None:
        """Nothing acknowledged is lost, and each row is where it should be."""
        for device in self.devices:
            rows = query(device.store, "SELECT sequence, id, attempts, parked_reason FROM outbox")
            assert {row[0]: (row[1].hex(), *row[2:]) for row in rows} == {
                counter: (row.id, row.attempts, row.parked)
                for counter, row in device.model.rows.items()
            }
            kept = query(device.store, "SELECT counter, operation, outcome, reason FROM receipts")
            assert {one[0]: (one[1].hex(), *one[2:]) for one in kept} == {
                counter: (operation, *device.model.words.get(counter, (None, None)))
                for counter, operation in device.model.ids.items()
            }
            counts = device.outbox.counts()
            assert counts.waiting == len(device.model.rows)
            assert counts.parked == sum(row.parked is not None for _, row in self._of(device))

    @invariant()
    def the_registry_decides_as_the_model_does(self) -> None:
        """One decision for each operation, one effect for each wish that was granted."""
        decided = query(self._engine, "SELECT id, outcome, reason FROM operations")
        assert {one[0].hex(): (one[1], one[2]) for one in decided} == self.registry.words
        changed = query(
            self._engine,
            "SELECT person_id FROM changes WHERE what = 'credential' ORDER BY position",
        )
        assert [one[0] for one in changed] == [who for who, _ in self.registry.effects]

    @invariant()
    def wishes_take_effect_in_their_order(self) -> None:
        """Of one person at one device, no later wish is overwritten by an earlier one."""
        last: dict[tuple[str, str], int] = {}
        for who, wish in self.registry.effects:
            key = (wish.device, who)
            assert wish.sequence > last.get(key, 0)
            last[key] = wish.sequence

    def _open_registry(self) -> tuple[Engine, RegistryCore]:
        engine = open_database(default_url(self._registry_folder))
        core = RegistryCore(engine, HASHES, lambda: self.registry_now)
        core.heard = self._heard
        core.said = self._said
        return engine, core

    def _heard(self, code: str, delivery: Delivery) -> None:
        operation = delivery.operation.id
        wish = self._wishes[operation]
        assert delivery.acted_now in self._freshness[operation]
        assert (wish.device, wish.sequence) == (code, delivery.operation.sequence)
        self.registry.hear(operation, wish, self.registry_now, acted_now=delivery.acted_now)

    def _said(self, _code: str, answer: Answer) -> None:
        assert (answer.outcome, answer.reason) == self.registry.words[answer.id]

    def _queue(self, device: Device, row: Row) -> None:
        device.model.rows[row.counter] = row
        device.model.ids[row.counter] = row.id
        self._wishes[row.id] = row.wish

    def _restart(self, device: Device) -> None:
        device.close()
        device.open()

    def _park_damaged(self, claimed: list[Row]) -> None:
        for row in claimed:
            if row.is_damaged:
                park(row, "damaged")

    def _settle(self, device: Device, claimed: list[Row], done: PushRound) -> None:
        settled = {one.id.hex: one for one in done.settled}
        unanswered = []
        for row in claimed:
            if row.is_damaged:
                assert row.id not in settled
            elif row.id in settled:
                one = settled[row.id]
                assert (one.outcome, one.reason) == self.registry.words[row.id]
                device.model.close(row.counter, self.registry.words[row.id])
            elif row.id in self._core.unreadable:
                park(row, "not_understood")
            else:
                unanswered.append(row)
        # The one whose answer was taken out or made odd on its way.
        assert len(unanswered) <= 1
        for row in unanswered:
            reason = _reasons(device)[row.counter]
            assert reason in ("no_answer", "answer_not_understood")
            park(row, reason)

    def _settle_halves(self, device: Device, before: dict[int, Row]) -> None:
        """Take in what was settled or parked in the halves before the one that failed."""
        left = _reasons(device)
        for counter, row in before.items():
            if counter not in left:
                device.model.close(counter, self.registry.words[row.id])
            elif (reason := left[counter]) is not None and row.parked is None:
                assert row.id in self._core.unreadable
                park(row, reason)

    @staticmethod
    def _push_once(device: Device) -> PushRound | LineFailed | None:
        try:
            return device.pusher.push_once()
        except LineFailed as failure:
            return failure
        except Died:
            return None

    def _of(self, device: Device) -> list[tuple[Device, Row]]:
        return [(device, row) for _, row in sorted(device.model.rows.items())]

    def _rows(self) -> list[tuple[Device, Row]]:
        """Return what waits and is whole."""
        rows = [pair for device in self.devices for pair in self._of(device)]
        return [(at, row) for at, row in rows if row.parked is None and not row.is_damaged]

    def _parked(self) -> list[tuple[Device, Row]]:
        rows = [pair for device in self.devices for pair in self._of(device)]
        return [(at, row) for at, row in rows if row.parked is not None]


def is_made_now(attempts: int, age: float | None) -> bool:
    """Tell what the protocol calls "in the same breath"."""
    return attempts == 0 and age is not None and age < MADE_NOW_SECONDS


def park(row: Row, reason: str) -> None:
    row.parked = reason
    row.claimed_until = row.not_before = None


def _reasons(device: Device) -> dict[int, str | None]:
    """Return why each row that a device has queued is parked, or None where it is not."""
    rows = query(device.store, "SELECT sequence, parked_reason FROM outbox")
    return dict(rows)


def query(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        return list(cursor.fetchall())
    finally:
        connection.close()


def _memory() -> Path | None:
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own below it
    return shared if shared.is_dir() else None


@cache
def _templates() -> Path:
    """Return a folder with the files every run begins with, migrated once."""
    kept = tempfile.TemporaryDirectory(dir=_memory())
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    for code in CODES:
        (folder / code).mkdir()
        open_store(folder / code).dispose()
    (folder / "registry").mkdir()
    engine = open_database(default_url(folder / "registry"))
    fill(engine, *PEOPLE)
    engine.dispose()
    return folder
