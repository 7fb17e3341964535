"""A process that goes through the journeys once and prints the longest silence of each as JSON.

The window, the store and the registry process are real. The hands are those of the tour, but each
of their movements is an event of the loop like any other: what a key or a press sets off counts,
what it takes to find the widget and to look at the screen does not.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from kiosk.domain import cpfs
from kiosk.registry.demonstrations import Journey
from kiosk.registry.samples import write_sample
from tests.bench.hearts import Heart
from ui.tour.hands import (
    NEW_PASSWORD,
    OTHER_PASSWORD,
    fill_registration,
    fill_reset,
    sample,
    sign_in,
)
from ui.tour.stages import PATIENCE_MS, Stage, StageError

PEOPLE = 60
REST_MS = 1500
_KEY_MS = 6
_PRESS_MS = 60
_SLICE_MS = 10


class WatchedStage(Stage):
    """A stage on which every movement waits its turn in the event loop."""

    def __init__(self, program: Path, folder: Path) -> None:
        super().__init__(program, folder, demo=False)
        self._heart: Heart | None = None

    @property
    def heart(self) -> Heart:
        """Listens to the GUI thread; there once the window is."""
        if self._heart is None:
            self._heart = Heart()
        return self._heart

    def has(self, name: str) -> bool:
        """Tell whether a screen has been built."""
        return self.window.findChild(QWidget, name) is not None

    def fill(self, name: str, text: str) -> None:
        field = self.find(name, QLineEdit)
        self._move(f"{name}: foco", lambda: field.setFocus(Qt.FocusReason.TabFocusReason))
        self._move(f"{name}: limpar", field.clear)
        for character in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                self._key(name, field, kind, character)

    def press(self, name: str) -> None:
        button = self.find(name, QAbstractButton)
        if not (button.isVisible() and button.isEnabled()):
            raise StageError(f"{name} cannot be pressed")
        self._move(f"depois de {name}", button.click, _PRESS_MS)

    def wait_until(self, fits: Callable[[], bool], what: str) -> None:
        deadline = QDeadlineTimer(PATIENCE_MS)
        while not fits():
            if deadline.hasExpired():
                raise StageError(f"waited in vain for {what}; shown is {self.shown()}")
            self.heart.live(_SLICE_MS)

    def _key(self, name: str, field: QLineEdit, kind: QEvent.Type, character: str) -> None:
        event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
        self._move(f"{name}: tecla", lambda: QApplication.sendEvent(field, event), _KEY_MS // 2)

    def _move(self, doing: str, act: Callable[[], object], milliseconds: int = _KEY_MS) -> None:
        self.heart.note(doing)
        QTimer.singleShot(0, act)
        self.heart.live(milliseconds)


def run(program: Path, folder: Path) -> dict[str, tuple[float, str]]:
    """Go through the journeys; return the longest silence of each in ms, and when it was."""
    roster = folder / "amostra.csv"
    write_sample(roster, PEOPLE, seed=1)
    stage = WatchedStage(program, folder)
    with stage:
        stage.import_roster(roster)
        stage.start_registry()
        stage.open_window()
        heart = stage.heart
        heart.listen("abertura")
        stage.wait_until(lambda: "em linha" in stage.text_of("statusLine").casefold(), "the line")
        heart.live(REST_MS)
        for name, act in (
            ("em repouso", _rest),
            ("Cadastro", _register),
            ("Login", _sign_in),
            ("Redefinição de senha", _reset),
            ("Cadastro sem linha", _register_offline),
            ("Consultar recibo", _query_receipt),
            ("linha de volta", _come_back),
        ):
            heart.listen(name)
            act(stage)
        return {
            name: (longest, heart.during.get(name, ""))
            for name, longest in heart.longest.items()
            if name != "abertura"
        }


def _rest(stage: WatchedStage) -> None:
    stage.heart.live(REST_MS)


def _register(stage: WatchedStage) -> None:
    stage.press("startRegistration")
    fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
    stage.press("registrationSubmit")
    stage.wait_for_screen("outcomeScreen")
    stage.expect("cadastro concluído")
    stage.press("outcomeDone")


def _sign_in(stage: WatchedStage) -> None:
    stage.press("startSignIn")
    sign_in(stage, cpfs.format_partial(sample(Journey.REGISTER).cpf or ""), NEW_PASSWORD)
    stage.wait_for_screen("accountScreen")
    stage.heart.live(_PRESS_MS)
    stage.press("accountEnd")


def _reset(stage: WatchedStage) -> None:
    who = sample(Journey.RESET)
    stage.press("startReset")
    fill_reset(stage, who, who.card_number, OTHER_PASSWORD)
    stage.press("resetSubmit")
    stage.wait_for_screen("outcomeScreen")
    stage.press("outcomeDone")


def _register_offline(stage: WatchedStage) -> None:
    stage.stop_registry()
    stage.press("startRegistration")
    fill_registration(stage, sample(Journey.PORTAL_RESET), OTHER_PASSWORD)
    stage.press("registrationSubmit")
    stage.wait_for_screen("outcomeScreen")
    stage.expect("recebido, aguardando confirmação")


def _query_receipt(stage: WatchedStage) -> None:
    receipt = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    stage.press("startHelp")
    stage.press("helpReceiptQuery")
    stage.fill("receiptNumber", receipt)
    stage.fill("receiptProof", sample(Journey.PORTAL_RESET).card_number)
    stage.press("receiptSubmit")
    stage.wait_until(lambda: stage.text_of("receiptAnswer") != "", "an answer")
    stage.expect("aguardando confirmação")


def _come_back(stage: WatchedStage) -> None:
    stage.start_registry()
    stage.press("statusTryNow")
    stage.wait_until(lambda: "em linha" in stage.text_of("statusLine").casefold(), "the line")
    stage.wait_until(lambda: "aguardando" not in stage.text_of("statusLine"), "the answer")
    stage.heart.live(_PRESS_MS)


def main() -> int:
    """Run in a folder that is gone afterwards; the program's path is the only word."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        silences = run(Path(sys.argv[1]), Path(folder))
    sys.stdout.write(json.dumps(silences) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
