"""Inputs worth keeping: a text file a target, an input a line, as a Python bytes literal."""

import ast
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def kept_inputs(name: str, folder: Path = FOLDER) -> list[bytes]:
    """Return what is kept for a target, which may be nothing."""
    path = folder / f"{name}.txt"
    if not path.exists():
        return []
    read = [ast.literal_eval(line) for line in path.read_text("ascii").splitlines() if line]
    assert all(isinstance(one, bytes) for one in read)
    return read


def keep(name: str, inputs: Iterable[bytes], folder: Path = FOLDER) -> None:
    """Write what is kept for a target."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{one!r}\n" for one in sorted(set(inputs), key=lambda one: (len(one), one)))
    (folder / f"{name}.txt").write_text(text, "ascii")
