"""The front desk before and after it is open."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from pytestqt.qtbot import QtBot

from kiosk.domain.clock_errors import FLOOR
from tests.ui.front_desks import FakeFrontDesk
from ui.base.tasks import Tasks
from ui.flows import desks
from ui.flows.desks import Desk


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    tasks = Tasks(lambda _error: None)
    yield Desk(tasks)
    tasks.close()


def test_today_is_the_front_desks(desk: Desk, front_desk: FakeFrontDesk, qtbot: QtBot) -> None:
    front_desk.day = date(2031, 5, 4)
    desk.open(lambda: front_desk, lambda _status: None)
    qtbot.waitUntil(lambda: desk.is_open)
    assert desk.today() == date(2031, 5, 4)


@pytest.mark.parametrize(
    ("shown", "today"), [(date(1970, 1, 1), FLOOR), (date(2040, 2, 3), date(2040, 2, 3))]
)
def test_until_it_is_open_a_clock_that_lost_its_time_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, shown: date, today: date
) -> None:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Frozen":
            return cls(shown.year, shown.month, shown.day, 12)

    monkeypatch.setattr(desks, "datetime", Frozen)
    assert desk.today() == today
