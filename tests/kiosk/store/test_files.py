import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from kiosk.complaints import Complaint
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.tables import metadata


def test_the_migrated_schema_is_the_one_the_program_means(store: Engine) -> None:
    with store.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_commits_are_durable(store: Engine) -> None:
    with store.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Complaint, match="--data"):
        open_store(tmp_path / "file")


@pytest.mark.parametrize("name", ["a?b", "a%20b"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    engine = open_store(tmp_path / name)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM outbox"))
    engine.dispose()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all " * 100)
    with pytest.raises(Complaint, match="danificado"):
        open_store(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes().startswith(b"no database")


def test_a_store_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(tmp_path).dispose()
    monkeypatch.setattr("kiosk.database.engines.BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Complaint, match="--data"):
            open_store(tmp_path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Complaint, match="mais nova"):
        open_store(tmp_path)


def test_what_waits_learns_whom_it_follows(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('0004')",
            "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, subject BLOB)",
            "CREATE TABLE audit (id INTEGER PRIMARY KEY, at, event, operation, detail)",
            "CREATE TABLE receipts (counter INTEGER PRIMARY KEY)",
            "CREATE INDEX outbox_by_subject ON outbox (subject, sequence)",
            "INSERT INTO outbox VALUES (1, x'aa'), (2, x'bb'), (3, x'aa'), (5, x'aa'), (6, x'cc')",
        ):
            connection.execute(statement)
        connection.commit()
    engine = open_store(tmp_path)
    with engine.connect() as opened:
        rows = opened.execute(text("SELECT sequence, follows FROM outbox")).all()
    engine.dispose()
    assert rows == [(1, None), (2, None), (3, 1), (5, 3), (6, None)]


def test_the_copy_that_older_programs_kept_here_is_gone_with_its_room(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('0002')",
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
            "INSERT INTO meta VALUES ('cursor', x'61'), ('device_code', x'41')",
            "CREATE TABLE accounts (ref TEXT PRIMARY KEY, status TEXT)",
            "CREATE TABLE receipts (counter INTEGER PRIMARY KEY, outcome TEXT)",
            "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, subject BLOB)",
            "CREATE TABLE audit (id INTEGER PRIMARY KEY, at, event, operation, detail)",
            "CREATE INDEX outbox_by_subject ON outbox (subject, sequence)",
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                " INSERT INTO accounts SELECT printf('%032x', i), 'active' FROM n"
            ),
        ):
            connection.execute(statement)
        connection.commit()
    before = path.stat().st_size
    engine = open_store(tmp_path)
    with engine.connect() as opened:
        kept = opened.execute(text("SELECT key FROM meta")).scalars().all()
        tables = opened.execute(text("SELECT name FROM sqlite_schema")).scalars().all()
    engine.dispose()
    assert list(kept) == ["device_code"]
    assert "accounts" not in tables
    assert path.stat().st_size < before / 10
