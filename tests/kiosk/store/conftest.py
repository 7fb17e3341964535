import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.store.files import open_store
from kiosk.store.identities import DeviceIdentity, load_identity
from kiosk.store.outboxes import Outbox


@pytest.fixture
def store(migrated_store: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated_store, tmp_path)
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def identity(store: Engine) -> DeviceIdentity:
    return load_identity(store)


@pytest.fixture
def outbox(store: Engine, identity: DeviceIdentity) -> Outbox:
    return Outbox(store, identity.code)
