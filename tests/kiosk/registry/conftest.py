import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.registry.databases import default_url, open_database
from tests.kiosk.registry.workbench import Workbench


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's database file, migrated once for all tests."""
    folder = tmp_path_factory.mktemp("registry")
    open_database(default_url(folder)).dispose()
    (file,) = folder.glob("*.sqlite3")
    return file


@pytest.fixture
def engine(empty_file: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(empty_file, tmp_path / empty_file.name)
    engine = open_database(default_url(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture
def registry(engine: Engine) -> Workbench:
    return Workbench(engine)
