"""What the code logs, the list of it, and the page that explains it are one and the same."""

import ast
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.log_events import EVENTS, NAMES
from kiosk.log_values import KEYS
from kiosk.logs import _OF_RECORDS

ROOT = Path(__file__).parents[2]
LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "log")
ROW = re.compile(r"^\| `([a-z_]+)` \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    place: str
    event: str
    keys: frozenset[str]
    is_plain: bool


def all_said() -> Iterator[Said]:
    for folder in ("kiosk", "ui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _in_function(function, f"{path.relative_to(ROOT)}")


def _in_function(function: ast.AST, path: str) -> Iterator[Said]:
    named = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        found = _said(node, path, named)
        if found is not None:
            yield found


def _said(node: ast.AST, path: str, named: dict[str, ast.expr]) -> Said | None:
    if not isinstance(node, ast.Call):
        return None
    call, args = node.func, node.args
    if isinstance(call, ast.Attribute) and call.attr == "callback" and args:
        call, args = args[0], args[1:]
    if not isinstance(call, ast.Attribute) or call.attr not in LEVELS:
        return None
    logger = ast.unparse(call.value)
    if logger not in ("_log", "note") and "getLogger" not in logger:
        return None
    extra = next((one.value for one in node.keywords if one.arg == "extra"), None)
    if isinstance(extra, ast.Name):
        extra = named.get(extra.id)
    keys: frozenset[str] = frozenset()
    is_plain = len(args) == 1 and isinstance(args[0], ast.Constant)
    is_plain &= all(one.arg == "extra" for one in node.keywords)
    if isinstance(extra, ast.Dict):
        keys = frozenset(one.value for one in extra.keys if isinstance(one, ast.Constant))  # type: ignore[misc]
        is_plain &= len(keys) == len(extra.keys)
    elif extra is not None:
        is_plain = False
    event = str(args[0].value) if args and isinstance(args[0], ast.Constant) else ""
    return Said(f"{path}:{node.lineno}", event, keys, is_plain)


SAID = list(all_said())
# These are written by the log itself.
OWN = {"log_gap", "library_record", "unlisted_event"}


def table() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    return {event: set(re.findall(r"`([a-z_]+)`", keys)) for event, _, keys, _ in ROW.findall(page)}


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.place)
def test_each_call_says_a_listed_event_and_listed_keys(said: Said) -> None:
    assert said.is_plain, "an event's name, and a dict of constant keys"
    assert said.event in EVENTS
    assert said.keys <= set(KEYS)


def test_every_event_is_said_somewhere() -> None:
    assert {one.event for one in SAID} | OWN == set(EVENTS)


def test_every_event_stands_on_the_page_with_its_keys() -> None:
    keys = {event: set[str]() for event in EVENTS}
    keys["log_gap"] = {"lost"}
    for one in SAID:
        keys[one.event] |= one.keys
    assert table() == keys


def test_the_page_says_events_in_the_words_of_the_command() -> None:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    assert {event: words for event, words, _, _ in ROW.findall(page)} == dict(EVENTS)


def test_every_key_has_a_word_and_is_none_of_the_records_own() -> None:
    assert set(NAMES) == {*KEYS, "left_out"} - {"device"}
    assert not set(KEYS) & (_OF_RECORDS | set(vars(logging.makeLogRecord({}))))
    assert not set(KEYS) & {"at", "level", "event", "logger", "run"}
