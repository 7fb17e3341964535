"""One run of the interface, from the first paint to the last thread."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from kiosk.complaints import NotEnrolled
from kiosk.services.answers import LineStatus
from kiosk.services.first_runs import FaceName, FirstRun
from kiosk.services.front_desk import FrontDesk
from kiosk.services.start_reports import StartReport
from ui.base.bridges import Bridge
from ui.base.endings import EndingSignals
from ui.base.errors import ErrorPath
from ui.base.tasks import Tasks
from ui.base.theme import Theme
from ui.flows.desks import Desk
from ui.flows.navigation import Navigation
from ui.screens.start import StartScreen
from ui.window import Window
from ui.words.lines import first_run_words, line_words
from ui.words.starts import report_words

if TYPE_CHECKING:
    from ui.flows.first_runs import FirstRunFlow


class Session:
    """Wires window, flows and front desk, and takes them apart again.

    Args:
        today: By which dates of birth are judged; None for the front desk's.

    Attributes:
        navigation: Leads from screen to screen.
        enrolled_face: The face of the device that a technician has just made of this machine; the
            program is to be opened anew with it. None where nobody has.
    """

    def __init__(
        self,
        app: QApplication,
        theme: Theme,
        window: Window,
        start: StartScreen,
        today: Callable[[], date] | None = None,
    ) -> None:
        self._app = app
        self._window = window
        self._theme = theme
        self._start = start
        self.enrolled_face: FaceName | None = None
        self._begin_first_run: Callable[[], FirstRun] | None = None
        self._first_run: FirstRun | None = None
        self._flow: FirstRunFlow | None = None
        self._is_first_run = False
        self._is_running = False
        self._is_desk = theme.face == "desk"
        self._errors = ErrorPath(self._show_code)
        self._tasks = Tasks(self._errors.report)
        self._line: Bridge[LineStatus] = Bridge(self._show_line)
        self._desk = Desk(self._tasks)
        self.navigation = Navigation(window, start, theme, self._desk, today or self._desk.today)
        self._opening_failed: BaseException | None = None
        self._idle = QTimer()
        self._idle.setInterval(0)
        self._ahead: Iterator[None] = self._prepare()
        self._idle.timeout.connect(self._take_step)
        self._when_ready: Callable[[], None] = lambda: None
        self._translator = QTranslator()
        self._hook = sys.excepthook
        window.status.try_now_wanted.connect(self._try_now)
        start.report_read.connect(self._dismiss_report)

    def run(
        self,
        open_front_desk: Callable[[], FrontDesk],
        begin_first_run: Callable[[], FirstRun] | None = None,
    ) -> int:
        """Run until the window closes; see ``ui.app.Painted.run``."""
        with EndingSignals(self._app.quit):
            if not self._window.isVisible():
                # Closed while the modules arrived, before there was a loop to end.
                QTimer.singleShot(0, self._app.quit)
            self.begin(open_front_desk, begin_first_run)
            self._is_running = True
            try:
                code = self._app.exec()
            finally:
                self._is_running = False
                self.end()
        if self._opening_failed is not None:
            self._window.close()
            raise self._opening_failed
        return code

    def when_ready(self, then: Callable[[], None]) -> None:
        """Call ``then`` once, when the front desk is open and every screen built."""
        self._when_ready = then

    def begin(
        self,
        open_front_desk: Callable[[], FrontDesk],
        begin_first_run: Callable[[], FirstRun] | None = None,
    ) -> None:
        """Open the front desk in the background, and build the screens while nobody waits.

        Args:
            open_front_desk: As for ``run``.
            begin_first_run: As for ``run``.
        """
        self._begin_first_run = begin_first_run
        sys.excepthook = self._report_from_slot
        sys.setswitchinterval(_SWITCH_SECONDS)
        opening = self._desk.open(open_front_desk, self._line.publish)
        opening.on_failure(self._give_up).on_end(self._idle.start)
        opening.on_success(lambda _: self._ask_for_report())
        self._idle.start()

    def end(self) -> None:
        """Drop what runs, join every thread, close the front desk."""
        self._idle.stop()
        self._desk.cancel_all()
        self._line.close()
        self._tasks.close()
        if self._first_run is not None:
            self._first_run.close()
        self._desk.close()
        self._app.removeTranslator(self._translator)
        self._window.status.try_now_wanted.disconnect(self._try_now)
        self._start.report_read.disconnect(self._dismiss_report)
        sys.excepthook = self._hook

    def _prepare(self) -> Iterator[None]:
        self._window.show_focus()
        self._start.show_icons()
        yield
        # The first object that Qt made itself lets the binding prepare all types it might have.
        self._start.column.viewport()
        yield
        self._start.style()
        yield
        # Qt's own words, as in the menu of an edit.
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load("qtbase_pt_BR", folder):
            self._app.installTranslator(self._translator)
        if not self._desk.is_open:
            # Beside the thread that opens it, which wants the interpreter too, each screen would
            # take twice as long; the end of that starts the timer again.
            self._idle.stop()
        yield
        if not self._is_first_run:
            yield from self.navigation.build_ahead()

    def _take_step(self) -> None:
        if next(self._ahead, _OVER) is _OVER:
            self._idle.stop()
            ready, self._when_ready = self._when_ready, lambda: None
            ready()

    def _ask_for_report(self) -> None:
        self._desk.ask(lambda front_desk: front_desk.start_report()).on_success(self._show_report)

    def _show_report(self, report: StartReport | None) -> None:
        if report is not None:
            words = report_words(report, for_staff=self._is_desk)
            if words:
                self._start.show_report(words)

    def _dismiss_report(self) -> None:
        by_staff = self._is_desk
        self._desk.ask(lambda front_desk: front_desk.dismiss_start_report(by_staff=by_staff))

    def _show_line(self, status: LineStatus) -> None:
        self._window.status.show_status(line_words(status), is_online=status.is_online)
        self.navigation.line_changed()

    def _try_now(self) -> None:
        self._desk.ask(lambda front_desk: front_desk.try_now())

    def _show_code(self, code: str) -> None:
        self.navigation.to_failure(code)

    def _give_up(self, error: BaseException) -> None:
        # Said where the technician leaves without enrolling, too.
        self._opening_failed = error
        if not isinstance(error, NotEnrolled) or self._begin_first_run is None:
            self._exit(1)
            return
        self._is_first_run = True
        self._tasks.run(self._open_first_run).on_success(self._show_first_run).on_failure(
            self._end_with
        )

    def _end_with(self, error: BaseException) -> None:
        self._opening_failed = error
        self._exit(1)

    def _open_first_run(self) -> FirstRun:
        if self._begin_first_run is None:
            raise AssertionError
        # Kept here at once: whatever happens meanwhile, ``end`` closes it.
        self._first_run = self._begin_first_run()
        return self._first_run

    def _show_first_run(self, first_run: FirstRun) -> None:
        # No device that is one ever needs these.
        from ui.flows.first_runs import FirstRunFlow

        self._window.status.show_status(first_run_words(), is_online=None)
        self.navigation.help.receipt_panel.hide()
        self._flow = FirstRunFlow(
            self._window,
            self._theme,
            self._tasks,
            first_run,
            to_help=self.navigation.to_help,
            leave=self._leave_first_run,
            done=self._end_first_run,
        )
        self._flow.begin()

    def _leave_first_run(self) -> None:
        self._window.close()

    def _exit(self, code: int) -> None:
        # Told to exit outside of it, an application would never run a loop again.
        if self._is_running:
            self._app.exit(code)

    def _end_first_run(self, face: FaceName) -> None:
        self.enrolled_face = face
        self._opening_failed = None
        self._exit(0)

    def _report_from_slot(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Receive what a slot raised: Qt's event loop goes on, and so does the person."""
        if not isinstance(error, Exception):
            self._hook(kind, error, trace)
            return
        self._errors.report(error)


_OVER = object()
# Whenever the GUI thread wants the interpreter back it waits this long for whoever has it, some
# dozen times a screen. The interpreter's own 5 ms make a screen a crawl while a queue runs empty.
_SWITCH_SECONDS = 0.0005
