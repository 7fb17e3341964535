"""Entries of the queue and of the ledger as the front desk hands them out."""

from dataclasses import replace
from datetime import datetime

from kiosk.domain.operations import OperationKind, Outcome
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.queue_answers import Cause, LedgerEntry, QueueEntry, QueueState, QueueWay

MADE_AT = datetime(2024, 5, 31, 9, 12)  # noqa: DTZ001 - shown as the device's local time
DECIDED_AT = datetime(2024, 5, 31, 9, 40)  # noqa: DTZ001 - as above
STOPPED_WAYS = (QueueWay.SEND_AGAIN, QueueWay.HAND_OVER, QueueWay.WITHDRAW)


def receipt(number: int) -> str:
    return str(ReceiptNumber("K7Q2MT", number))


def waiting(number: int) -> QueueEntry:
    return QueueEntry(
        place=number,
        receipt=receipt(number),
        kind=OperationKind.REGISTER,
        label="***.456.789-**",
        made_at=MADE_AT,
        age_seconds=720,
        attempts=3,
        state=QueueState.WAITING,
        cause=Cause.NO_LINE,
        next_try_seconds=100,
        behind=None,
        note=None,
        ways=(QueueWay.TRY_NOW,),
    )


def untried(number: int) -> QueueEntry:
    return replace(
        waiting(number),
        attempts=0,
        cause=None,
        next_try_seconds=0,
        ways=(QueueWay.TRY_NOW, QueueWay.WITHDRAW),
    )


def stopped(number: int, cause: Cause = Cause.NOT_UNDERSTOOD) -> QueueEntry:
    return replace(
        waiting(number),
        state=QueueState.PARKED,
        cause=cause,
        next_try_seconds=None,
        ways=STOPPED_WAYS[1:] if cause is Cause.DAMAGED else STOPPED_WAYS,
    )


def decided(number: int, outcome: Outcome = Outcome.ACCEPTED) -> LedgerEntry:
    return LedgerEntry(
        place=number,
        receipt=receipt(number),
        kind=OperationKind.REGISTER,
        label="***.456.789-**",
        made_at=MADE_AT,
        outcome=outcome,
        reason=None,
        decided_at=DECIDED_AT,
        found=Found(Origin.NONE, MembershipStatus.ACTIVE),
        found_changed_at=None,
        replaced_by=None,
        note=None,
    )
