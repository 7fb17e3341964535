"""The command line of the kiosk and desk of the PAS/SERPRO health plan."""

import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal

from kiosk.crashes import guard_process

PROGRAM = Path(__file__).resolve()
_WINDOW_COMMANDS = ("run", "kiosk", "desk")


def main() -> int:
    """Run one command; return its exit code."""
    guard_process()
    words = sys.argv[1:]
    painted = None
    if find_spec("PySide6") is None or find_spec("typer") is None:
        sys.stderr.write("Faltam os pacotes do programa: use “make setup” e .venv/bin/python.\n")
        return 1
    if words and words[0] in _WINDOW_COMMANDS and not {"--help", "-h"} & set(words):
        from kiosk.displays import has_display

        # Painted before anything else is imported, the command line's own library included: the
        # first screen is there while the rest of the program arrives.
        if has_display():
            from ui.base import garbage

            garbage.put_off()
            from ui.app import paint_first

            painted = paint_first(_face(words), demo=words[0] == "run")
            painted.import_alive()
    from ui.commands import run_command

    return run_command(PROGRAM, painted)


def _face(words: list[str]) -> Literal["kiosk", "desk"]:
    wanted = words[0] == "desk" or "--face=desk" in words or ("--face", "desk") in pairwise(words)
    return "desk" if wanted else "kiosk"


if __name__ == "__main__":
    sys.exit(main())
