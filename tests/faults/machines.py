"""Everything that can happen to two devices and a registry, a rule for each."""

from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Person
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.queued_operations import AlreadyWaiting, Recorded
from kiosk.sync.pushes import PushRound
from kiosk.sync.registries import LineFailed
from tests.factories import credential_of, new_operation
from tests.faults.lines import Died, LineFault
from tests.faults.models import LEASE_MS, Row, Wish
from tests.faults.worlds import (
    CODES,
    HASH,
    PEOPLE,
    START_MS,
    STRANGER,
    YEAR_MS,
    Device,
    World,
    is_made_now,
)
from tests.seals import sealed

ACTORS = (*PEOPLE, STRANGER)

_devices = st.integers(0, len(CODES) - 1)
_places = st.integers(0, 50)
_instants = st.sampled_from([0, START_MS - YEAR_MS, START_MS, START_MS + YEAR_MS])
_faults = st.none() | st.sampled_from(LineFault)
# Two whose wishes meet, and now and then somebody else.
_busy = st.sampled_from(PEOPLE[:2])
_anybody = _busy | st.sampled_from(ACTORS)
_kinds = st.sampled_from(["register", "reset"])
_seconds = st.sampled_from([0, 0, 0, 1, 5, 40, 400, 100_000])
_One = TypeVar("_One")


class Machine(World):
    """Every rule is one thing that can happen, to the real code and to the model."""

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
            body=sealed(credential_of(who, HASH), operation.hex, kind, device=device.code),
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
            ended = device.puller.pull_once()
        except Died:
            self._restart(device)
            return
        except LineFailed:
            return
        assert not ended.has_more
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


def _pick(some: list[_One], place: int) -> _One:
    return some[place % len(some)]


def _receipt(device: Device, counter: int) -> str:
    return str(ReceiptNumber(device.code, counter))
