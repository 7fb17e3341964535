"""The long form: ``python -m tests.faults.soak --minutes 60 --kills 1000 --seed 1``."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machines import Machine
from tests.faults.reports import summary
from tests.faults.soaks import Size, Soak


def main() -> int:
    """Run one soak and tell of it; 1 where anything was missed."""
    parser = argparse.ArgumentParser(description="Prova longa da fila, com falhas.")
    parser.add_argument("--minutes", type=float, default=60.0, help="duração até a drenagem")
    parser.add_argument("--kills", type=int, default=1000, help="desligamentos de repente")
    parser.add_argument("--seed", type=int, default=1, help="semente")
    parser.add_argument("--people", type=int, default=200, help="pessoas inventadas")
    parser.add_argument("--pace", type=float, default=0.3, help="segundos entre duas pessoas")
    parser.add_argument("--examples", type=int, default=300, help="histórias da máquina de estados")
    parser.add_argument("--keep", type=Path, help="pasta nova, que fica; senão uma temporária")
    asked = parser.parse_args()
    size = Size(people=asked.people, seconds=asked.minutes * 60, kills=asked.kills, pace=asked.pace)
    check_machine(asked.examples, asked.seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        folder = Path(temporary)
        if asked.keep is not None:
            folder = asked.keep
            folder.mkdir(parents=True)
        story = Soak(folder, size, asked.seed, say).run()
    for line in summary(story):
        say(line)
    return 1 if story.misses.counts.total() else 0


def check_machine(examples: int, number: int) -> None:
    """Let the state machine of the tests run longer than it does there.

    Args:
        examples: Histories.
        number: The same number, the same histories.
    """
    # What is parked is told in the log; here that is what is wanted.
    logging.disable(logging.CRITICAL)
    wanted = settings(max_examples=examples, stateful_step_count=50, deadline=None, database=None)
    run_state_machine_as_test(seed(number)(Machine), settings=wanted)
    say(f"Máquina de estados: {examples} histórias, nenhuma diferença do modelo")


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
