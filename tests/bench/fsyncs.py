"""How often a program waits for the disk, counted by ``strace`` from outside."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_TRACED = "fsync,fdatasync,chdir"
_PATIENCE_SECONDS = 120


def can_count() -> bool:
    """Tell whether this machine has what it takes."""
    return shutil.which("strace") is not None


def mark() -> None:
    """Begin to count in this process, or end it: only what lies between two marks counts."""
    os.chdir(Path.cwd())


def count(words: list[str]) -> int:
    """Run a Python process and return how often it waited for the disk between its two marks.

    Args:
        words: For the interpreter.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        told = Path(folder) / "calls"
        subprocess.run(
            [
                "strace",
                "-f",
                "--seccomp-bpf",
                "-o",
                str(told),
                "-e",
                f"trace={_TRACED}",
                sys.executable,
                *words,
            ],
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=_PATIENCE_SECONDS,
        )
        # A line is the number of a thread, then the call.
        calls = [line.split(maxsplit=1)[1] for line in told.read_text().splitlines()]
    begun, ended = (number for number, call in enumerate(calls) if call.startswith("chdir("))
    return sum(call.startswith(("fsync(", "fdatasync(")) for call in calls[begun:ended])
