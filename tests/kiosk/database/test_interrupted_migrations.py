"""A migration that is killed before each of its steps leaves a file that opens, and the old one."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from kiosk.database.migrations import bring_up_to_date

ROOT = Path(__file__).parents[3]
ROWS = 50

_ENV = """
from alembic import context
context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""
_VERSIONS = {
    "0001": 'op.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")',
    "0002": 'op.execute("ALTER TABLE t ADD COLUMN b TEXT")',
}
_VERSION = """
from alembic import op
revision = "{revision}"
down_revision = {before}
def upgrade():
    {act}
"""
_SCRIPT = """
import logging, sqlite3, sys
from contextlib import closing
from pathlib import Path
import alembic.command, alembic.config, alembic.context
from kiosk.database.damages import find_damage
from kiosk.database.migrations import bring_up_to_date, schema_version
from tests.kills import kill_at_each_step

logging.disable(logging.CRITICAL)
scripts = Path(sys.argv[3])

def act(folder):
    bring_up_to_date(folder / "a.sqlite3", scripts)

def count(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM t").fetchone()[0]

def look(folder):
    path, kept = folder / "a.sqlite3", folder / "a.sqlite3.before-0002"
    whole = find_damage(path, full=True) is None
    revision = schema_version(path)
    before = count(path)
    bring_up_to_date(path, scripts)
    return {
        "whole": whole and find_damage(path, full=True) is None, "revision": revision,
        "before": before, "after": count(path), "kept": count(kept),
        "kept_is_old": schema_version(kept) == "0001" and find_damage(kept) is None,
        "left": sorted(one.name for one in folder.iterdir()),
    }

kill_at_each_step(Path(sys.argv[1]), Path(sys.argv[2]), act, look)
"""


def _scripts(folder: Path, *revisions: str) -> Path:
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(_ENV)
    before = "None"
    for revision in revisions:
        text = _VERSION.format(revision=revision, before=before, act=_VERSIONS[revision])
        (folder / "versions" / f"{revision}_what.py").write_text(text)
        before = f'"{revision}"'
    return folder


def test_a_kill_before_any_step_of_a_migration_costs_nothing(tmp_path: Path) -> None:
    closed, template, work = tmp_path / "closed", tmp_path / "template", tmp_path / "work"
    closed.mkdir()
    work.mkdir()
    bring_up_to_date(closed / "a.sqlite3", _scripts(tmp_path / "old", "0001"))
    with closing(sqlite3.connect(closed / "a.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(ROWS)])
        connection.commit()
        # As a power cut leaves it: the rows are in the log alone.
        shutil.copytree(closed, template)

    scripts = _scripts(tmp_path / "new", "0001", "0002")
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *map(os.fspath, (template, work, scripts))],
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    steps = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [one["killed"] for one in steps] == [True] * (len(steps) - 1) + [False]
    seen = [one["seen"] for one in steps]
    assert [one.pop("revision") for one in seen[:-1]] == ["0001"] * (len(seen) - 1)
    assert seen[-1].pop("revision") == "0002"
    for one in seen:
        assert one == {
            "whole": True,
            "before": ROWS,
            "after": ROWS,
            "kept": ROWS,
            "kept_is_old": True,
            "left": ["a.sqlite3", "a.sqlite3.before-0002"],
        }
