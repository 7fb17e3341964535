"""What became of everything that was acknowledged, read from the files that are left."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.database.drivers import DATABASE_ERRORS
from kiosk.domain.operations import Outcome, Reason
from kiosk.domain.receipts import parse
from kiosk.store.files import FILE_NAME
from tests.device_stores import open_device_file
from tests.faults.acknowledgements import Acknowledged, Said, Withdrawn
from tests.faults.books import Decided, RegistryBooks
from tests.faults.misses import Miss, Misses


@dataclass(frozen=True, slots=True)
class DeviceBooks:
    """What one device kept, read after its last run.

    Attributes:
        receipts: By counter: operation id, outcome and reason.
        waiting: Counters of the rows that still wait.
        parked: Counters of the rows that a person must look at, with the reason.
    """

    code: str
    receipts: Mapping[int, tuple[bytes, str | None, str | None]]
    waiting: frozenset[int]
    parked: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a soak did, counted from the files.

    Attributes:
        acknowledged: Receipts that people were given.
        withdrawn: Actions that people took back in time.
        decided: Operations in the registry's books, by outcome.
    """

    acknowledged: int
    withdrawn: int
    parked: int
    decided: Mapping[str, int]


def read_device(data_dir: Path) -> DeviceBooks:
    """Read a device's store."""
    with closing(open_device_file(data_dir / FILE_NAME)) as store:
        (code,) = store.execute("SELECT value FROM meta WHERE key = 'device_code'").fetchone()
        receipts = {
            counter: (operation, outcome, reason)
            for counter, operation, outcome, reason in store.execute(
                "SELECT counter, operation, outcome, reason FROM receipts"
            )
        }
        rows = store.execute("SELECT sequence, parked_reason FROM outbox").fetchall()
    return DeviceBooks(
        code.decode(),
        receipts,
        frozenset(sequence for sequence, reason in rows if reason is None),
        {sequence: reason for sequence, reason in rows if reason is not None},
    )


def check_files(folders: Sequence[Path], misses: Misses) -> int:
    """Check every database file; return how many there are."""
    files = sorted(file for folder in folders for file in folder.glob("*.sqlite3"))
    for file in files:
        try:
            with closing(open_device_file(file)) as database:
                (answer,) = database.execute("PRAGMA integrity_check").fetchone()
        except DATABASE_ERRORS as error:
            answer = type(error).__name__
        if answer != "ok":
            misses.note(Miss.DAMAGED, f"{file.parent.name}/{file.name}")
    return len(files)


def judge(
    registry: RegistryBooks,
    devices: Sequence[tuple[DeviceBooks, Sequence[Said]]],
    misses: Misses,
) -> Totals:
    """Hold what people were told against what devices and registry kept.

    Args:
        registry: The registry's books.
        devices: What each device kept, and what it had said.
        misses: Where it is noted.
    """
    acknowledged = withdrawn = parked = 0
    codes = Counter(books.code for books, _ in devices)
    for code, times in codes.items():
        if times > 1:
            misses.note(Miss.RECEIPT_REPEATED, f"device code {code}")
    for books, said in devices:
        acks = [one for one in said if isinstance(one, Acknowledged)]
        acknowledged += sum(not one.is_earlier for one in acks)
        withdrawn += sum(isinstance(one, Withdrawn) for one in said)
        parked += len(books.parked)
        _judge_receipts(books, acks, misses)
        _judge_acknowledged(books, registry, acks, misses)
        _judge_store(books, registry, misses)
        _judge_order(books, registry, acks, misses)
    strange = registry.decided.keys() - {
        operation for books, _ in devices for operation, _, _ in books.receipts.values()
    }
    for operation in strange:
        misses.note(Miss.CHANGED, f"operation {operation.hex()} was made at no device")
    chosen = {one.receipt: one.password for _, said in devices for one in _told(said)}
    registry.judge_effects(misses, chosen)
    people_named = {
        one.receipt: one.person
        for _, said in devices
        for one in said
        if isinstance(one, Acknowledged)
    }
    registry.judge_decisions(misses, people_named)
    outcomes = Counter(one.outcome for one in registry.decided.values())
    return Totals(acknowledged, withdrawn, parked, outcomes)


def _told(said: Sequence[Said]) -> Iterator[Acknowledged]:
    """Yield what was acknowledged and is not the person's own earlier operation."""
    for one in said:
        if isinstance(one, Acknowledged) and not one.is_earlier:
            yield one


def _judge_receipts(books: DeviceBooks, acks: Sequence[Acknowledged], misses: Misses) -> None:
    """No number twice, and the numbers grow in the order in which people acted."""
    last = 0
    for ack in acks:
        if ack.is_earlier:
            continue
        counter = _counter(books, ack)
        if counter is None or counter <= last:
            misses.note(Miss.RECEIPT_REPEATED, f"receipt {ack.receipt} after number {last}")
        else:
            last = counter


def _judge_acknowledged(
    books: DeviceBooks, registry: RegistryBooks, acks: Sequence[Acknowledged], misses: Misses
) -> None:
    for ack in acks:
        counter = _counter(books, ack)
        kept = None if counter is None else books.receipts.get(counter)
        if kept is None:
            misses.note(Miss.LOST, f"receipt {ack.receipt} is not on its device")
            continue
        operation, outcome, _ = kept
        decided = registry.decided.get(operation)
        if counter in books.parked or counter in books.waiting:
            continue
        if outcome == Outcome.WITHDRAWN:
            misses.note(Miss.LOST, f"receipt {ack.receipt} withdrawn though acknowledged")
            continue
        if decided is None or decided.receipt != ack.receipt:
            misses.note(Miss.LOST, f"receipt {ack.receipt} is not at the registry")
            continue
        if ack.outcome is not None and (ack.outcome, ack.reason) != decided.answer:
            misses.note(Miss.CHANGED, f"receipt {ack.receipt}: {ack.outcome} told")
        if not _belongs(ack, decided):
            misses.note(Miss.CHANGED, f"receipt {ack.receipt} is another's at the registry")


def _belongs(ack: Acknowledged, decided: Decided) -> bool:
    is_anybodys = decided.person_id is not None
    is_looked_at = decided.reason != Reason.THROTTLED
    return ack.kind == decided.kind and (
        decided.person_id == ack.person if ack.is_true and is_looked_at else not is_anybodys
    )


def _judge_store(books: DeviceBooks, registry: RegistryBooks, misses: Misses) -> None:
    """Each receipt's outcome is the registry's, also where its person was never told."""
    for counter, (operation, outcome, reason) in books.receipts.items():
        decided = registry.decided.get(operation)
        if counter in books.waiting:
            misses.note(Miss.STUCK, f"{books.code} number {counter} still waits")
        elif counter in books.parked:
            continue
        elif outcome == Outcome.WITHDRAWN:
            if decided is not None:
                misses.note(Miss.DOUBLED, f"{books.code} number {counter} withdrawn, yet decided")
        elif outcome is None:
            misses.note(Miss.LOST, f"{books.code} number {counter} left the queue unanswered")
        elif decided is None:
            misses.note(Miss.LOST, f"{books.code} number {counter} is not at the registry")
        elif decided.answer != (outcome, reason):
            misses.note(Miss.CHANGED, f"{books.code} number {counter} has another outcome here")


def _judge_order(
    books: DeviceBooks, registry: RegistryBooks, acks: Sequence[Acknowledged], misses: Misses
) -> None:
    """What one person asked for at one device was decided in the order of asking."""
    person_of = {ack.receipt: ack.person for ack in acks}
    last: dict[str, int] = {}
    for decided in registry.in_order():
        person = person_of.get(decided.receipt, decided.person_id)
        if decided.device != books.code or person is None:
            continue
        if decided.sequence <= last.get(person, 0):
            misses.note(Miss.OUT_OF_ORDER, f"receipt {decided.receipt} after a later one")
        last[person] = decided.sequence


def _counter(books: DeviceBooks, ack: Acknowledged) -> int | None:
    number = parse(ack.receipt)
    if number is None or number.device_code != books.code:
        return None
    return number.counter
