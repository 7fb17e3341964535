import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from kiosk.complaints import Complaint
from kiosk.store.account_copies import AccountCopy, CopiedAccount
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


def test_the_copy_keeps_accounts_and_cursor_together(store: Engine) -> None:
    copy = AccountCopy(store)
    assert copy.cursor() is None
    copy.apply([CopiedAccount("a", "active", "none", "none")], "c1")
    copy.apply([CopiedAccount("a", "active", "app_2024", "none")], "c2")
    copy.apply([], "c3")
    assert (copy.cursor(), copy.size()) == ("c3", 1)
    copy.forget_cursor()
    assert (copy.cursor(), copy.size()) == (None, 1)


def test_a_page_whose_cursor_cannot_be_kept_is_not_kept(store: Engine) -> None:
    copy = AccountCopy(store)
    with store.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT,'no'); END")
        )
    with pytest.raises(Exception, match="no"):
        copy.apply([CopiedAccount("a", "active", "none", "none")], "c1")
    assert copy.size() == 0
