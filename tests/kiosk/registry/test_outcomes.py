import pytest

from kiosk.registry.outcomes import Outcomes
from kiosk.wire.messages import OutcomeChange, OutcomesRequest
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench


@pytest.fixture
def outcomes(registry: Workbench) -> Outcomes:
    return Outcomes(registry.engine)


def test_the_words_are_those_of_the_feed(registry: Workbench, outcomes: Outcomes) -> None:
    registry.add_person(origin="portal")
    first, second = registry.message(), registry.message("reset")
    registry.push(first, second)
    told = [one for one in registry.pull().changes if isinstance(one, OutcomeChange)]
    asked = OutcomesRequest(device=DEVICE, operations=[second.id, first.id, "0" * 32])
    assert outcomes.tell(asked).outcomes == sorted(told, key=lambda one: one.operation)


def test_nobody_hears_of_anothers_operation(registry: Workbench, outcomes: Outcomes) -> None:
    registry.add_person()
    message = registry.message()
    registry.push(message)
    asked = OutcomesRequest(device=OTHER_DEVICE, operations=[message.id])
    assert outcomes.tell(asked).outcomes == []


def test_what_is_no_id_is_not_understood(outcomes: Outcomes) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        outcomes.tell(OutcomesRequest(device=DEVICE, operations=["x"]))
