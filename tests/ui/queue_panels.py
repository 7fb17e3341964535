"""The panel of the queue at a desk: what it holds, and where it shows it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView

from kiosk.domain.operations import Outcome
from kiosk.services.answers import LineStatus
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import decided, receipt, stopped, untried, waiting
from ui.flows.queue import QueueFlow

PARKED = receipt(1)
FIRST = receipt(2)
HOSTILE = {
    "emoji": "👩🏽‍⚕️🇧🇷 voltou",
    "bidi": "\u202eoiráirep\u202c \u2066x\u2069\u200f",
    "html": "<b>negrito</b><img src=x>&amp;",
    "long": "a" * 10_000,
    "nul": "a\x00b",
    "sql": "'; DROP TABLE outbox; --",
    "percent": "%s{0}%n",
}


def desk_with_a_queue() -> FakeFrontDesk:
    desk = FakeFrontDesk()
    desk.queued = [stopped(1), waiting(2), untried(3)]
    desk.decided = [decided(12, Outcome.REJECTED), decided(11)]
    desk.status = LineStatus(is_online=True, offline_since=None, waiting=3, parked=1)
    return desk


def flow_of(driver: Driver) -> QueueFlow:
    return driver.session.navigation.queue


def view_of(driver: Driver) -> QListView:
    found = driver.find("queueList")
    assert isinstance(found, QListView)
    return found


def rows(driver: Driver) -> list[str]:
    return [row.receipt for row in flow_of(driver).screen.list.rows]


def chosen(driver: Driver) -> str | None:
    return flow_of(driver).screen.list.chosen


def ways(driver: Driver) -> list[str]:
    buttons = flow_of(driver).screen.details.ways.values()
    return [button.text() for button in buttons if button.isVisible()]


def choose(driver: Driver, place: int) -> None:
    view = view_of(driver)
    at = view.visualRect(view.model().index(place, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def show_tab(driver: Driver, name: str, count: int) -> None:
    driver.press(name)
    driver.qtbot.waitUntil(lambda: len(rows(driver)) == count)


def look_again(driver: Driver) -> None:
    """Let the line tell something, and wait until the list has been read once more."""
    front_desk = driver.front_desk
    before = front_desk.pages
    front_desk.tell(front_desk.status)
    driver.qtbot.waitUntil(lambda: front_desk.pages > before)
    driver.qtbot.waitUntil(lambda: flow_of(driver).is_idle)
