import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from argon2 import PasswordHasher

from kiosk.clocks import Clock, SystemClock
from kiosk.domain.forms import Rules
from kiosk.services.tools import Tools
from kiosk.store.account_copies import AccountCopy
from kiosk.store.disks import DiskSpace
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.hands import Hands
from kiosk.store.identities import load_identity
from kiosk.store.kept_gates import KeptGate
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queue_views import QueueView
from kiosk.store.receipt_ledgers import ReceiptLedger
from kiosk.store.registry_keys import RegistryKeys
from kiosk.store.release_codes import ReleaseCodes
from kiosk.store.suspicions import Suspicion
from kiosk.store.throttles import DeviceThrottle
from kiosk.sync.gate_words import GateLearner
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.pulls import PullListeners
from kiosk.sync.workers import SyncWorker
from kiosk.wire.messages import SealingKeyRequest
from tests.fakes import FakeRegistry


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def tools(
    migrated_store: Path, tmp_path: Path, registry: FakeRegistry, clock: Clock
) -> Iterator[Tools]:
    shutil.copy(migrated_store, tmp_path)
    engine = open_store(tmp_path)
    identity = load_identity(engine)
    copy = AccountCopy(tmp_path)
    outbox = Outbox(engine, identity.code, copy.cursor)
    keys = RegistryKeys(engine)
    keys.learn(registry.sealing_key(SealingKeyRequest(device=identity.code)))
    gates = KeptGate(engine)
    learner = GateLearner(registry, identity.code, keys, gates)
    worker = SyncWorker(
        outbox,
        copy,
        registry,
        device=identity.code,
        clock=clock,
        pull_interval_seconds=3600,
        random=Random(1),
        learn_key=keys.learn,
        listeners=PullListeners(keys.current, learner.learn, learner.shut_out),
    )
    yield Tools(
        rules=Rules(),
        identity=identity,
        outbox=outbox,
        hands=Hands(tmp_path),
        disk=DiskSpace(tmp_path, lambda _: 10**12),
        suspicion=Suspicion(tmp_path / FILE_NAME),
        parked=ParkedOperations(outbox),
        queue=QueueView(engine),
        ledger=ReceiptLedger(engine, identity),
        keys=keys,
        copy=copy,
        gates=gates,
        codes=ReleaseCodes(engine, identity, gates, clock.now_ms),
        worker=worker,
        registry=ObservedRegistry(registry, worker),
        clock=clock,
        throttle=DeviceThrottle(engine, identity, clock.monotonic),
        refusal_seconds=0.01,
        answer_wait_seconds=60.0,
        hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )
    worker.stop(10.0)
    copy.close()
    engine.dispose()
