"""Accepting an action while very many wait, beside accepting it while none does."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine

from kiosk.domain.operations import Outcome
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Recorded, Settlement
from tests.bench.accepted_actions import operations
from tests.bench.comparisons import Comparison, alternate
from tests.bench.waiting_rows import fill

GROWTH_AIM = 1.0


def measure(folder: Path, waiting: int, rounds: int, actions: int) -> Comparison:
    """Record in rounds of many actions each; what a round recorded leaves before the next.

    Args:
        folder: Where the databases lie.
        waiting: Rows in the longer of the two queues.
        rounds: How often each of them has its turn.
        actions: In each turn.
    """
    for name in ("long", "short"):
        (folder / name).mkdir()
    fill(folder / "long", waiting)
    long, short = open_store(folder / "long"), open_store(folder / "short")
    try:
        ours, bare = (_recorder(engine, operations(2), actions) for engine in (long, short))
        for warm_up in (ours, bare):
            warm_up()
        pair = alternate(ours, bare, rounds)
    finally:
        long.dispose()
        short.dispose()
    return Comparison(
        f"Uma ação aceita com {waiting:_} à espera".replace("_", "."),
        "com nenhuma à espera",
        "µs",
        *pair,
        GROWTH_AIM,
    )


def _recorder(engine: Engine, made: Iterator[NewOperation], actions: int) -> Callable[[], float]:
    outbox = Outbox(engine, load_identity(engine).code)

    def measured() -> float:
        ready = list(islice(made, actions))
        begun = perf_counter()
        recorded = [outbox.record(new) for new in ready]
        taken = perf_counter() - begun
        assert all(isinstance(one, Recorded) for one in recorded)
        answers = [Settlement(new.id, Outcome.ACCEPTED, None, new.made_at) for new in ready]
        outbox.settle(answers, ready[0].made_at)
        return taken / actions * 1_000_000

    return measured
