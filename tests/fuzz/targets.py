"""What a target is: a parser, given anything, and what has to be true afterwards."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kiosk.complaints import Complaint

Check = Callable[[bytes], None]
"""Raises where a parser let an error out that it does not document, or gave an odd value."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser.

    Attributes:
        name: In words without spaces, for commands and folders.
        prepare: Returns the check; what it opens is closed by the stack.
        seeds: Inputs that go far into the parser.
        words: Pieces that a parser compares with.
        longest: Bytes of an input in a long run.
    """

    name: str
    prepare: Callable[[ExitStack], Check]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    longest: int = 2048


def target(
    name: str,
    check: Check,
    *seeds: bytes,
    words: tuple[bytes, ...] = (),
    longest: int = 2048,
) -> Target:
    """Return a target that needs nothing prepared."""
    return Target(name, lambda _: check, seeds, words, longest)


def new_folder(stack: ExitStack) -> Path:
    """Return an empty folder, which is gone when the stack closes."""
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))


def is_one_line(complaint: Complaint, path: Path) -> None:
    """See that a complaint is one line, whatever the path in it is."""
    assert str(complaint)
    assert "\n" not in str(complaint).replace(str(path), "")
