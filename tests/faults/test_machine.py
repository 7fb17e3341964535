"""Outbox, worker's two halves and registry against a plain model, under all that can happen."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machines import Machine

pytestmark = pytest.mark.usefixtures("expected_stumbles")


def test_whatever_happens_model_and_program_agree() -> None:
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=25, stateful_step_count=40, deadline=None)
    )
