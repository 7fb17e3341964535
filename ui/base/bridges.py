"""What comes from another thread and must be handled in the GUI thread."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


class _Carrier(QObject):
    """Belongs to the GUI thread, so that a queued signal is delivered there."""

    arrived = Signal(object)

    def __init__(self, receive: Callable[[object], None]) -> None:
        super().__init__()
        self._receive = receive
        self.arrived.connect(self.deliver, Qt.ConnectionType.QueuedConnection)

    def deliver(self, value: object) -> None:
        self._receive(value)


class Bridge(Generic[T]):
    """Carries values from any thread into the GUI thread.

    Args:
        receive: Called in the thread that made the bridge, once per value, in order.
    """

    def __init__(self, receive: Callable[[T], None]) -> None:
        self._receive: Callable[[T], None] | None = receive
        self._carrier = _Carrier(self._deliver)

    def publish(self, value: T) -> None:
        """Hand over a value; returns at once. After ``close`` it goes nowhere."""
        if self._receive is not None:
            self._carrier.arrived.emit(value)

    def close(self) -> None:
        """Deliver nothing more."""
        self._receive = None

    def _deliver(self, value: object) -> None:
        if self._receive is not None:
            self._receive(value)  # type: ignore[arg-type]
