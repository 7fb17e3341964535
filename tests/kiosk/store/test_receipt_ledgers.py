from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import Outcome, Reason
from kiosk.domain.receipts import ReceiptNumber, parse
from kiosk.store.identities import DeviceIdentity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import NewOperation, Recorded, Settlement
from kiosk.store.receipt_ledgers import LedgerEntry, ReceiptLedger
from tests.factories import BORN, new_operation, person

WHO = person(7)


@pytest.fixture
def ledger(store: Engine, identity: DeviceIdentity) -> ReceiptLedger:
    return ReceiptLedger(store, identity)


@pytest.fixture
def operation(identity: DeviceIdentity) -> NewOperation:
    return new_operation(
        WHO,
        card_proof=identity.card_proof(WHO.card_number),
        birth_date_proof=identity.birth_date_proof(WHO.birth_date),
    )


def record(outbox: Outbox, operation: NewOperation) -> ReceiptNumber:
    recorded = outbox.record(operation)
    assert isinstance(recorded, Recorded)
    number = parse(recorded.receipt)
    assert number is not None
    return number


def test_a_waiting_receipt_opens_with_card_or_birth_date(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, operation)
    waiting = LedgerEntry("register", operation.made_at, None, None, is_parked=False)
    assert ledger.find(number, WHO.card_number, None) == waiting
    assert ledger.find(number, None, BORN) == waiting


def test_it_tells_the_outcome(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, operation)
    outbox.settle([Settlement(operation.id, Outcome.REJECTED, Reason.NOT_COVERED, 5)], 5)
    entry = ledger.find(number, None, BORN)
    assert entry is not None
    assert (entry.outcome, entry.reason) == ("rejected", "not_covered")


def test_a_parked_one_says_so(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, operation)
    outbox.park(operation.id, "internal", 5)
    entry = ledger.find(number, None, BORN)
    assert entry is not None
    assert entry.is_parked


def test_a_wrong_proof_opens_nothing(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, operation)
    assert ledger.find(number, "999999", None) is None
    assert ledger.find(number, None, BORN.replace(year=1951)) is None
    assert ledger.find(number, None, None) is None


def test_a_receipt_made_with_an_email_does_not_open_by_card(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, replace(operation, card_proof=None))
    assert ledger.find(number, WHO.card_number, None) is None
    assert ledger.find(number, None, BORN) is not None


def test_other_devices_receipts_and_unknown_counters_are_not_here(
    ledger: ReceiptLedger, outbox: Outbox, operation: NewOperation
) -> None:
    number = record(outbox, operation)
    assert ledger.find(replace(number, device_code="000000"), None, BORN) is None
    assert ledger.find(replace(number, counter=99), None, BORN) is None


@pytest.mark.parametrize("replaced_by", ["99", "NULL", "1"])
def test_one_whose_successor_the_disk_has_lost_waits(
    ledger: ReceiptLedger,
    store: Engine,
    outbox: Outbox,
    operation: NewOperation,
    replaced_by: str,
) -> None:
    number = record(outbox, operation)
    with store.begin() as connection:
        connection.execute(
            text(f"UPDATE receipts SET outcome = 'replaced', replaced_by = {replaced_by}")
        )
    waiting = LedgerEntry("register", operation.made_at, None, None, is_parked=False)
    assert ledger.find(number, None, BORN) == waiting
