from typing import Any

import pytest
from sqlalchemy import Connection, event

from kiosk.registry.tables import devices
from kiosk.wire.messages import PullRequest
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench

KNOWN = (DEVICE, OTHER_DEVICE, "AAAAAA", "BBBBBB", "CCCCCC")


@pytest.fixture(autouse=True)
def _enrolled(registry: Workbench) -> None:
    registry.enrol(*KNOWN)


def hear(registry: Workbench, skew: int | None = 0, device: str = DEVICE) -> None:
    sent_at = None if skew is None else registry.clock.now + skew
    registry.devices.note(PullRequest(device=device, after=None, sent_at=sent_at))


def skews(registry: Workbench) -> dict[str, Any]:
    heard = [row for row in registry.rows(devices) if row["heard_at"] is not None]
    return {row["device"]: row["skew_ms"] for row in heard}


@pytest.fixture
def commits(registry: Workbench) -> list[str]:
    made: list[str] = []
    event.listen(registry.engine, "commit", lambda _connection: made.append("commit"))
    return made


def test_each_device_has_its_own_row(registry: Workbench) -> None:
    hear(registry, 5000)
    hear(registry, -5000, OTHER_DEVICE)
    assert skews(registry) == {DEVICE: 5000, OTHER_DEVICE: -5000}


def test_within_a_minute_nothing_is_written(registry: Workbench, commits: list[str]) -> None:
    hear(registry)
    for second in range(59):
        registry.clock.now += 1000
        hear(registry, second * 500)
    assert len(commits) == 1
    registry.clock.now += 1000
    hear(registry)
    assert len(commits) == 2
    (row,) = [row for row in registry.rows(devices) if row["device"] == DEVICE]
    assert row["heard_at"] == registry.clock.now


@pytest.mark.parametrize(
    ("before", "after"), [(0, 30_001), (0, -30_001), (None, 0), (0, None), (0, 31_536_000_000)]
)
def test_a_clock_that_was_set_is_noted_at_once(
    registry: Workbench, before: int | None, after: int | None
) -> None:
    hear(registry, before)
    registry.clock.now += 1000
    hear(registry, after)
    assert skews(registry) == {DEVICE: after}


def test_a_device_that_tells_no_time_is_noted_once(registry: Workbench, commits: list[str]) -> None:
    hear(registry, None)
    hear(registry, None)
    assert (skews(registry), len(commits)) == ({DEVICE: None}, 1)


def test_the_registrys_own_clock_may_be_set_back(registry: Workbench, commits: list[str]) -> None:
    hear(registry)
    registry.clock.now -= 3_600_000
    hear(registry)
    assert len(commits) == 2


@pytest.mark.parametrize("device", ["ZZZZZZ", "' OR 1=1"])
def test_who_is_not_enrolled_is_not_noted(registry: Workbench, device: str) -> None:
    hear(registry, 0, device)
    assert skews(registry) == {}


def test_what_is_remembered_is_bounded(
    registry: Workbench, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.registry.devices._MOST_REMEMBERED", 2)
    for device in ("AAAAAA", "BBBBBB", "CCCCCC", "AAAAAA"):
        hear(registry, 0, device)
    assert len(skews(registry)) == 3
    assert len(commits) == 4


def test_it_waits_for_no_other_writer_and_the_connection_does_again_afterwards(
    registry: Workbench,
) -> None:
    waits: list[int] = []

    def look(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        waits.append(driver.execute("PRAGMA busy_timeout").fetchone()[0])

    event.listen(registry.engine, "begin", look)
    hear(registry)
    event.remove(registry.engine, "begin", look)
    assert waits == [0]
    for _ in range(6):
        with registry.engine.connect() as connection:
            timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        assert timeout == 10_000
