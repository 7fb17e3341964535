"""A program killed in the middle of a step starts, says what became of it, and goes on."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.faults.tour_kills import kill_in
from ui.tour.journeys import all_steps

STEPS = {step.name: number for number, step in enumerate(all_steps(), start=1)}


@pytest.mark.parametrize(
    ("step", "after", "in_hand"),
    [
        # In the middle of typing, and while something is being sent.
        pytest.param("cadastro-preenchido", 60.0, 0, marks=pytest.mark.soak),
        ("cadastro-feito", None, 1),
    ],
)
def test_a_kill_in_a_step(
    qtbot: QtBot,
    filled_registry: Path,
    tmp_path: Path,
    step: str,
    after: float | None,
    in_hand: int,
) -> None:
    verdict = kill_in(STEPS[step], after, filled_registry, tmp_path)
    assert verdict.misses == ()
    assert (verdict.step, verdict.in_hand) == (step, in_hand)
