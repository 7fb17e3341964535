import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import IntegrityError

from kiosk.complaints import Complaint
from kiosk.database.engines import sqlite_path
from kiosk.registry.databases import default_url, open_database, opened_database
from kiosk.registry.tables import metadata


def test_the_migrations_make_the_tables_the_code_speaks_of(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_new_file_is_its_owners_alone_in_a_folder_made_for_it(tmp_path: Path) -> None:
    open_database(default_url(tmp_path / "a" / "b")).dispose()
    file = tmp_path / "a" / "b" / "registry.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    open_database(default_url(file.parent)).dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Complaint, match="não pôde ser criado"):
        open_database(default_url(tmp_path / "file" / "sub"))


def test_a_folder_in_the_place_of_the_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="não pôde ser"):
        open_database(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a#b", "é um"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    open_database(default_url(tmp_path / name)).dispose()
    assert [file.name for file in (tmp_path / name).iterdir()] == ["registry.sqlite3"]
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite3"
    file.write_text("nada disso " * 1000)
    with pytest.raises(Complaint):
        open_database(default_url(tmp_path))
    assert file.read_text().startswith("nada disso")


def test_errors_of_the_database_do_not_repeat_values(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError) as raised:
        connection.execute(insert(metadata.tables["people"]), {"person_id": "52998224725"})
    assert "52998224725" not in str(raised.value)


def test_a_database_damaged_in_the_middle_ends_a_command_in_one_line(tmp_path: Path) -> None:
    url = default_url(tmp_path)
    with opened_database(url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE filler (words TEXT)"))
        connection.execute(text("INSERT INTO filler VALUES (hex(zeroblob(200000)))"))
    file = sqlite_path(url)
    content = bytearray(file.read_bytes())
    content[40_960:] = b"\xa5" * (len(content) - 40_960)
    file.write_bytes(bytes(content))
    with (
        pytest.raises(Complaint, match="está danificado"),
        opened_database(url) as engine,
        engine.connect() as connection,
    ):
        connection.execute(text("SELECT count(*), max(words) FROM filler")).all()
