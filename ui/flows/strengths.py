"""The meter below a new password: measured in the background, a moment after the last key."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QTimer

from kiosk.domain.forms import Field
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import Strength, StrengthLevel
from ui.base.tasks import Task
from ui.flows.desks import Desk
from ui.widgets.form_pages import FormPage
from ui.widgets.strength_meters import StrengthMeter
from ui.words.strengths import strength_words

_log = logging.getLogger("ui.strengths")
_STILL_AFTER_MS = 250
_BARS = {level: place for place, level in enumerate(StrengthLevel, start=1)}


class StrengthWatch:
    """Keeps a meter in step with a form.

    Args:
        page: The form.
        meter: What shows it.
        own: Reads what was typed beside the password.
    """

    def __init__(
        self, page: FormPage, meter: StrengthMeter, desk: Desk, own: Callable[[], OwnData]
    ) -> None:
        self._edit = page.fields[Field.PASSWORD].edit
        self._meter = meter
        self._desk = desk
        self._own = own
        self._running: Task[Strength] | None = None
        self._still = QTimer(page)
        self._still.setSingleShot(True)
        self._still.setInterval(_STILL_AFTER_MS)
        self._still.timeout.connect(self._measure)
        self._edit.textChanged.connect(self._changed)
        # What is typed beside it changes what it is worth.
        page.left.connect(self._changed)

    def _changed(self) -> None:
        if self._running is not None:
            self._running.drop()
            self._running = None
        if self._edit.text():
            self._still.start()
        else:
            self._still.stop()
            self._meter.clear()

    def _measure(self) -> None:
        if self._desk.is_ending:
            return
        if not self._desk.is_open:
            self._still.start()
            return
        password, own = self._edit.typed(), self._own()
        task = self._desk.ask(lambda front_desk: front_desk.password_strength(password, own))
        self._running = task.on_success(self._show).on_failure(self._give_up)

    def _show(self, strength: Strength) -> None:
        self._running = None
        self._meter.show_level(_BARS[strength.level], strength_words(strength))

    def _give_up(self, error: BaseException) -> None:
        # It only advises: without it the form goes on.
        self._running = None
        self._meter.clear()
        _log.error("strength_not_measured", extra={"error": error})
