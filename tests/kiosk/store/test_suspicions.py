import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from kiosk.store.files import FILE_NAME
from kiosk.store.suspicions import Suspicion, suspicion_of


@pytest.fixture
def suspicion(tmp_path: Path) -> Suspicion:
    return Suspicion(tmp_path / FILE_NAME)


@pytest.mark.parametrize(
    ("code", "is_raised"),
    [
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_CORRUPT_INDEX, True),
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_BUSY, False),
        (sqlite3.SQLITE_FULL, False),
        (None, False),
    ],
)
def test_some_errors_say_that_the_store_is_damaged(
    code: int | None, is_raised: bool, suspicion: Suspicion, tmp_path: Path
) -> None:
    error = sqlite3.DatabaseError()
    if code is not None:
        error.sqlite_errorcode = code
    suspicion.look_at(error, True)
    assert not suspicion.is_raised()
    suspicion.look_at(error, False)
    assert suspicion.is_raised() is is_raised
    assert suspicion_of(tmp_path / FILE_NAME).exists() is is_raised


def test_it_looks_into_what_sqlalchemy_wraps(
    suspicion: Suspicion, store: Engine, tmp_path: Path
) -> None:
    suspicion.look_at(ValueError(), False)
    store.dispose()
    (tmp_path / FILE_NAME).write_bytes(b"letters " * 4096)
    with pytest.raises(DatabaseError) as caught, store.connect() as connection:
        connection.execute(text("SELECT 1 FROM outbox"))
    assert not suspicion.is_raised()
    suspicion.look_at(caught.value, True)
    assert suspicion.is_raised()


def test_a_disk_that_takes_no_mark_does_not_silence_it(tmp_path: Path) -> None:
    suspicion = Suspicion(tmp_path / "gone" / FILE_NAME)
    suspicion.set()
    assert suspicion.is_raised()
