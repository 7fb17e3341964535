import re
import sys
from importlib import metadata

import pytest

from tests.upkeep.licences import (
    _LOOKED_UP,
    PAGE,
    QT_MODULES,
    RESOURCES,
    complaints,
    is_compatible,
    licence_of,
    page,
)
from tests.upkeep.locks import ROOT, Locked, locked, shipped

everything_is_installed = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11),
    reason="some of the lock is installed on Linux under Python 3.11 alone",
)


def test_everything_locked_agrees_with_the_licence_of_the_program() -> None:
    assert complaints(locked()) == []


@everything_is_installed
def test_the_page_is_in_step_with_the_lock() -> None:
    assert PAGE.read_text("utf-8") == page(locked()), "type: make licences"


def test_what_nobody_has_judged_fails() -> None:
    new = Locked("no-such-distribution", "1", None, ("0" * 64,))
    (said,) = complaints([new])
    assert "desconhecida" in said


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("GPL-2.0-only", False),
        ("GPL-2.0-only OR LGPL-3.0-only", True),
        ("Zlib AND BSD-3-Clause AND Apache-2.0", True),
        ("MIT AND GPL-2.0-only", False),
        ("Proprietary", False),
        ("BSD", False),
        ("", False),
    ],
)
def test_an_expression_is_judged_whole(expression: str, expected: bool) -> None:
    assert is_compatible(expression) == expected


def test_what_was_looked_up_contradicts_nothing_that_is_said() -> None:
    pins = {one.name: one for one in locked()}
    assert set(_LOOKED_UP) <= set(pins)
    for name, looked_up in _LOOKED_UP.items():
        try:
            said = metadata.metadata(name).get_all("License-Expression")
        except metadata.PackageNotFoundError:
            continue
        assert said in (None, [looked_up]), name
    # What another platform alone installs says nothing here.
    assert {one.name for one in pins.values() if one.marker} <= set(_LOOKED_UP)


def test_every_module_of_qt_that_is_used_is_listed() -> None:
    folders = [ROOT / name for name in ("kiosk", "ui", "tests")]
    texts = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")]
    used = {name for text in texts for name in re.findall(r"from PySide6\.(\w+) import", text)}
    assert "QtWidgets" in used
    assert used <= set(QT_MODULES)
    assert all(is_compatible(licence) for licence, _ in QT_MODULES.values())


def test_resources_lie_beside_their_licences() -> None:
    for one in RESOURCES:
        assert (ROOT / one.path).exists()
        assert (ROOT / one.text).is_file()
        assert one.is_data or is_compatible(one.licence)
    folders = {path.name for path in (ROOT / "resources").iterdir() if path.is_dir()}
    assert folders == {one.path.split("/")[1] for one in RESOURCES} | {"qss"}


def test_what_only_tests_need_is_told_apart() -> None:
    needed = shipped()
    assert {"pyside6-addons", "shiboken6", "argon2-cffi-bindings", "starlette"} <= needed
    assert not {"pytest", "ruff", "hypothesis", "coverage"} & needed
    assert all(licence_of(one) for one in locked())
