"""One request of one form at a time: sending, cancelling, and leaving meanwhile."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from kiosk.services.front_desk import FrontDesk
from ui.base.tasks import Task
from ui.flows.desks import Desk
from ui.widgets.form_pages import FormPage

T = TypeVar("T")


class Requests:
    """Runs the requests of one form.

    Cancelling sets the event that the service looks at; what the service then answers is still
    heard, because it may have been too late.

    Args:
        desk: Whom to ask.
        page: The form, which is busy meanwhile.
        leave: Called where the person wanted to go back, as soon as nothing runs.
    """

    def __init__(self, desk: Desk, page: FormPage, leave: Callable[[], None]) -> None:
        self._desk = desk
        self._page = page
        self._leave = leave
        self._cancelled = Event()
        self._is_leaving = False
        page.cancelled.connect(self.cancel)
        page.back_wanted.connect(self.go_back)

    @property
    def is_leaving(self) -> bool:
        """Whether the person wants to go back."""
        return self._is_leaving

    def send(self, ask: Callable[[FrontDesk, Event], T], then: Callable[[T], None]) -> None:
        """Ask the front desk, and hand its answer on once the form is idle again."""
        cancelled = Event()
        self._cancelled = cancelled
        self._is_leaving = False
        self._page.show_busy()

        task: Task[T] = self._desk.ask_cancellable(ask, cancelled)
        task.on_end(self._page.show_idle).on_success(then)

    def cancel(self) -> None:
        """Ask that what runs be stopped, if it still can be."""
        self._cancelled.set()

    def go_back(self) -> None:
        """Leave; while something runs, cancel it and leave when its answer is there."""
        if self._page.is_busy:
            self._is_leaving = True
            self._page.show_cancelling()
            self.cancel()
        else:
            self._leave()
