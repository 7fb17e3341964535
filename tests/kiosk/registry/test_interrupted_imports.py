import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.cards import CardFormat
from kiosk.registry.imports import import_roster
from kiosk.registry.tables import audit, changes, people
from tests.kiosk.registry.rosters import line, write
from tests.kiosk.registry.workbench import Workbench

# Imports, and loses power just before it would run a certain statement.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from kiosk.domain.cards import CardFormat
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import open_database
from kiosk.registry.imports import import_roster
url, file, start = sys.argv[1:]
engine = open_database(url)
def fail(statement):
    if statement.startswith(start):
        os.kill(os.getpid(), signal.SIGKILL)
@event.listens_for(engine, "connect")
def listen(connection, _record):
    connection.set_trace_callback(fail)
import_roster(engine, Path(file), card_format=CardFormat(), clock=system_clock)
"""


def dump(registry: Workbench) -> list[list[dict[str, Any]]]:
    return [registry.rows(table) for table in (people, changes, audit)]


@pytest.mark.parametrize(
    "statement", ["INSERT INTO changes", "UPDATE people", "INSERT INTO people", "INSERT INTO audit"]
)
def test_a_killed_import_leaves_everything_as_it_was(
    registry: Workbench, tmp_path: Path, statement: str
) -> None:
    file = write(tmp_path / "a.csv", line(1), line(2))
    import_roster(registry.engine, file, card_format=CardFormat(), clock=registry.clock)
    before = dump(registry)
    write(file, line(1, full_name="Outra"), line(2, cpf=""), line(3))
    url = str(registry.engine.url)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, str(file), statement],
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert done.returncode == -9
    assert dump(registry) == before
    report = import_roster(registry.engine, file, card_format=CardFormat(), clock=registry.clock)
    assert (report.added, report.changed) == (1, 2)
