"""A stage: the real window without a screen, a real store, a real registry process, and hands."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

from PySide6.QtCore import QDeadlineTimer, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QWidget,
)

from kiosk import bootstrap, settings
from kiosk.database.drivers import connect
from kiosk.embedded_registries import EmbeddedRegistry, fixed_port
from kiosk.services.front_desk import FrontDesk
from kiosk.store.unlockings import known_key
from ui.app import Painted, paint_first
from ui.sessions import Session
from ui.tour.odd_registries import OddRegistry

PATIENCE_MS = 60_000
_SLICE_MS = 5
_DAY_MS = 86_400_000
T = TypeVar("T", bound=QObject)


class StageError(Exception):
    """Something on the stage was not as the step says."""


class Stage:
    """One device and one registry, to be used as a person would.

    Args:
        program: Path of ``main.py``.
        folder: Where both databases lie.
        face: Which face of the program is shown.
        demo: Whether the band "DEMONSTRAÇÃO" stands above.

    Attributes:
        address: Of the registry the device talks to.
        front_desk: The services of the device, None until they are open.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        face: Literal["kiosk", "desk"] = "kiosk",
        *,
        demo: bool = True,
    ) -> None:
        self._folder = folder
        self._face: Literal["kiosk", "desk"] = face
        self._demo = demo
        self._port = 0
        self.address = ""
        self.registry = EmbeddedRegistry(program, folder / "registry")
        self._odd: OddRegistry | None = None
        self._painted: Painted | None = None
        self._session: Session | None = None
        self.front_desk: FrontDesk | None = None

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close_window()
        self.stop_odd_registry()
        self.registry.stop()

    def import_roster(self, roster: Path) -> None:
        """Put people into the registry."""
        self.registry.import_roster(roster)

    def start_registry(self) -> None:
        """Start the registry process, on the same port as before where it ran before."""
        self.stop_odd_registry()
        # One that nothing else takes while the registry is down.
        self.use_registry_at(self.registry.start(self._port or fixed_port()))
        if self._painted is None:
            bootstrap.enrol_new(self._settings(), self.address, self.registry.code)

    def use_registry_at(self, address: str) -> None:
        """Let the device that is opened next talk to a registry."""
        self.address = address
        self._port = int(address.rpartition(":")[2])

    def stop_registry(self) -> None:
        """Kill the registry process, as a power cut there would."""
        self.registry.kill()

    def start_odd_registry(self) -> None:
        """Let something else answer in the registry's place: it takes all, and answers nothing."""
        self._odd = OddRegistry(self._port)

    def stop_odd_registry(self) -> None:
        """End what answers in the registry's place."""
        if self._odd is not None:
            self._odd.close()
        self._odd = None

    def open_window(self) -> QWidget:
        """Open the device, as starting the program does."""
        loaded, code = self._settings(), self.registry.code or None

        def open_front_desk() -> FrontDesk:
            self.front_desk = bootstrap.open_front_desk(loaded, self.address, code)
            return self.front_desk

        painted = paint_first(self._face, demo=self._demo)
        self._painted = painted
        self._session = painted.new_session()
        self._session.begin(open_front_desk)
        return painted.window

    def open_new_machine(self) -> QWidget:
        """Open the program on a machine that nobody has enrolled yet, as starting it there does."""
        self.close_window()
        loaded = settings.load(
            None,
            data_dir=self._folder / "new-device",
            key_file=self._folder / "new-device.key",
            request_seconds=60.0,
        )

        def open_front_desk() -> FrontDesk:
            self.front_desk = bootstrap.open_front_desk(loaded, face=self._face)
            return self.front_desk

        painted = paint_first(self._face, demo=self._demo)
        self._painted = painted
        self._session = painted.new_session()
        self._session.begin(open_front_desk, lambda: bootstrap.begin_first_run(loaded))
        return painted.window

    @property
    def enrolled_face(self) -> str | None:
        """The face of the device that was just made of a new machine."""
        return None if self._session is None else self._session.enrolled_face

    def scan(self, name: str, text: str) -> None:
        """Put the focus on a field and type a text and Enter, as fast as a scanner does."""
        self.fill(name, text)
        QTest.keyClick(self.find(name, QLineEdit), Qt.Key.Key_Return)

    def close_window(self) -> None:
        """Close the device, as leaving the program does."""
        if self._session is not None:
            self._session.end()
        if self._painted is not None:
            self._painted.window.close()
            self._painted.window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._session = self._painted = self.front_desk = None

    def _settings(self) -> settings.Settings:
        return settings.load(
            None,
            data_dir=self._folder / "device",
            pull_interval_seconds=3600,
            key_custody="demo",
        )

    def let_days_pass(self, receipt: str, days: int) -> None:
        """Make what waits under a receipt older, while the device is closed."""
        file = self._folder / "device" / "device.sqlite3"
        with closing(connect(file, known_key(file.parent))) as store:
            # The digest is that of the younger operation; a row may be without.
            changed = store.execute(
                "UPDATE outbox SET made_at = made_at - ?, digest = NULL WHERE receipt = ?",
                (days * _DAY_MS, receipt),
            )
            store.commit()
        if changed.rowcount != 1:
            raise StageError("nothing waits under the receipt")

    def front_desk_when_open(self) -> FrontDesk:
        """Return the services of the device, once they are there."""
        self.wait_until(lambda: self.front_desk is not None, "the front desk")
        if self.front_desk is None:
            raise AssertionError
        return self.front_desk

    @property
    def window(self) -> QWidget:
        """The one window."""
        if self._painted is None:
            raise StageError("no window is open")
        return self._painted.window

    def find(self, name: str, kind: type[T]) -> T:
        """Return the widget with an object name."""
        found = self.window.findChild(kind, name)
        if found is None:
            raise StageError(f"there is no {kind.__name__} named {name}")
        return found

    def fill(self, name: str, text: str) -> None:
        """Put the focus on a field, take out what is there, and type."""
        field = self.find(name, QLineEdit)
        field.setFocus(Qt.FocusReason.TabFocusReason)
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        self.type(field, text)

    def paste(self, name: str, text: str) -> None:
        """Put the focus on a field, take out what is there, and insert a whole text at once."""
        self.fill(name, "")
        self.find(name, QLineEdit).insert(text)

    def type(self, field: QLineEdit, text: str) -> None:
        """Type a text, key by key, whatever its letters."""
        for character in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(
                    field, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                )

    def press(self, name: str) -> None:
        """Press a button, a box or whatever else can be pressed."""
        button = self.find(name, QAbstractButton)
        if not (button.isVisible() and button.isEnabled()):
            raise StageError(f"{name} cannot be pressed")
        button.click()

    def choose_row(self, name: str, said: str) -> None:
        """Choose the row of a list whose text has these words, as a click does."""
        view = self.find(name, QListView)
        model = view.model()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            if said in str(index.data()):
                view.scrollTo(index)
                at = view.visualRect(index).center()
                QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
                return
        raise StageError(f"no row of {name} says “{said}”")

    def wait_until(self, fits: Callable[[], bool], what: str) -> None:
        """Let the program live until something holds.

        Raises:
            StageError: It did not come to hold within the patience of the stage.
        """
        deadline = QDeadlineTimer(PATIENCE_MS)
        while not fits():
            if deadline.hasExpired():
                raise StageError(f"waited in vain for {what}; shown is {self.shown()}")
            # QTest.qWait would keep the interpreter from every other thread while it waits.
            slice_of_time = QEventLoop()
            QTimer.singleShot(_SLICE_MS, slice_of_time, slice_of_time.quit)
            slice_of_time.exec()

    def wait_for_screen(self, name: str) -> None:
        """Let the program live until a screen is shown."""
        self.wait_until(lambda: self.shown() == name, f"the screen {name}")

    def shown(self) -> str:
        """Return the object name of the screen that is shown."""
        if self._painted is None or self._painted.window.page is None:
            return "nothing"
        return self._painted.window.page.objectName()

    def text_of(self, name: str) -> str:
        """Return what a label or a field says."""
        label = self.window.findChild(QLabel, name)
        return self.find(name, QLineEdit).text() if label is None else label.text()

    def visible_text(self) -> str:
        """Return everything the shown screen says, the foot included, with common spaces."""
        said = [one.text() for one in self.window.findChildren(QLabel) if one.isVisible()]
        buttons = self.window.findChildren(QAbstractButton)
        said += [one.text() for one in buttons if one.isVisible()]
        return "\n".join(said).replace("\N{NO-BREAK SPACE}", " ")

    def expect(self, *words: str) -> None:
        """Make sure that the shown screen says these words.

        Raises:
            StageError: It does not.
        """
        said = self.visible_text().casefold()
        for one in words:
            if one.casefold() not in said:
                raise StageError(f"“{one}” is not on {self.shown()}")

    def save_picture(self, path: Path) -> None:
        """Save the window as a PNG file.

        Raises:
            OSError: The file cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.window.grab().save(str(path)):
            raise OSError(f"{path} could not be written")
