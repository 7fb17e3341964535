"""One target driven by Hypothesis alone, in a process of its own, where there is no atheris.

``python -m tests.fuzz.drawn NAME SECONDS SEED``; started by ``run``.
"""

import logging
import sys
import time
from contextlib import ExitStack

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.catalogues import TARGETS
from tests.fuzz.inputs import inputs_of

_ROUND = 500
FOUND = 77


def main() -> int:
    """Run for so many seconds; say how many inputs were tried, and which failed."""
    name, seconds, first = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    tried, slowest, number = 0, 0.0, first
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        check = TARGETS[name].prepare(stack)

        def try_one(data: bytes) -> None:
            nonlocal tried, slowest
            tried += 1
            began = time.perf_counter()
            check(data)
            slowest = max(slowest, time.perf_counter() - began)

        wanted = settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            while time.monotonic() < until:
                seed(number)(wanted(given(inputs_of(TARGETS[name]))(try_one)))()
                number += 1
        finally:
            sys.stdout.write(
                f"stat::number_of_executed_units: {tried}\n"
                f"stat::slowest_unit_time_sec: {slowest:.0f}\n"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
