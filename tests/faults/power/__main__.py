"""``python -m tests.faults.power --cuts 4000 --seed 1`` prints what a supervisor reads."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.power.recordings import CAN_RECORD
from tests.faults.power.soaks import lines_of, run


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.faults.power")
    words.add_argument("--cuts", type=int, default=4000, help="quedas de energia")
    words.add_argument("--seed", type=int, help="semente; sem ela, sorteada e dita")
    words.add_argument("--threads", type=int, default=4, help="fios que registram")
    words.add_argument("--actions", type=int, default=50, help="ações de cada fio em cada partida")
    words.add_argument("--synchronous", help="no lugar do do produto; NORMAL e OFF têm de perder")
    words.add_argument("--keep", type=Path, help="pasta das gravações; as que já há são repetidas")
    given = words.parse_args()
    if not CAN_RECORD:
        sys.stderr.write("É preciso Linux e um compilador C (cc).\n")
        return 2
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        summary = run(
            folder,
            given.cuts,
            seed,
            threads=given.threads,
            actions=given.actions,
            synchronous=given.synchronous,
        )
    sys.stdout.write("\n".join(lines_of(summary)) + "\n")
    return 1 if summary.cuts_with_loss or summary.cuts_broken else 0


if __name__ == "__main__":
    sys.exit(main())
