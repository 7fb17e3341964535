"""A restoration that is killed before each of its steps is ended by the next start."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from kiosk.store.backups import Backups
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from tests.damages import flip
from tests.factories import new_operation, person

ROOT = Path(__file__).parents[3]
BEFORE, AFTER = 30, 30

_SCRIPT = """
import hashlib, logging, sys
from pathlib import Path
import alembic.command, alembic.config, alembic.context
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.restore_reports import unread_reports
from tests.kills import kill_at_each_step

logging.disable(logging.CRITICAL)

def act(data_dir):
    open_store(data_dir).dispose()

def look(data_dir):
    engine = open_store(data_dir)
    with engine.connect() as connection:
        receipts = [row[0] for row in connection.exec_driver_sql("SELECT counter FROM receipts")]
        waiting = [row[0] for row in connection.exec_driver_sql("SELECT sequence FROM outbox")]
        codes = [row[0].decode() for row in connection.exec_driver_sql(
            "SELECT value FROM meta WHERE key = 'device_code'")]
    reports = unread_reports(engine)
    engine.dispose()
    kept = {
        f"{one.parent.name}/{one.name}": hashlib.sha256(one.read_bytes()).hexdigest()
        for one in (data_dir / "quarantine").glob("*/*")
        if one.stat().st_size and not one.name.endswith("-shm")
    }
    left = sorted(one.name for one in data_dir.iterdir())
    return {
        "receipts": sorted(receipts), "waiting": sorted(waiting), "codes": codes, "kept": kept,
        "left": left, "reports": [one.quarantine for one in reports],
    }

kill_at_each_step(Path(sys.argv[1]), Path(sys.argv[2]), act, look, sparse="/restoring/")
"""


def _lived(data_dir: Path, left: Path) -> str:
    """Leave a data directory behind as a power cut does, with a backup; return its code."""
    engine = open_store(data_dir)
    code = load_identity(engine).code
    outbox = Outbox(engine, code)
    for number in range(BEFORE):
        outbox.record(new_operation(person(number)))
    Backups(data_dir / FILE_NAME, lambda: 0.0).make_if_due()
    for number in range(BEFORE, BEFORE + AFTER):
        outbox.record(new_operation(person(number)))
    shutil.copytree(data_dir, left)
    engine.dispose()
    return code


def test_a_kill_before_any_step_of_a_restoration_costs_nothing(tmp_path: Path) -> None:
    template, work = tmp_path / "template", tmp_path / "work"
    work.mkdir()
    code = _lived(tmp_path / "data", template)
    flip(template / FILE_NAME, 1, 0, 100)
    damaged = {
        f"1/{name}": hashlib.sha256((template / name).read_bytes()).hexdigest()
        for name in (FILE_NAME, f"{FILE_NAME}-wal")
    }

    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, os.fspath(template), os.fspath(work)],
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    steps = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(steps) >= 10
    assert [one["killed"] for one in steps] == [True] * (len(steps) - 1) + [False]
    everything = list(range(1, BEFORE + AFTER + 1))
    for one in steps:
        assert one["seen"] == {
            "receipts": everything,
            "waiting": everything,
            "codes": [code],
            "kept": damaged,
            "left": ["backups", FILE_NAME, "quarantine"],
            "reports": ["quarantine/1"],
        }, one["step"]
