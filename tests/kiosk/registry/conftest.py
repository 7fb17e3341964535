import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.registry.databases import default_url, open_database
from tests.kiosk.registry.workbench import Workbench


@pytest.fixture
def engine(migrated_registry: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated_registry, tmp_path)
    engine = open_database(default_url(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture
def registry(engine: Engine) -> Workbench:
    return Workbench(engine)
