from collections.abc import Iterator
from datetime import date
from random import Random
from threading import Event

import pytest

from kiosk.clocks import SystemClock
from kiosk.domain.gates import Gate
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.registries import Unreachable
from kiosk.sync.workers import SyncWorker
from kiosk.wire.messages import CodeBody, ReleaseBody
from tests.fakes import FakeRegistry
from tests.seals import code_request, receipt_request, release_request, sign_in_request

SIGN_IN = sign_in_request("123456", "uma senha")
RECEIPT = receipt_request("AAAAAA-0001-0", card_number="123456")
CODE = code_request(
    CodeBody(
        purpose="reset",
        identifier_kind="card",
        identifier="123456",
        cpf=None,
        birth_date=date(1950, 3, 24),
    )
)
RELEASE = release_request(ReleaseBody(kiosk="BBBBBB", purpose="reset", cpf="52998224725"))


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


@pytest.mark.parametrize("ask", ["sign_in", "query_receipt", "request_code", "release"])
def test_any_success_ends_the_offline_state(
    worker: SyncWorker, registry: FakeRegistry, ask: str
) -> None:
    registry.failures.append(Unreachable("ConnectError", retry_after=3000))
    line = Line(worker)
    worker.start()
    line.wait_for(False)
    observed = ObservedRegistry(registry, worker)
    match ask:
        case "sign_in":
            observed.sign_in(SIGN_IN)
        case "query_receipt":
            observed.query_receipt(RECEIPT)
        case "request_code":
            observed.request_code(CODE)
        case _:
            registry.gates["BBBBBB"] = Gate.ATTENDANT
            registry.desks["AAAAAA"] = ["BBBBBB"]
            observed.release(RELEASE)
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
