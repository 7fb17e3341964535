"""What encryption costs: the same store, the same actions, with a key and without one."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine

from kiosk.database.keys import StoreKey
from kiosk.domain.operations import Outcome
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from kiosk.wire.messages import MAX_BATCH
from tests.bench.accepted_actions import operations, recorded
from tests.bench.comparisons import Comparison, alternate

_KEY = StoreKey(bytes(range(32)))
_BESIDE = "o mesmo sem cifra"
_MOST_BYTES = 10**9


class _Store:
    """One store, with all that is measured on it."""

    def __init__(self, folder: Path, key: StoreKey | None, actions: int) -> None:
        self._folder = folder
        self._key = key
        self._actions = actions
        self._made = operations()
        self._engine = self._open()
        self._outbox = Outbox(self._engine, load_identity(self._engine).code)

    def close(self) -> None:
        self._engine.dispose()

    def record(self) -> float:
        """Return microseconds for an action."""
        ready = list(islice(self._made, self._actions))
        begun = perf_counter()
        for new in ready:
            recorded(self._outbox, new)
        return (perf_counter() - begun) / self._actions * 1_000_000

    def drain(self) -> float:
        """Return microseconds for an operation that is claimed and answered; records it before."""
        self.record()
        begun = perf_counter()
        self._drain()
        return (perf_counter() - begun) / self._actions * 1_000_000

    def start(self) -> float:
        """Return microseconds for opening the store as a start does, checked."""
        self._engine.dispose()
        begun = perf_counter()
        self._engine = self._open()
        taken = perf_counter() - begun
        self._outbox = Outbox(self._engine, load_identity(self._engine).code)
        return taken * 1_000_000

    def _open(self) -> Engine:
        return open_store(self._folder, self._key)

    def _drain(self) -> None:
        while claimed := self._outbox.claim(1, limit=MAX_BATCH, max_bytes=_MOST_BYTES):
            answers = [Settlement(one.id, Outcome.ACCEPTED, None, 1) for one in claimed]
            self._outbox.settle(answers, 1)


def measure(folder: Path, rounds: int, actions: int) -> list[Comparison]:
    """Measure in rounds, on two stores that grow alike.

    Args:
        folder: Where they lie.
        rounds: How often each has its turn.
        actions: In each turn.
    """
    stores = [
        _Store(folder / name, key, actions) for name, key in (("cipher", _KEY), ("plain", None))
    ]
    try:
        ours, plain = stores
        figures: list[tuple[str, Callable[[], float], Callable[[], float]]] = [
            ("Uma ação aceita, cifrada", ours.record, plain.record),
            ("Pegar e responder uma operação, cifrada", ours.drain, plain.drain),
            ("Abrir e verificar o banco ao iniciar, cifrado", ours.start, plain.start),
        ]
        for _, one, other in figures:
            one()
            other()
        return [
            Comparison(name, _BESIDE, "µs", *alternate(one, other, rounds))
            for name, one, other in figures
        ]
    finally:
        for store in stores:
            store.close()
