import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.store.account_copies import AccountCopy
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from tests.fakes import FakeClock, FakeRegistry


@pytest.fixture
def store(migrated_store: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated_store, tmp_path)
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def outbox(store: Engine, copy: AccountCopy) -> Outbox:
    return Outbox(store, "AAAAAA", copy.cursor)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[AccountCopy]:
    copy = AccountCopy(tmp_path)
    yield copy
    copy.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()
