"""A first run with prepared answers."""

from datetime import UTC, datetime
from threading import Event

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.complaints import NotEnrolled
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes, grouped
from kiosk.domain.enrolment_forms import EnrolmentWish
from kiosk.services.first_runs import (
    Certificate,
    Check,
    CheckItem,
    CheckState,
    CustodyOffer,
    Enrolled,
    Found,
    Refusal,
)
from kiosk.services.front_desk import FrontDesk
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from ui.base.theme import Theme
from ui.flows.first_runs import FirstRunFlow
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.window import Window

ADDRESS = "https://cadastro.exemplo:8443"
CODE = from_bytes(b"c" * CODE_BYTES)
TYPED = grouped(CODE)
CERTIFICATE = Certificate(
    "cadastro.exemplo",
    "Autoridade própria do local de atendimento",
    datetime(2027, 11, 25, tzinfo=UTC),
    "0f1e2d3c4b5a6978" * 4,
)
FOUND = Found(
    address=ADDRESS,
    name="Quiosque 2",
    site="Sede",
    face="kiosk",
    certificate=CERTIFICATE,
    clock_error=None,
    custodies=(
        CustodyOffer(CustodyKind.KEYRING, "store-1", None),
        CustodyOffer(CustodyKind.SYSTEMD, "kiosk-store-key", "Este processo não recebeu nada."),
        CustodyOffer(CustodyKind.FILE, "/home/kiosk/store.key", None),
    ),
    is_bound=False,
)
WELL = (
    Check(CheckItem.DISK, CheckState.OK, free_bytes=79 * 10**9),
    Check(CheckItem.CLOCK, CheckState.OK),
    Check(CheckItem.KEY, CheckState.OK, custody=CustodyKind.FILE),
    Check(CheckItem.ENCRYPTION, CheckState.OK),
    Check(CheckItem.REGISTRY, CheckState.OK),
    Check(CheckItem.SEALING_KEY, CheckState.OK),
)


class FakeFirstRun:
    """Attributes: what it answers, and what it was asked, in order."""

    def __init__(self) -> None:
        self.address = ""
        self.found: Found | Refusal = FOUND
        self.enrolled: Enrolled | Refusal = Enrolled("K7Q2MT", "Quiosque 2", "kiosk")
        self.checks: tuple[Check, ...] = WELL
        self.looked: list[EnrolmentWish] = []
        self.chosen: list[CustodyKind] = []
        self.gate = Event()
        self.gate.set()
        self.is_closed = False

    def look(self, wish: EnrolmentWish) -> Found | Refusal:
        self.looked.append(wish)
        self.gate.wait(60)
        return self.found

    def enrol(self, wish: EnrolmentWish, custody: CustodyKind) -> Enrolled | Refusal:
        assert wish == self.looked[-1]
        self.chosen.append(custody)
        self.gate.wait(60)
        return self.enrolled

    def check(self) -> tuple[Check, ...]:
        return self.checks

    def close(self) -> None:
        self.is_closed = True


class NewMachine(Driver):
    """The window of a machine that nobody has enrolled yet."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.first_run = FakeFirstRun()
        window = Window(theme, demo=False)
        qtbot.addWidget(window)
        start = StartScreen(theme)
        window.show_page(start)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        super().__init__(qtbot, window, Session(app, theme, window, start), FakeFrontDesk())
        with qtbot.waitActive(window, timeout=45_000):
            window.show()
        self.session.begin(_refuse, lambda: self.first_run)
        self.wait_page("firstRunScreen")

    @property
    def flow(self) -> FirstRunFlow:
        assert self.session._flow is not None
        return self.session._flow

    def fill(self, address: str = ADDRESS, code: str = TYPED, authority: str = "") -> None:
        self.edit("firstRunAddress").setText(address)
        self.edit("firstRunCode").setText(code)
        self.edit("firstRunAuthority").setText(authority)

    def look(self) -> None:
        self.fill()
        self.press("firstRunSubmit")
        self.wait_page("firstRunFoundScreen")


def _refuse() -> FrontDesk:
    raise NotEnrolled
