import errno
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from kiosk.domain.disks import FULL_BYTES, LOW_BYTES, DiskState
from kiosk.store.disks import DiskSpace, is_disk_full

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (LOW_BYTES, DiskState.OK),
        (LOW_BYTES - 1, DiskState.LOW),
        (FULL_BYTES, DiskState.LOW),
        (FULL_BYTES - 1, DiskState.FULL),
        (0, DiskState.FULL),
    ],
)
def test_room_is_judged_by_two_bounds(tmp_path: Path, free: int, state: DiskState) -> None:
    asked: list[Path] = []

    def free_bytes(folder: Path) -> int:
        asked.append(folder)
        return free

    assert DiskSpace(tmp_path, free_bytes).state() is state
    assert asked == [tmp_path]


def test_the_room_is_that_of_the_file_system(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    expected = {DiskState.FULL: free < 2 * FULL_BYTES, DiskState.OK: free > LOW_BYTES / 2}
    assert expected.get(DiskSpace(tmp_path).state(), True)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OSError(errno.EIO, "broken"), False),
        (sqlite3.OperationalError("without a code"), False),
        (OperationalError("x", None, OSError(errno.ENOSPC, "full")), True),
        (ValueError("else"), False),
    ],
)
def test_what_says_that_there_is_no_room(error: BaseException, expected: bool) -> None:
    assert is_disk_full(error) is expected


def test_the_drivers_own_word_is_understood(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("PRAGMA max_page_count=3")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert is_disk_full(caught.value)


# Fills the disk by recording, a ballast taken away after it, and tells what it saw.
_FILL = """
import json, os, sys
from pathlib import Path
from kiosk.domain.restorations import Damage
from kiosk.store.backups import BackupResult, Backups
from kiosk.store.disks import is_disk_full
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.restore_reports import unread_reports
from tests.factories import new_operation, person

folder = Path(sys.argv[1])
data = folder / "data"
ballast = folder / "ballast"
ballast.write_bytes(bytes(1_000_000))
engine = open_store(data)
outbox = Outbox(engine, "K7Q2MT")
acknowledged, refused, told, recognised, number = [], 0, set(), True, 0

def try_one():
    global refused, recognised, number
    number += 1
    size = 200 if number % 3 else 9000
    try:
        acknowledged.append(outbox.record(new_operation(person(number), body=bytes(size))).receipt)
    except Exception as error:
        refused += 1
        told.add(type(error).__module__ + "." + type(error).__name__)
        recognised = recognised and is_disk_full(error)
        return False
    return True

while try_one() and number < 20_000:
    pass
for _ in range(30):
    try_one()
backup = Backups(data / FILE_NAME, lambda: 0.0, free_bytes=lambda _: 10**9).make_if_due()
whole_while_full = outbox.counts().waiting == len(acknowledged)
ballast.unlink()
went_on = [try_one() for _ in range(30)]
engine.dispose()
engine = open_store(data)
with engine.connect() as connection:
    kept = {row[0] for row in connection.exec_driver_sql("SELECT receipt FROM outbox")}
print(json.dumps({
    "acknowledged": len(acknowledged), "refused": refused, "told": sorted(told),
    "recognised": recognised, "whole_while_full": whole_while_full, "went_on": all(went_on),
    "backup": backup, "lost": len(set(acknowledged) - kept), "more": len(kept) - len(acknowledged),
    "reports": len(unread_reports(engine)),
}))
engine.dispose()
"""
# Opens a store where not a byte is free, and again when there is room.
_OPEN_FULL = """
import json, os, sys
from pathlib import Path
from sqlalchemy.exc import OperationalError
from kiosk.complaints import Complaint
from kiosk.database.engines import open_sqlite
from kiosk.store.disks import is_disk_full
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from tests.factories import new_operation, person

folder = Path(sys.argv[1])
data = folder / "data"
engine = open_store(data)
Outbox(engine, "K7Q2MT").record(new_operation(person()))
engine.dispose()
ballast = (folder / "ballast").open("wb", buffering=0)
try:
    while ballast.write(bytes(512)):
        pass
except OSError:
    pass
try:
    open_store(data)
    complaint = None
except Complaint as error:
    complaint = str(error)
try:
    with open_sqlite(data / FILE_NAME).begin():
        recognised = None
except OperationalError as error:
    recognised = is_disk_full(error)
ballast.close()
(folder / "ballast").unlink()
engine = open_store(data)
print(json.dumps({
    "complaint": complaint, "recognised": recognised,
    "waiting": Outbox(engine, "K7Q2MT").counts().waiting,
    "quarantine": (data / "quarantine").exists(),
}))
engine.dispose()
"""
_ON_A_SMALL_DISK = 'mount -t tmpfs -o size=6m small "$1" && exec "$2" -c "$3" "$1"'
_FILE_LIMIT = 3_000_000


def _on_a_small_disk(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script on a file system of six megabytes that only it sees."""
    words = ["unshare", "-m", "sh", "-c", _ON_A_SMALL_DISK, "sh"]
    return subprocess.run(
        [*words, os.fspath(folder), sys.executable, script],
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _has_small_disks(folder: Path) -> bool:
    return shutil.which("unshare") is not None and (
        _on_a_small_disk(folder, "pass").returncode == 0
    )


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    if not _has_small_disks(tmp_path):
        pytest.skip("this machine mounts no file system of a test's own")
    ended = _on_a_small_disk(tmp_path, _FILL)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["acknowledged"] > 100
    assert seen["refused"] > 5
    assert seen["recognised"], seen["told"]
    assert seen["whole_while_full"]
    assert seen["backup"] == "no_room"
    assert seen["went_on"]
    assert (seen["lost"], seen["more"], seen["reports"]) == (0, 0, 0)


def test_a_store_on_a_full_disk_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    if not _has_small_disks(tmp_path):
        pytest.skip("this machine mounts no file system of a test's own")
    ended = _on_a_small_disk(tmp_path, _OPEN_FULL)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert "há espaço" in seen["complaint"]
    assert seen["recognised"]
    assert (seen["waiting"], seen["quarantine"]) == (1, False)


def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """The same where the system refuses to let a file grow, and goes on letting it."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT, resource.RLIM_INFINITY))

    lifted = _FILL.replace(
        "ballast.unlink()",
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))",
    )
    ended = subprocess.run(
        [sys.executable, "-c", lifted, os.fspath(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limit,
    )
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["acknowledged"] > 100
    assert seen["refused"] > 5
    assert seen["whole_while_full"]
    assert seen["went_on"]
    assert (seen["lost"], seen["more"], seen["reports"]) == (0, 0, 0)
