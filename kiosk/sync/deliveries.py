"""Whoever waits for the answer to an operation, and how fresh each operation is."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from kiosk.store.queued_operations import Settlement


@dataclass(slots=True)
class _Expectation:
    since: float
    ended: threading.Event = field(default_factory=threading.Event)
    settlement: Settlement | None = None


class Deliveries:
    """Operations somebody stands in front of the screen for.

    Args:
        monotonic: Seconds that never run backwards.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._expected: dict[UUID, _Expectation] = {}

    def expect(self, operation: UUID) -> None:
        """Note that a person acts just now; said before the operation is recorded."""
        with self._lock:
            self._expected[operation] = _Expectation(self._monotonic())

    def age_of(self, operation: UUID) -> float | None:
        """Return the seconds since a person acted, or None where nobody waits any more."""
        with self._lock:
            expectation = self._expected.get(operation)
        return None if expectation is None else self._monotonic() - expectation.since

    def wait(
        self, operation: UUID, seconds: float, cancelled: threading.Event
    ) -> Settlement | None:
        """Wait for the answer; None where the line failed, the time ran out or it was cancelled."""
        with self._lock:
            expectation = self._expected[operation]
        deadline = self._monotonic() + seconds
        while not expectation.ended.wait(0.05):
            if cancelled.is_set() or self._monotonic() >= deadline:
                break
        self.forget(operation)
        return expectation.settlement

    def forget(self, operation: UUID) -> None:
        """Stop expecting an answer."""
        with self._lock:
            self._expected.pop(operation, None)

    def expected(self) -> frozenset[UUID]:
        """Return the operations that somebody waits for now."""
        with self._lock:
            return frozenset(self._expected)

    def answer(self, settlements: Iterable[Settlement]) -> None:
        """Tell whoever waits what the registry said."""
        for settlement in settlements:
            self._end(settlement.id, settlement)

    def give_up(self, operations: Iterable[UUID]) -> None:
        """Tell whoever waits that the line failed."""
        for operation in operations:
            self._end(operation, None)

    def _end(self, operation: UUID, settlement: Settlement | None) -> None:
        with self._lock:
            expectation = self._expected.get(operation)
        if expectation is not None:
            expectation.settlement = settlement
            expectation.ended.set()
