from kiosk.domain.operations import Outcome
from kiosk.domain.people import Origin
from kiosk.registry.standings import Standing, read_standing
from kiosk.wire.messages import PullRequest
from tests.kiosk.registry.workbench import Workbench


def test_an_empty_registry(registry: Workbench) -> None:
    assert read_standing(registry.engine) == Standing(
        by_origin={}, cancelled=0, by_outcome={}, last_position=0, devices=0, wrong_clocks={}
    )


def test_devices_whose_clock_is_wrong_are_named(registry: Workbench) -> None:
    now = registry.clock.now
    minute = 60_000
    heard = {
        "AAAAAA": now + 5 * minute,
        "BBBBBB": now + 5 * minute + 1,
        "CCCCCC": now - 6 * minute,
        "DDDDDD": 0,
        "EEEEEE": None,
    }
    registry.enrol(*heard)
    for device, sent_at in heard.items():
        registry.devices.note(PullRequest(device=device, after=None, sent_at=sent_at))
    standing = read_standing(registry.engine)
    assert standing.devices == 5
    assert standing.wrong_clocks == {
        "BBBBBB": 5 * minute + 1,
        "CCCCCC": -6 * minute,
        "DDDDDD": -now,
    }


def test_people_and_operations_are_counted(registry: Workbench) -> None:
    registry.add_person(1)
    registry.add_person(2, origin="portal", status="cancelled")
    registry.push(registry.message(), registry.message(), registry.message(seen="?"))
    assert read_standing(registry.engine) == Standing(
        by_origin={Origin.APP_2024: 1, Origin.PORTAL: 1},
        cancelled=1,
        by_outcome={Outcome.ACCEPTED: 1, Outcome.REJECTED: 1, Outcome.QUARANTINED: 1},
        last_position=4,
        devices=0,
        wrong_clocks={},
    )
