import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.corpora import keep, kept_inputs
from tests.fuzz.outcomes import Outcome, read_outcome, table
from tests.upkeep.locks import ROOT

WHOLE = """#2\tINITED cov: 10 ft: 11 corp: 2/4b exec/s: 0 rss: 60Mb
#900\tREDUCE cov: 62 ft: 64 corp: 11/125b lim: 60 exec/s: 0 rss: 85Mb L: 16/25 MS: 1 EraseBytes-
Done 8159 runs in 7 second(s)
stat::number_of_executed_units: 8159
stat::slowest_unit_time_sec:    2
"""
CRASHED = """#8019\tREDUCE cov: 62 ft: 64 corp: 11/125b lim: 60 exec/s: 0 rss: 85Mb
 === Uncaught Python exception: ===
kiosk.complaints.Complaint: um texto de quem digitou
Traceback (most recent call last):
  File "/somewhere/tests/fuzz/forms.py", line 94, in check
  File "/somewhere/kiosk/domain/forms.py", line 12, in read
kiosk.complaints.Complaint: um texto de quem digitou

==32584== ERROR: libFuzzer: fuzz target exited
SUMMARY: libFuzzer: fuzz target exited
Base64: RDE3UTJNVC0xNzQwMDAwMDAwLVkfH+UP
stat::number_of_executed_units: 8159
"""


def test_a_whole_run_is_read() -> None:
    assert read_outcome("cpf", 9.5, WHOLE, 0) == Outcome("cpf", 7.0, 8159, 62, 11, 2)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (CRASHED, "kiosk.complaints.Complaint em kiosk/domain/forms.py:12"),
        ("==1== ERROR: libFuzzer: timeout after 20 seconds", "demorou demais"),
        ("==1== ERROR: libFuzzer: out-of-memory (used: 1600Mb)", "memória demais"),
        ("", "código 77"),
    ],
)
def test_a_crash_is_told_by_its_kind_and_place(written: str, said: str) -> None:
    outcome = read_outcome("cpf", 9.5, written, 77)
    assert outcome.crashes == (said,)
    assert outcome.seconds == 9.5


def test_runs_of_one_target_are_added_up() -> None:
    both = read_outcome("cpf", 3.0, CRASHED, 77).with_more(read_outcome("cpf", 9.0, WHOLE, 0))
    assert (both.seconds, both.inputs, both.edges, len(both.crashes)) == (10.0, 16318, 62, 1)
    assert both.with_more(both).crashes == both.crashes
    lines = table([both, Outcome("card", 1.0, 1000, None, None, 0)])
    assert lines[2] == "| cpf | 10 | 16.318 | 62 | 11 | 2 | 1 |"
    assert lines[3] == "| card | 1 | 1.000 |  |  | 0 | 0 |"
    assert lines[-1] == "| ao todo | 11 | 17.318 | | | | 1 |"


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    inputs = [b"\x00\xff'\"\n", "é".encode(), b"", b"a"]
    keep("cpf", inputs, tmp_path)
    assert kept_inputs("cpf", tmp_path) == sorted(inputs, key=lambda one: (len(one), one))
    assert kept_inputs("none", tmp_path) == []


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-m", "tests.fuzz.run", "--folder", str(folder), *words]
    return subprocess.run(
        program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_long_form_runs_without_its_guide(tmp_path: Path) -> None:
    done = run(tmp_path, "--minutes", "0.01", "--targets", "cpf", "--without-atheris")
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = tmp_path.glob("report-*.json")
    (outcome,) = json.loads(report.read_text())
    assert outcome["inputs"] > 0
    assert "| ao todo |" in done.stdout


def test_an_unknown_target_is_told_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "--targets", "none")
    assert done.returncode == 2
    assert "não há: none" in done.stderr.splitlines()[-1]
