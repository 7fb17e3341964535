"""What became of the operations made on this device, under their receipts."""

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, Row, bindparam, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of, reading_odd_text
from kiosk.domain.operations import Outcome
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.identities import DeviceIdentity
from kiosk.store.tables import outbox, receipts


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One receipt as this device knows it; ``outcome`` is None while it waits.

    What was sent again under another receipt stands here as that one does; where the disk has lost
    that one, it waits. A word that the disk has changed stands here as it was read; ``made_at`` is
    None where it is no number any more.
    """

    kind: str
    made_at: int | None
    outcome: str | None
    reason: str | None
    is_parked: bool


_BY_COUNTER = (
    select(
        receipts.c.counter,
        receipts.c.kind,
        receipts.c.made_at,
        receipts.c.card_proof,
        receipts.c.birth_date_proof,
        receipts.c.outcome,
        receipts.c.reason,
        receipts.c.replaced_by,
        outbox.c.parked_reason.is_not(None).label("is_parked"),
    )
    .join_from(receipts, outbox, outbox.c.sequence == receipts.c.counter, isouter=True)
    .where(receipts.c.counter == bindparam("counter"))
)


class ReceiptLedger:
    """The receipts of one device."""

    def __init__(self, engine: Engine, identity: DeviceIdentity) -> None:
        self._reader = reading(engine)
        self._identity = identity

    def find(
        self, number: ReceiptNumber, card_number: str | None, birth_date: date | None
    ) -> LedgerEntry | None:
        """Return what became of a receipt, to whoever knows its card or date of birth."""
        if number.device_code != self._identity.code:
            return None
        row = self._row(number.counter)
        if row is None:
            return None
        by_card = card_number is not None and _proves(
            row.card_proof, self._identity.card_proof(card_number)
        )
        by_birth_date = birth_date is not None and _proves(
            row.birth_date_proof, self._identity.birth_date_proof(birth_date)
        )
        if not (by_card or by_birth_date):
            return None
        last = self._last_of(row)
        made_at = row.made_at if isinstance(row.made_at, int) else None
        if last is None:
            return LedgerEntry(str(row.kind), made_at, None, None, is_parked=False)
        return LedgerEntry(
            kind=str(last.kind),
            made_at=made_at,
            outcome=None if last.outcome is None else str(last.outcome),
            reason=None if last.reason is None else str(last.reason),
            is_parked=bool(last.is_parked),
        )

    def _last_of(self, row: Row[Any]) -> Row[Any] | None:
        """Return the receipt under which a wish stands now; None where the disk has lost it."""
        last = row
        while last.outcome == Outcome.REPLACED:
            following = self._row(last.replaced_by)
            # What is sent again has a later receipt; else the disk has changed the number.
            if following is None or following.counter <= last.counter:
                return None
            last = following
        return last

    def _row(self, counter: object) -> Row[Any] | None:
        with (
            self._reader.connect() as connection,
            reading_odd_text(driver_of(connection), "replace"),
        ):
            return connection.execute(_BY_COUNTER, {"counter": counter}).one_or_none()


def _proves(kept: object, given: bytes) -> bool:
    return isinstance(kept, bytes) and hmac.compare_digest(kept, given)
