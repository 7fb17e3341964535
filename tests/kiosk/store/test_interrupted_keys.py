"""A first encryption, a change of keys and a change of custody that are killed before each step."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.custody.choices import Wish
from kiosk.custody.custodies import CustodyKind
from kiosk.database.keys import StoreKey
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.backups import Backups
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.unlockings import unlock
from tests.factories import new_operation, person

ROOT = Path(__file__).parents[3]
PEOPLE = 12

# The key file lies in the folder that is copied for every step, beside the data directory; it is
# named by the choice, whose place is therefore told anew in each copy.
_SCRIPT = """
import json, logging, sys
from dataclasses import replace
from pathlib import Path
import alembic.command, alembic.config, alembic.context
from kiosk.custody.choices import Wish, keep_choice, load_choice
from kiosk.custody.custodies import CustodyKind
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import is_plain, opens_with
from kiosk.store.account_copies import AccountCopy
from kiosk.store.backups import backups_of
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.key_changes import change_key
from kiosk.store.restore_reports import unread_reports
from kiosk.store.unlockings import unlock
from tests.kills import kill_at_each_step

logging.disable(logging.CRITICAL)
what = sys.argv[3]

def wish(folder):
    return Wish(CustodyKind.FILE, folder / "store.key")

def settle(folder):
    choice = load_choice(folder / "data")
    if choice is not None:
        keep_choice(folder / "data", replace(choice, place=str(folder / Path(choice.place).name)))

def act(folder):
    data_dir = folder / "data"
    if what == "convert":
        unlock(data_dir, wish(folder))
    else:
        custody, file = ("file", folder / "moved.key") if what == "move" else (None, None)
        change_key(data_dir, custody, file, leave_quarantine=False)

def prepare_and_act(folder):
    settle(folder)
    act(folder)

def look(folder):
    data_dir = folder / "data"
    killed = load_choice(data_dir)
    # What a technician has in hand at this moment opens every file there is.
    kept = [] if killed is None else list(killed.custody(data_dir).load())
    files = [data_dir / FILE_NAME, *backups_of(data_dir)]
    opens = [is_plain(one) or any(opens_with(one, key) for key in kept) for one in files]
    key = unlock(data_dir, wish(folder) if what == "convert" else None)
    engine = open_store(data_dir, key)
    with engine.connect() as connection:
        waiting = [row[0] for row in connection.exec_driver_sql("SELECT sequence FROM outbox")]
    code, reports = load_identity(engine).code, unread_reports(engine)
    engine.dispose()
    copy = AccountCopy(data_dir, key=key)
    size = copy.size()
    copy.close()
    choice = load_choice(data_dir)
    kept = choice.custody(data_dir).load()
    return {
        "opens": all(opens), "waiting": sorted(waiting), "code": code, "reports": len(reports),
        "copy": size, "keys": len(kept),
        "is_done": choice.next is None and not choice.is_converting,
        "others": [
            str(one.relative_to(data_dir)) for one in sorted(data_dir.rglob("*"))
            if one.is_file() and one.suffix == ".sqlite3" and not opens_with(one, kept[0])
        ],
        "half": [one.name for one in data_dir.rglob("*") if one.name.endswith(("ing", ".part"))],
    }

kill_at_each_step(Path(sys.argv[1]), Path(sys.argv[2]), prepare_and_act, look)
"""


def _live(data_dir: Path, key: StoreKey | None) -> str:
    engine = open_store(data_dir, key)
    code = load_identity(engine).code
    outbox = Outbox(engine, code)
    for number in range(PEOPLE):
        outbox.record(new_operation(person(number)))
    Backups(data_dir / FILE_NAME, lambda: 0.0, key=key).make_if_due()
    engine.dispose()
    copy = AccountCopy(data_dir, key=key)
    copy.apply([CopiedAccount("ref", "active", "cadastro", "a@example.com")], "cursor")
    copy.close()
    return code


@pytest.mark.parametrize("what", ["convert", "rekey", "move"])
def test_a_kill_before_any_step_costs_nothing_and_the_next_start_ends_it(
    what: str, tmp_path: Path
) -> None:
    template, work = tmp_path / "template", tmp_path / "work"
    data_dir = template / "data"
    data_dir.mkdir(parents=True)
    work.mkdir()
    is_plain = what == "convert"
    wish = Wish(CustodyKind.FILE, template / "store.key")
    code = _live(data_dir, None if is_plain else unlock(data_dir, wish))

    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, os.fspath(template), os.fspath(work), what],
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
    for one in steps:
        seen = one["seen"]
        assert seen.pop("copy") in (0, 1) if what == "convert" else seen.pop("copy") == 1
        assert seen == {
            "opens": True,
            "waiting": list(range(1, PEOPLE + 1)),
            "code": code,
            "reports": 0,
            "is_done": True,
            "keys": 1,
            "others": [],
            "half": [],
        }, one["step"]
