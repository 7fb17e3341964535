"""The short form: every target with its seeds, with what was kept, and with some more."""

from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.catalogues import TARGETS
from tests.fuzz.corpora import FOLDER, kept_inputs
from tests.fuzz.inputs import inputs_of

EXAMPLES = 40


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_kept_inputs(name: str) -> None:
    with ExitStack() as stack:
        check = TARGETS[name].prepare(stack)
        for data in (b"", *TARGETS[name].seeds, *kept_inputs(name)):
            check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_any_input(name: str) -> None:
    with ExitStack() as stack:
        check = TARGETS[name].prepare(stack)

        @given(inputs_of(TARGETS[name]))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        def try_all(data: bytes) -> None:
            check(data)

        try_all()


def test_nothing_is_kept_for_nobody() -> None:
    assert {path.stem for path in FOLDER.glob("*")} <= set(TARGETS)
