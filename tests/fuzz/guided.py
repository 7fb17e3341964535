"""One target driven by atheris, in a process of its own, which ends it: started by ``run``.

``python -m tests.fuzz.guided MODULE NAME`` and then words for libFuzzer.
"""

import importlib
import logging
import sys
from contextlib import ExitStack

import atheris

# Where a branch counts as something new: what is ours, and what reads for us in Python.
_WATCHED = ["kiosk", "http_message_signatures", "http_sf", "passlib", "tomllib"]


def main() -> None:
    """Run until libFuzzer ends it."""
    module, name, *words = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(include=_WATCHED):
        # Watching takes time, so no more is loaded than the target needs.
        targets = importlib.import_module(module).TARGETS
    with ExitStack() as stack:
        check = next(one for one in targets if one.name == name).prepare(stack)
        atheris.Setup([sys.argv[0], *words], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
