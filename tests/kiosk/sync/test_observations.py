from collections.abc import Iterator
from random import Random
from threading import Event

import pytest

from kiosk.clocks import SystemClock
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.registries import Unreachable
from kiosk.sync.workers import SyncWorker
from kiosk.wire.messages import ReceiptRequest
from tests.fakes import FakeRegistry
from tests.seals import sign_in_request

SIGN_IN = sign_in_request("123456", "uma senha")
RECEIPT = ReceiptRequest(
    device="AAAAAA", receipt="AAAAAA-0001-0", card_number="123456", birth_date=None
)


class Line:
    """Waits for what the worker says of the line."""

    def __init__(self, worker: SyncWorker) -> None:
        self._worker = worker
        self._told = Event()
        worker.watch(self._told.set)

    def wait_for(self, is_online: bool) -> None:
        while self._worker.line().is_online is not is_online:
            assert self._told.wait(60)
            self._told.clear()


@pytest.fixture
def worker(outbox: Outbox, copy: AccountCopy, registry: FakeRegistry) -> Iterator[SyncWorker]:
    made = SyncWorker(
        outbox,
        copy,
        registry,
        device="AAAAAA",
        clock=SystemClock(),
        pull_interval_seconds=3600,
        random=Random(1),
    )
    yield made
    made.stop(10)


@pytest.mark.parametrize("ask", ["sign_in", "query_receipt"])
def test_any_success_ends_the_offline_state(
    worker: SyncWorker, registry: FakeRegistry, ask: str
) -> None:
    registry.failures.append(Unreachable("ConnectError", retry_after=3000))
    line = Line(worker)
    worker.start()
    line.wait_for(False)
    observed = ObservedRegistry(registry, worker)
    if ask == "sign_in":
        observed.sign_in(SIGN_IN)
    else:
        observed.query_receipt(RECEIPT)
    line.wait_for(True)


def test_a_failure_lets_the_line_be_looked_at_at_once(
    worker: SyncWorker, registry: FakeRegistry
) -> None:
    line = Line(worker)
    worker.start()
    line.wait_for(True)
    registry.failures.extend([Unreachable("ConnectError")] * 50)
    with pytest.raises(Unreachable):
        ObservedRegistry(registry, worker).sign_in(SIGN_IN)
    line.wait_for(False)
