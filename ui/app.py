"""Starts the interface: paints first, and brings in everything else while a person reads.

What is imported at the top of this file is all that the first paint waits for.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from ui.base import theme as themes
from ui.base.theme import Face, Theme
from ui.screens.start import StartScreen
from ui.window import Window

if TYPE_CHECKING:
    from kiosk.services.first_runs import FirstRun
    from kiosk.services.front_desk import FrontDesk
    from ui.base.imports import LiveImports
    from ui.sessions import Session

_PAINT_DEADLINE_MS = 5000


def paint_first(face: Face, demo: bool) -> "Painted":
    """Show the window with the start screen, and return when it has been painted.

    Args:
        face: The self-service kiosk or the staffed desk.
        demo: Whether the band "DEMONSTRAÇÃO" stands above.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([*sys.argv[:1], *themes.STYLE_ARGUMENTS])
    theme = themes.theme_for(face)
    themes.apply(app, theme)
    window = Window(theme, demo=demo)
    start = StartScreen(theme)
    window.show_page(start)
    window.show()
    deadline = QDeadlineTimer(_PAINT_DEADLINE_MS)
    while not start.was_painted and not deadline.hasExpired():
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
    return Painted(app, theme, window, start)


class Painted:
    """The window as it stands after the first paint.

    Attributes:
        window: The one window.
        enrolled_face: See ``ui.sessions.Session``.
    """

    def __init__(self, app: QApplication, theme: Theme, window: Window, start: StartScreen) -> None:
        self.window = window
        self.enrolled_face: Face | None = None
        self._app = app
        self._theme = theme
        self._start = start
        self._imports: LiveImports | None = None

    def import_alive(self) -> None:
        """Let the window live during every import from now until the session is there."""
        from ui.base.imports import LiveImports

        if self._imports is None:
            self._imports = LiveImports()
            self._imports.begin()

    def run(
        self,
        open_front_desk: "Callable[[], FrontDesk]",
        begin_first_run: "Callable[[], FirstRun] | None" = None,
    ) -> int:
        """Open the front desk in the background, run until the window closes, and clean up.

        Args:
            open_front_desk: Called once, in a thread of its own. What it imports should be imported
                there, so that the window stays alive meanwhile.
            begin_first_run: Called likewise where this machine is not enrolled; None where that
                ends the run. Afterwards ``enrolled_face`` tells what the machine has become.

        Returns:
            The exit code.

        Raises:
            BaseException: What ``open_front_desk`` raised, after the window was closed.
        """
        session = self.new_session()
        try:
            return session.run(open_front_desk, begin_first_run)
        finally:
            self.enrolled_face = session.enrolled_face

    def new_session(self) -> "Session":
        """Return what wires the window to a front desk; ``run`` runs one, a test drives it."""
        self.import_alive()
        try:
            from ui.base import garbage
            from ui.sessions import Session
        finally:
            self._end_imports()
        session = Session(self._app, self._theme, self.window, self._start)
        session.when_ready(garbage.leave_out_what_stays)
        return session

    def _end_imports(self) -> None:
        if self._imports is not None:
            self._imports.end()
            self._imports = None
