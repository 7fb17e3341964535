"""The front desk as the flows see it: perhaps not open yet, and never asked in the GUI thread."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import date, datetime
from threading import Event
from typing import TypeVar

from kiosk.domain.clock_errors import FLOOR
from kiosk.domain.forms import Rules
from kiosk.services.answers import LineStatus
from kiosk.services.front_desk import FrontDesk
from ui.base.tasks import Task, Tasks

T = TypeVar("T")


class Desk:
    """Opens the front desk in the background and lets requests wait for it.

    Args:
        tasks: Where the work is done.

    Attributes:
        is_ending: Nothing can be asked any more.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._opened: Future[FrontDesk] = Future()
        self._running: set[Event] = set()
        self.is_ending = False

    def open(
        self, open_front_desk: Callable[[], FrontDesk], watch: Callable[[LineStatus], None]
    ) -> Task[None]:
        """Begin to open.

        Args:
            open_front_desk: Called in a thread of its own.
            watch: Called from any thread with every line status, the first one included.
        """

        def work() -> None:
            try:
                front_desk = open_front_desk()
            except BaseException as error:
                self._opened.set_exception(error)
                raise
            self._opened.set_result(front_desk)
            front_desk.watch_line(watch)

        return self._tasks.run(work)

    def ask(self, question: Callable[[FrontDesk], T]) -> Task[T]:
        """Ask in the background; a question asked too early waits until the desk is open."""
        return self._tasks.run(lambda: question(self._opened.result()))

    def ask_cancellable(
        self, question: Callable[[FrontDesk, Event], T], cancelled: Event
    ) -> Task[T]:
        """Ask something that can be cancelled by setting an event."""
        self._running.add(cancelled)
        task = self.ask(lambda front_desk: question(front_desk, cancelled))
        return task.on_end(lambda: self._running.discard(cancelled))

    def cancel_all(self) -> None:
        """Cancel whatever runs and can be cancelled; nothing may be asked afterwards."""
        self.is_ending = True
        for cancelled in self._running:
            cancelled.set()

    @property
    def is_open(self) -> bool:
        """Whether the front desk can be asked at once."""
        return self._opened.done() and self._opened.exception() is None

    @property
    def rules(self) -> Rules:
        """The settings by which the forms are read; until the desk is open, the shipped ones."""
        return self._opened.result().rules if self.is_open else Rules()

    def today(self) -> date:
        """The day by which dates of birth are judged."""
        if self.is_open:
            return self._opened.result().today()
        # Until then by the machine's clock, but for one that has lost its time.
        return max(datetime.now().astimezone().date(), FLOOR)

    @property
    def portal_contact(self) -> str:
        """Address of the Portal's Fale Conosco; empty until the desk is open."""
        return self._opened.result().portal_contact if self.is_open else ""

    def close(self) -> None:
        """Close the front desk, if it ever opened. The tasks must have ended."""
        if self.is_open:
            self._opened.result().close()
