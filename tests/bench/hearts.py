"""Listens to how regularly the GUI thread comes round to its event loop."""

from time import perf_counter

from PySide6.QtCore import QAbstractEventDispatcher, QEventLoop, Qt, QTimer

_BEAT_MS = 1


class Heart:
    """Beats at every round of the event loop, and each millisecond where nothing else is to do.

    What a person does is answered at the next round, so the time between two beats is a silence. It
    is whatever keeps the thread from that round: work in it, waiting for the interpreter while
    another thread has it, or waiting for a core. Only time spent in the event loop counts, so that
    what the measuring hands do between their movements does not.

    Attributes:
        longest: Milliseconds of the longest silence by chapter.
        during: In the same chapter, what was being done then.
    """

    def __init__(self) -> None:
        self.longest: dict[str, float] = {}
        self.during: dict[str, str] = {}
        self._chapter = ""
        self._doing = ""
        self._last: float | None = None
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self.beat)
        QAbstractEventDispatcher.instance().awake.connect(self.beat)

    def listen(self, chapter: str) -> None:
        """Count for this chapter from now on."""
        self._chapter = chapter
        self._doing = ""
        self.longest.setdefault(chapter, 0.0)

    def note(self, doing: str) -> None:
        """Say what is being done from now on."""
        self._doing = doing

    def start(self) -> None:
        """Begin to count: from here on the thread belongs to the event loop."""
        self._last = perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Count up to here and no further."""
        self.beat()
        self._timer.stop()
        self._last = None

    def beat(self) -> None:
        """Count the silence that ends here."""
        now = perf_counter()
        if self._last is not None:
            silence = (now - self._last) * 1000
            if silence > self.longest.get(self._chapter, 0.0):
                self.longest[self._chapter] = silence
                self.during[self._chapter] = self._doing
        self._last = perf_counter()

    def live(self, milliseconds: int) -> None:
        """Run the event loop for a while, and count."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        self.start()
        loop.exec()
        self.stop()
