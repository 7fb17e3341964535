import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.validation.json import JsonStrictValidator

from tests.upkeep import sboms
from tests.upkeep.locks import ROOT, Locked, locked
from tests.upkeep.sboms import SCHEMA, sbom


@pytest.fixture(scope="module")
def text() -> str:
    return sbom(locked(), {})


@pytest.fixture(scope="module")
def document(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    return read


def test_it_is_what_the_schema_says(text: str) -> None:
    # The schemas come with the library: nothing is asked for over a line.
    assert JsonStrictValidator(SCHEMA).validate_str(text) is None
    odd = text.replace('"bomFormat": "CycloneDX"', '"bomFormat": "Other"')
    assert JsonStrictValidator(SCHEMA).validate_str(odd) is not None


def test_it_names_all_that_is_locked(document: dict[str, Any]) -> None:
    libraries = {one["name"]: one for one in document["components"] if one["type"] == "library"}
    pins = locked()
    assert set(libraries) == {one.name for one in pins}
    for one in pins:
        library = libraries[one.name]
        assert library["version"] == one.version
        assert library["purl"] == f"pkg:pypi/{one.name}@{one.version}"
        assert sorted(digest["content"] for digest in library["hashes"]) == list(one.sha256)
        assert library["licenses"]
    assert libraries["pytest"]["scope"] == "excluded"
    assert libraries["pyside6-addons"]["scope"] == "required"


def test_it_tells_who_needs_whom(document: dict[str, Any]) -> None:
    below = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    of_program = " ".join(below["kiosk-pas"])
    assert "pkg:pypi/httpx@" in of_program
    assert "pkg:pypi/httpcore@" in " ".join(
        one for ref, needed in below.items() if ref.startswith("pkg:pypi/httpx@") for one in needed
    )


def test_it_is_the_same_each_time_and_everywhere(text: str, tmp_path: Path) -> None:
    program = (
        "import sys; from tests.upkeep import locks, sboms;"
        "sys.stdout.buffer.write(sboms.sbom(locks.locked(), {}).encode())"
    )
    again = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert again.stdout.decode() == text


def test_nothing_of_this_machine_is_in_it(text: str) -> None:
    for odd in (str(ROOT), sys.prefix, str(Path.home() / "x")[:-1], "file:"):
        assert odd not in text or odd == "/"
    for name in (socket.gethostname(), os.environ.get("USER")):
        assert not name or f'"{name}"' not in text
    assert "timestamp" not in text


def test_an_instant_that_is_given_is_told() -> None:
    read = json.loads(sbom(locked(), {"SOURCE_DATE_EPOCH": "1780000000"}))
    assert read["metadata"]["timestamp"] == "2026-05-28T20:26:40+00:00"


def test_an_unknown_licence_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pins = [*locked(), Locked("no-such-distribution", "1", None, ("0" * 64,))]
    monkeypatch.setattr(sboms, "locked", lambda: pins)
    assert sboms.main(tmp_path / "sbom.json") == 1
    assert not (tmp_path / "sbom.json").exists()
    said = capsys.readouterr().err
    assert said == "no-such-distribution 1: licença desconhecida\n"
