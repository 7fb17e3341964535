"""A device whose clock is wrong from its first moment, before a registry whose clock is right."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.embedded_registries import EmbeddedRegistry

YEAR_SECONDS = 365 * 86_400
# The clock of the whole process is turned before a word of the program is imported.
_ACT = """
import sys, time
real = time.time_ns
shift = int(sys.argv[1]) * 10**9
if sys.argv[1] == "1970":
    shift = 12 * 10**9 - real()
time.time_ns = lambda: real() + shift
time.time = lambda: time.time_ns() / 10**9

import json, threading
from datetime import timedelta
from pathlib import Path
from kiosk import bootstrap, settings
from kiosk.domain.forms import ReceiptQuery, RegistrationForm
from kiosk.registry.demonstrations import Journey
from ui.tour.hands import NEW_PASSWORD, sample

who = sample(Journey.REGISTER)
loaded = settings.load(
    None, data_dir=Path(sys.argv[2]), answer_wait_seconds=60.0, key_custody="demo",
)
desk = bootstrap.open_front_desk(loaded, sys.argv[3], sys.argv[4])
told = threading.Event()
desk.watch_line(lambda status: told.set() if status.is_online is not None else None)
assert told.wait(60)
form = RegistrationForm(
    who.card_number, who.cpf or "", False, f"{who.birth_date:%d/%m/%Y}", NEW_PASSWORD, NEW_PASSWORD
)
answer = desk.register(form, threading.Event())
error = desk.line_status().clock_error
found = desk.query_receipt(ReceiptQuery(getattr(answer, "receipt", ""), who.card_number))
print(json.dumps({
    "year": time.gmtime(time.time()).tm_year,
    "answer": type(answer).__name__,
    "outcome": getattr(answer, "outcome", None),
    "found": getattr(found, "outcome", None),
    "code": answer.receipt[:6],
    "today": desk.today().year,
    "error": error.kind,
    "days": timedelta(seconds=error.seconds).days,
}))
desk.close()
"""


@pytest.mark.parametrize(
    ("shift", "error", "days"),
    [
        ("1970", "behind", 20_000),
        (str(YEAR_SECONDS), "ahead", 364),
    ],
    ids=["1970", "forward a year"],
)
def test_a_wrong_clock_refuses_nobody_and_is_told_on_both_sides(
    program: Path, tmp_path: Path, filled_registry: Path, shift: str, error: str, days: int
) -> None:
    shutil.copytree(filled_registry, tmp_path / "registry")
    device = str(tmp_path / "device")
    with EmbeddedRegistry(program, tmp_path / "registry") as registry:
        acted = subprocess.run(
            [sys.executable, "-c", _ACT, shift, device, registry.start(), registry.code],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=program.parent,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
    assert acted.returncode == 0, acted.stderr
    told = json.loads(acted.stdout)
    assert (told["answer"], told["outcome"], told["found"]) == ("Decided", "accepted", "accepted")
    assert told["error"] == error
    assert told["days"] >= days
    assert told["today"] >= 2026
    if shift == "1970":
        assert told["year"] == 1970
    status = subprocess.run(
        [
            *(sys.executable, str(program), "registry", "status"),
            *("--data", str(tmp_path / "registry")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert "Aparelhos ouvidos: 1" in status.stdout
    words = {"behind": "relógio atrasado", "ahead": "relógio adiantado"}
    assert f"{told['code']}: {words[error]}" in status.stdout
