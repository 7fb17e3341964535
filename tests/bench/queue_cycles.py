"""The queue cycle (put, take, acknowledge) beside raw ``sqlite3`` and beside other queues.

As a process (words: kind of queue, folder, waiting, cycles) it does nothing but cycles between two
marks, to be counted from outside.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from kiosk.store.queued_operations import NewOperation
from kiosk.wire.messages import MAX_BATCH
from tests.bench import fsyncs, reports
from tests.bench.accepted_actions import operations
from tests.bench.comparisons import Comparison, alternate
from tests.bench.queues import KINDS, OURS, RAW, Queue, open_queue

CYCLE_AIM = 0.85
FSYNC_AIM = 1.02
_BESIDE = "um passo por commit FULL, sqlite3"


def measure(folder: Path, waiting: int, rounds: int, each: int) -> Iterator[Comparison]:
    """Put, take and acknowledge in turn with the raw queue, with as many waiting on both sides.

    Args:
        folder: Where the files lie.
        waiting: In each queue from the beginning, and after each turn.
        rounds: How often each has its turn.
        each: Cycles in each turn.
    """
    for name in (kind for kind in KINDS if kind != RAW):
        queues = [open_queue(one, folder / f"{name}-{one}", waiting) for one in (name, RAW)]
        try:
            ours, bare = (_measured(one, waiting, each) for one in queues)
            for warm_up in (ours, bare):
                warm_up()
            pair = alternate(ours, bare, rounds)
        finally:
            for one in queues:
                one.close()
        yield Comparison(
            f"Ciclo da fila, {name}, {_words(waiting)}",
            _BESIDE,
            "µs",
            *pair,
            CYCLE_AIM if name == OURS else None,
        )


def fsync_line(folder: Path, waiting: int, cycles: int) -> str:
    """Count how often each queue waits for the disk, and say it per operation.

    An operation is put, taken and acknowledged. What SQLite does now and then, when it brings its
    log into the file, is in it.
    """
    name = f"fsync por operação, {_words(waiting)}"
    if not fsyncs.can_count():
        return f"{name}: não contado, falta o strace nesta máquina"
    counts = {
        kind: fsyncs.count(
            ["-m", __spec__.name, kind, str(folder / f"{kind}-counted"), str(waiting), str(cycles)]
        )
        / cycles
        for kind in KINDS
    }
    return reports.counts_line(name, counts, FSYNC_AIM)


def _measured(queue: Queue, waiting: int, each: int) -> Callable[[], float]:
    made = operations(waiting + 1)

    def measured() -> float:
        ready = list(islice(made, each))
        begun = perf_counter()
        queue.cycle(ready)
        taken = perf_counter() - begun
        queue.tidy()
        return taken / each * 1_000_000

    return measured


def _words(waiting: int) -> str:
    return f"{waiting:_} à espera".replace("_", ".") if waiting else "vazia"


def _batches(made: Iterator[NewOperation], cycles: int) -> Iterator[list[NewOperation]]:
    for start in range(0, cycles, MAX_BATCH):
        yield list(islice(made, min(MAX_BATCH, cycles - start)))


def main(name: str, folder: Path, waiting: int, cycles: int) -> None:
    """Do cycles, and nothing else, between two marks."""
    queue = open_queue(name, folder, waiting)
    batches = list(_batches(operations(waiting + 1), cycles))
    fsyncs.mark()
    for batch in batches:
        queue.cycle(batch)
    fsyncs.mark()
    queue.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
