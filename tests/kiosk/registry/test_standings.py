from kiosk.domain.operations import Outcome
from kiosk.domain.people import Origin
from kiosk.registry.standings import Standing, read_standing
from tests.kiosk.registry.workbench import Workbench


def test_an_empty_registry(registry: Workbench) -> None:
    assert read_standing(registry.engine) == Standing(
        by_origin={}, cancelled=0, by_outcome={}, last_position=0
    )


def test_people_and_operations_are_counted(registry: Workbench) -> None:
    registry.add_person(1)
    registry.add_person(2, origin="portal", status="cancelled")
    registry.push(registry.message(), registry.message(), registry.message(seen="?"))
    assert read_standing(registry.engine) == Standing(
        by_origin={Origin.APP_2024: 1, Origin.PORTAL: 1},
        cancelled=1,
        by_outcome={Outcome.ACCEPTED: 1, Outcome.REJECTED: 1, Outcome.QUARANTINED: 1},
        last_position=4,
    )
