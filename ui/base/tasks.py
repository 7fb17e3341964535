"""The only way off the GUI thread, and back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")
_THREADS = 3


class Task(Generic[T]):
    """One piece of background work. All its methods belong to the GUI thread."""

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._succeeded: Callable[[T], None] | None = None
        self._failed = on_failure
        self._ended: list[Callable[[], None]] = []
        self._is_over = False

    def on_success(self, then: Callable[[T], None]) -> "Task[T]":
        """Call ``then`` in the GUI thread with the result."""
        self._succeeded = then
        return self

    def on_failure(self, then: Callable[[BaseException], None]) -> "Task[T]":
        """Call ``then`` in the GUI thread with what was raised, instead of the default path."""
        self._failed = then
        return self

    def on_end(self, then: Callable[[], None]) -> "Task[T]":
        """Call ``then``, too, in the GUI thread before either of the others."""
        self._ended.append(then)
        return self

    def drop(self) -> None:
        """Forget the result, whatever it will be."""
        self._is_over = True

    def settle(self, result: T | None, error: BaseException | None) -> None:
        """Deliver, unless dropped. Called once, by the pool."""
        if self._is_over:
            return
        self._is_over = True
        for then in self._ended:
            then()
        if error is not None:
            self._failed(error)
        elif self._succeeded is not None:
            self._succeeded(result)  # type: ignore[arg-type]


class Tasks(QObject):
    """A small pool of threads whose results come back in the GUI thread.

    Args:
        on_failure: The default path of an error.
    """

    _settled = Signal(object, object, object)

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._on_failure = on_failure
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="ui-task")
        self._closed = threading.Event()
        self._open: set[Task[Any]] = set()
        self._settled.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], T]) -> Task[T]:
        """Start work in a thread of its own; what it touches must be safe there."""
        task: Task[T] = Task(self._on_failure)
        self._open.add(task)
        self._pool.submit(self._work, task, work)
        return task

    def close(self) -> None:
        """Drop every result, wait for what has begun, and end all threads."""
        self._closed.set()
        for task in self._open:
            task.drop()
        self._open.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, task: Task[T], work: Callable[[], T]) -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = work()
        # Whatever was raised goes on to the GUI thread, where it is told or raised again.
        except BaseException as raised:  # noqa: BLE001
            error = raised
        if not self._closed.is_set():
            self._settled.emit(task, result, error)

    def _settle(self, task: Task[T], result: T | None, error: BaseException | None) -> None:
        self._open.discard(task)
        task.settle(result, error)
