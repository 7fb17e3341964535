"""Whoever leaves a rule of security out says why beside it."""

import re
from pathlib import Path

import pytest

from tests.upkeep.locks import ROOT

_LEFT_OUT = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b(?P<why>.*)")


def unexplained(text: str) -> list[int]:
    """Return the lines that leave a rule of security out without a word."""
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _LEFT_OUT.search(line)) and not re.fullmatch(r" - \w.{5,}", found["why"])
    ]


def test_every_rule_of_security_that_is_left_out_has_its_reason() -> None:
    folders = [ROOT / name for name in ("kiosk", "ui", "tests")]
    files = [ROOT / "main.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    # Not this one, which has to say what it looks for.
    others = [path for path in files if path != Path(__file__)]
    found = {str(path): unexplained(path.read_text("utf-8")) for path in others}
    assert not {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1  # noqa: S608", [1]),
        ("x = 1  # noqa: B008, S603", [1]),
        ("x = 1  # noqa: S603 - ", [1]),
        ("x = 1  # noqa: S603 - this program itself", []),
        ("x = 1  # noqa: SLF001", []),
    ],
)
def test_a_reason_is_told_from_none(line: str, found: list[int]) -> None:
    assert unexplained(line) == found
