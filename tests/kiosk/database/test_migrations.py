import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.database.migrations import bring_up_to_date, schema_version

_ENV = """
from alembic import context
context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""
_FIRST = """
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.execute("CREATE TABLE t (a TEXT)")
"""
_SECOND = """
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    op.execute("ALTER TABLE t ADD COLUMN b TEXT")
    op.execute("{more}")
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(_ENV)
    (folder / "versions" / "0001_first.py").write_text(_FIRST)
    return folder


@pytest.fixture
def later(scripts: Path, tmp_path: Path) -> Path:
    """The same scripts, one version on."""
    folder = tmp_path / "later"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(_ENV)
    (folder / "versions" / "0001_first.py").write_text(_FIRST)
    (folder / "versions" / "0002_second.py").write_text(_SECOND.format(more="SELECT 1"))
    return folder


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM t").fetchall()


def write(path: Path, *, leave_open: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO t VALUES ('kept')")
    connection.commit()
    if not leave_open:
        connection.close()
    return connection


def test_a_new_file_is_made_with_its_folder(scripts: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.sqlite3"
    bring_up_to_date(path, scripts)
    assert schema_version(path) == "0001"
    assert [file.name for file in path.parent.iterdir()] == ["a.sqlite3"]


def test_a_present_schema_is_left_alone(scripts: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    before = path.stat().st_mtime_ns
    bring_up_to_date(path, scripts)
    assert path.stat().st_mtime_ns == before


def test_an_older_file_is_migrated_and_kept_as_it_was(
    scripts: Path, later: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    # Left open, so that what was written still lies in the log beside the file.
    reader = write(path, leave_open=True)
    reader.close()
    bring_up_to_date(path, later)
    assert rows(path) == [("kept", None)]
    assert rows(tmp_path / "a.sqlite3.before-0002") == [("kept",)]
    assert schema_version(path) == "0002"


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    scripts: Path, later: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    write(path)
    (later / "versions" / "0002_second.py").write_text(_SECOND.format(more="NO SUCH WORD"))
    with pytest.raises(Exception, match="NO"):
        bring_up_to_date(path, later)
    assert rows(path) == [("kept",)]
    assert schema_version(path) == "0001"


def test_a_program_that_dies_while_the_files_change_places_leaves_one_of_them(
    scripts: Path, later: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    write(path)
    replace = Path.replace

    def die_before(source: Path, target: Path) -> Path:
        if target == path:
            raise KeyboardInterrupt
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", die_before)
    with pytest.raises(KeyboardInterrupt):
        bring_up_to_date(path, later)
    monkeypatch.undo()
    bring_up_to_date(path, later)
    assert rows(path) == [("kept", None)]


def test_a_database_is_its_owners_alone_and_stays_as_its_owner_set_it(
    scripts: Path, later: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    bring_up_to_date(path, later)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "a.sqlite3.before-0002").stat().st_mode) == 0o640


def test_another_programs_database_is_refused_untouched(scripts: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a TEXT)")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(Complaint, match="não é um banco de dados deste programa"):
        bring_up_to_date(path, scripts)
    assert path.read_bytes() == before


def test_the_half_of_an_earlier_attempt_is_no_obstacle(
    scripts: Path, later: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    write(path)
    (tmp_path / "a.sqlite3.migrating").write_bytes(b"half of something")
    bring_up_to_date(path, later)
    assert rows(path) == [("kept", None)]


def test_a_newer_file_is_refused_untouched(scripts: Path, later: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, later)
    before = path.read_bytes()
    with pytest.raises(Complaint, match="Atualize o programa"):
        bring_up_to_date(path, scripts)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(scripts: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"letters " * 1000)
    with pytest.raises(Complaint, match="não é um banco de dados"):
        bring_up_to_date(path, scripts)
    assert path.read_bytes() == b"letters " * 1000


def test_an_empty_file_is_a_new_one(scripts: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    path.touch()
    bring_up_to_date(path, scripts)
    assert schema_version(path) == "0001"


def test_references_that_lead_nowhere_are_found(scripts: Path, later: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    bring_up_to_date(path, scripts)
    more = "CREATE TABLE c (a TEXT REFERENCES d(a)); "
    text = _SECOND.format(more=more)
    text += '    op.execute("CREATE TABLE d (a TEXT PRIMARY KEY)")\n'
    text += '    op.execute("PRAGMA foreign_keys=OFF")\n'
    (later / "versions" / "0002_second.py").write_text(text.replace("; ", ""))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE p (a TEXT PRIMARY KEY)")
        connection.execute("CREATE TABLE q (a TEXT REFERENCES p(a))")
        connection.execute("INSERT INTO q VALUES ('nobody')")
        connection.commit()
    with pytest.raises(Complaint, match="verificação"):
        bring_up_to_date(path, later)
    assert schema_version(path) == "0001"
