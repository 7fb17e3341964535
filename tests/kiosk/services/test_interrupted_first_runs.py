"""The power goes at any moment of a technician's first run: the next start goes on or begins."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROGRAM
from tests.registry_services import served

ROOT = PROGRAM.parent

# In a process of its own with one thread, which forks for every step.
SCRIPT = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from kiosk import settings
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.enrolment_forms import EnrolmentWish
from kiosk.services.first_runs import Enrolled, Found
from kiosk.services.local_first_runs import LocalFirstRun
from kiosk.store.checkups import check_up
from kiosk.store.enrolments import EnrolmentStore
from tests.kills import kill_at_each_step

address, work = sys.argv[2], Path(sys.argv[3])
codes = iter(Path(sys.argv[4]).read_text().split())
template = work / "template"
template.mkdir()
code = ""


def first_run(data_dir):
    file = data_dir / "custody" / "store.key"
    loaded = settings.load(None, data_dir=data_dir / "data", key_file=file, request_seconds=60)
    return LocalFirstRun(loaded), EnrolmentWish(address, code, None)


def enrol(data_dir):
    keep = EnrolmentStore.enrolled

    def keep_late(*words):
        # The registry has let this machine in, and the machine does not know yet: a step as well.
        sys.audit("os.mkdir", str(data_dir / "answered"))
        return keep(*words)

    EnrolmentStore.enrolled = keep_late
    run, wish = first_run(data_dir)
    assert isinstance(run.look(wish), Found)
    assert isinstance(run.enrol(wish, CustodyKind.FILE), Enrolled)
    run.close()


def look(data_dir):
    global code
    run, wish = first_run(data_dir)
    if check_up(data_dir / "data").enrolment is not None:
        # This start shows no technician's screen any more.
        seen = "a device"
    else:
        # The same code, as it still stands on the technician's paper.
        found, ended = run.look(wish), run.enrol(wish, CustodyKind.FILE)
        checks = [one.state.value for one in run.check()]
        seen = [type(found).__name__, type(ended).__name__, sorted(set(checks))]
    run.close()
    code = next(codes)
    return seen


code = next(codes)
kill_at_each_step(template, work, enrol, look)
"""
# Room for the codes of every step there may be.
CODES = 200


def test_power_may_go_before_every_step(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with served(tmp_path / "registry") as service:
        codes = tmp_path / "codes"
        codes.write_text("\n".join(service.code() for _ in range(CODES)))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(ROOT), service.address, str(work), str(codes)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) > 5
    assert [one["killed"] for one in seen] == [True] * (len(seen) - 1) + [False]
    went_on = ["Found", "Enrolled", ["ok"]]
    assert all(one["seen"] in (went_on, "a device") for one in seen), done.stdout
    assert seen[0]["seen"] == went_on
    assert seen[-1]["seen"] == "a device"
