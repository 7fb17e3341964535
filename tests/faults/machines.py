"""Two devices and a registry under everything that can happen, step by step, beside a model."""

import contextlib
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine

from kiosk.domain.operations import OperationKind
from kiosk.domain.people import MembershipStatus, Origin, Person
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.store.account_copies import AccountCopy
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import AlreadyWaiting, Recorded
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller
from kiosk.sync.pushes import Pusher, PushRound
from kiosk.sync.registries import LineFailed
from kiosk.wire.messages import Answer, CredentialBody, Delivery, encode
from tests.factories import new_operation, person
from tests.fakes import FakeClock
from tests.faults.lines import Died, Line, LineFault, RegistryCore
from tests.faults.models import LEASE_MS, MADE_NOW_SECONDS, ModelDevice, ModelRegistry, Row, Wish
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
ACTORS = (*PEOPLE, STRANGER)

_devices = st.integers(0, len(CODES) - 1)
_places = st.integers(0, 50)
_instants = st.sampled_from([0, START_MS - YEAR_MS, START_MS, START_MS + YEAR_MS])
_faults = st.none() | st.sampled_from(LineFault)
# Two whose wishes meet, and now and then somebody else.
_busy = st.sampled_from(PEOPLE[:2])
_anybody = _busy | st.sampled_from(ACTORS)
_kinds = st.sampled_from(["register", "reset"])
_seconds = st.sampled_from([0, 1, 5, 40, 70, 400, 100_000])
_One = TypeVar("_One")


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
        self.outbox = Outbox(self.store, self.code)
        self.outbox.heal()
        self.parked = ParkedOperations(self.outbox)
        self._copy = AccountCopy(self.store)
        self.pusher = Pusher(
            self.outbox, self.line, self.code, self.clock, self.age_of, Pacer(Random(1))
        )
        self.puller = Puller(
            self._copy, self.outbox, self.line, self.code, self.clock.now_ms, Pacer(Random(1))
        )
        self.model.restart()

    def close(self) -> None:
        """End the run, at whatever it was."""
        self.store.dispose()

    @property
    def now(self) -> int:
        """Milliseconds of the monotonic clock."""
        return int(self.clock.seconds * 1000)

    def age_of(self, operation: UUID) -> float | None:
        recorded = self.model.recorded_at.get(operation.hex)
        return None if recorded is None else self.clock.seconds - recorded


class Machine(RuleBasedStateMachine):
    """Every rule is one thing that can happen, to the real code and to the model."""

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

    # People and staff.

    @rule(at=_devices, who=_anybody, kind=_kinds)
    def act(self, at: int, who: Person, kind: str) -> None:
        """A person acts, and goes home with a receipt."""
        device = self.devices[at]
        model = device.model
        self._operations += 1
        operation = UUID(int=self._operations)
        model.recorded_at[operation.hex] = device.clock.seconds
        new = new_operation(
            who,
            OperationKind(kind),
            made_at=device.clock.ms,
            id=operation,
            body=encode(
                CredentialBody(
                    identifier_kind="card",
                    identifier=who.card_number,
                    cpf=who.cpf,
                    birth_date=who.birth_date,
                    password_hash=HASH,
                )
            ),
        )
        recorded = device.outbox.record(new)
        earlier = model.waiting_same(who.person_id, kind)
        if earlier is not None:
            assert recorded == AlreadyWaiting(_receipt(device, earlier.counter))
            return
        counter = model.next_counter()
        assert recorded == Recorded(_receipt(device, counter))
        wish = Wish(device.code, who.person_id, kind, counter, model.seen, model.seen_at)
        self._queue(device, Row(operation.hex, counter, wish))

    @rule(at=_devices, who=_busy, kind=_kinds, fault=_faults, seconds=_seconds)
    def act_and_push(
        self, at: int, who: Person, kind: str, fault: LineFault | None, seconds: int
    ) -> None:
        """A person acts while the worker is awake, which is what mostly happens."""
        self.act(at, who, kind)
        self.push(at, fault)
        self.wait(at, seconds)

    @precondition(lambda self: self._rows())
    @rule(place=_places)
    def cancel(self, place: int) -> None:
        """A person takes back what was never on its way, or hears that it is too late."""
        device, row = _pick(self._rows(), place)
        may = row.attempts == 0 and row.claimed_until is None
        assert device.outbox.withdraw(UUID(hex=row.id), device.clock.ms) is may
        if may:
            device.model.close(row.counter, ("withdrawn", None))

    @precondition(lambda self: self._parked())
    @rule(place=_places)
    def send_again(self, place: int) -> None:
        """Staff send a parked wish again under a new id."""
        device, row = _pick(self._parked(), place)
        self._operations += 1
        operation = UUID(int=self._operations)
        sent = device.parked.send_again(row.counter, operation, "staff", device.clock.ms)
        if row.is_damaged:
            assert sent is None
            return
        counter = device.model.next_counter()
        assert sent == Recorded(_receipt(device, counter))
        device.model.close(row.counter, ("replaced", None))
        self._queue(device, Row(operation.hex, counter, row.wish))

    @precondition(lambda self: self._parked())
    @rule(place=_places)
    def give_up(self, place: int) -> None:
        """Staff take a parked operation out of the queue."""
        device, row = _pick(self._parked(), place)
        assert device.parked.withdraw(row.counter, "sem resposta", "staff", device.clock.ms)
        device.model.close(row.counter, ("withdrawn", None))

    @rule(at=_devices)
    def hurry(self, at: int) -> None:
        """Somebody presses "tentar agora"."""
        device = self.devices[at]
        device.outbox.hasten()
        for row in device.model.rows.values():
            row.not_before = None

    # Exchanges.

    @rule(at=_devices, fault=_faults)
    def push(self, at: int, fault: LineFault | None) -> None:
        """One round of delivery."""
        device = self.devices[at]
        wanted = device.model.free(device.now)
        device.line.faults.clear()
        if fault is not None:
            device.line.faults.append(fault)
        for row in wanted:
            self._freshness[row.id] = self._freshness.get(row.id, frozenset()) | {
                is_made_now(row.attempts, device.age_of(UUID(hex=row.id)))
            }
            row.attempts += 1
            row.claimed_until = device.now + LEASE_MS
        before = dict(device.model.rows)
        ended = self._push_once(device)
        if ended is None:
            self._park_damaged(wanted)
            self._restart(device)
            return
        assert ended.tried == frozenset(UUID(hex=row.id) for row in wanted)
        self._park_damaged(wanted)
        if isinstance(ended, PushRound):
            self._settle(device, wanted, ended)
            return
        for row in wanted:
            if row.parked is None:
                row.claimed_until = None
                row.not_before = device.now + int(ended.pause_seconds * 1000)
        self._settle_halves(device, before)

    @rule(at=_devices, fault=_faults)
    def pull(self, at: int, fault: LineFault | None) -> None:
        """One round of listening."""
        device = self.devices[at]
        device.line.faults.clear()
        if fault is not None:
            device.line.faults.append(fault)
        try:
            has_more = device.puller.pull_once()
        except Died:
            self._restart(device)
            return
        except LineFailed:
            return
        assert not has_more
        model = device.model
        counters = {operation: counter for counter, operation in model.ids.items()}
        for code, operation in self.registry.told[model.heard :]:
            if code == device.code:
                model.close(counters[operation], self.registry.words[operation])
        model.heard = len(self.registry.told)
        model.seen, model.seen_at = len(self.registry.effects), self.registry_now

    @precondition(lambda self: any(one.line.late for one in self.devices))
    @rule(place=_places)
    def arrive_late(self, place: int) -> None:
        """What was given up long ago arrives after all, in whatever order."""
        late = [(one.line, n) for one in self.devices for n in range(len(one.line.late))]
        line, index = _pick(late, place)
        line.deliver_late(index)

    # Misfortune.

    @rule(at=_devices, what=st.sampled_from(["device", "device", "registry"]))
    def crash(self, at: int, what: str) -> None:
        """A power cut here, or there."""
        if what == "device":
            self.crash_device(at)
        else:
            self.crash_registry()

    def crash_device(self, at: int) -> None:
        """The power fails between two steps."""
        self._restart(self.devices[at])

    def crash_registry(self) -> None:
        """The registry is switched off and on."""
        unreadable = self._core.unreadable
        self._engine.dispose()
        self._engine, self._core = self._open_registry()
        self._core.unreadable = unreadable
        for device in self.devices:
            device.line.core = self._core

    @precondition(lambda self: self._rows())
    @rule(place=_places)
    def poison(self, place: int) -> None:
        """The registry of today cannot read an operation."""
        _, row = _pick(self._rows(), place)
        self._core.unreadable.add(row.id)

    @precondition(lambda self: self._core.unreadable)
    @rule()
    def cure(self) -> None:
        """The registry of tomorrow can."""
        self._core.unreadable.clear()

    @precondition(lambda self: self._rows())
    @rule(place=_places)
    def damage(self, place: int) -> None:
        """The disk changes a row."""
        device, row = _pick(self._rows(), place)
        with device.store.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE outbox SET body = body || x'20' WHERE sequence = ?", (row.counter,)
            )
        row.is_damaged = True

    @rule(at=_devices, seconds=_seconds)
    def wait(self, at: int, seconds: int) -> None:
        """Time goes by at one device."""
        self.devices[at].clock.turn(seconds)

    @rule(at=_devices, to=_instants, days=st.sampled_from([0, -40, -1, 1, 31]))
    def set_clocks(self, at: int, to: int, days: int) -> None:
        """A device's clock is set, to 1970 for instance; at the registry days go by, or back."""
        self.devices[at].clock.ms = to
        self.registry_now += days * 24 * 3600 * 1000

    # What always holds.

    @invariant()
    def the_devices_keep_what_the_model_keeps(self) -> None:
        """Nothing acknowledged is lost, and each row is where it should be."""
        for device in self.devices:
            rows = _query(device.store, "SELECT sequence, id, attempts, parked_reason FROM outbox")
            assert {row[0]: (row[1].hex(), *row[2:]) for row in rows} == {
                counter: (row.id, row.attempts, row.parked)
                for counter, row in device.model.rows.items()
            }
            kept = _query(device.store, "SELECT counter, operation, outcome, reason FROM receipts")
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
        decided = _query(self._engine, "SELECT id, outcome, reason FROM operations")
        assert {one[0].hex(): (one[1], one[2]) for one in decided} == self.registry.words
        changed = _query(
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

    def teardown(self) -> None:
        """With a line that works, every queue empties but for what a person must look at."""
        try:
            self._drain()
        finally:
            for device in self.devices:
                device.close()
            self._engine.dispose()
            self._disks.cleanup()

    def _drain(self) -> None:
        self.cure()
        for at, device in enumerate(self.devices):
            self.wait(at, 4000)
            # Whatever is behind another is free in the round after it.
            for _ in range(len(device.model.rows) + 1):
                self.push(at, None)
            self.pull(at, None)
            assert all(row.parked is not None for _, row in self._of(device))
        self.the_devices_keep_what_the_model_keeps()
        self.the_registry_decides_as_the_model_does()
        self.wishes_take_effect_in_their_order()

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
                _park(row, "damaged")

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
                _park(row, "not_understood")
            else:
                unanswered.append(row)
        # The one whose answer was taken out or made odd on its way.
        assert len(unanswered) <= 1
        for row in unanswered:
            reason = _reasons(device)[row.counter]
            assert reason in ("no_answer", "answer_not_understood")
            _park(row, reason)

    def _settle_halves(self, device: Device, before: dict[int, Row]) -> None:
        """Take in what was settled or parked in the halves before the one that failed."""
        left = _reasons(device)
        for counter, row in before.items():
            if counter not in left:
                device.model.close(counter, self.registry.words[row.id])
            elif (reason := left[counter]) is not None and row.parked is None:
                assert row.id in self._core.unreadable
                _park(row, reason)

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


def _park(row: Row, reason: str) -> None:
    row.parked = reason
    row.claimed_until = row.not_before = None


def _pick(some: list[_One], place: int) -> _One:
    return some[place % len(some)]


def _receipt(device: Device, counter: int) -> str:
    return str(ReceiptNumber(device.code, counter))


def _reasons(device: Device) -> dict[int, str | None]:
    """Return why each row that a device has queued is parked, or None where it is not."""
    rows = _query(device.store, "SELECT sequence, parked_reason FROM outbox")
    return dict(rows)


def _query(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
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
    _kept.enter_context(kept)
    folder = Path(kept.name)
    for code in CODES:
        (folder / code).mkdir()
        open_store(folder / code).dispose()
    (folder / "registry").mkdir()
    engine = open_database(default_url(folder / "registry"))
    fill(engine, *PEOPLE)
    engine.dispose()
    return folder


_kept = contextlib.ExitStack()
