import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from kiosk.registry.databases import default_url, open_database
from kiosk.registry.password_hashes import PasswordHashes
from tests.faults.services import RegistryService


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder in memory where there is one, for tests that commit by the thousand."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own below it
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def registry_engine(migrated_registry: Path, memory_folder: Path) -> Iterator[Engine]:
    folder = memory_folder / "registry"
    folder.mkdir()
    shutil.copy(migrated_registry, folder)
    engine = open_database(default_url(folder))
    yield engine
    engine.dispose()


@pytest.fixture
def service(registry_engine: Engine) -> Iterator[RegistryService]:
    """The real registry, with hashes that cost nothing."""
    hashes = PasswordHashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with RegistryService(registry_engine, hashes) as running:
        yield running
