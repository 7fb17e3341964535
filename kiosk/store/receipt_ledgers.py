"""What became of the operations made on this device, under their receipts."""

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, Row, bindparam, select

from kiosk.database.engines import reading
from kiosk.domain.operations import Outcome
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.identities import DeviceIdentity
from kiosk.store.tables import outbox, receipts


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One receipt as this device knows it; ``outcome`` is None while it waits.

    What was sent again under another receipt stands here as that one does, and as one that waits
    where nothing is known of that one.
    """

    kind: str
    made_at: int
    outcome: str | None
    reason: str | None
    is_parked: bool


_BY_COUNTER = (
    select(receipts, outbox.c.parked_reason)
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
        with self._reader.connect() as connection:
            row = connection.execute(_BY_COUNTER, {"counter": number.counter}).one_or_none()
        if row is None:
            return None
        by_card = (
            card_number is not None
            and row.card_proof is not None
            and hmac.compare_digest(row.card_proof, self._identity.card_proof(card_number))
        )
        by_birth_date = birth_date is not None and hmac.compare_digest(
            row.birth_date_proof, self._identity.birth_date_proof(birth_date)
        )
        if not (by_card or by_birth_date):
            return None
        last = self._last_of(row)
        if last is None:
            return LedgerEntry(row.kind, row.made_at, None, None, is_parked=False)
        return LedgerEntry(
            kind=last.kind,
            made_at=row.made_at,
            outcome=last.outcome,
            reason=last.reason,
            is_parked=last.parked_reason is not None,
        )

    def _last_of(self, row: Row[Any]) -> Row[Any] | None:
        """Return the receipt under which a wish stands now; None where the disk has lost it."""
        last: Row[Any] | None = row
        with self._reader.connect() as connection:
            while last is not None and last.outcome == Outcome.REPLACED:
                if last.replaced_by is None or last.replaced_by <= last.counter:
                    return None
                last = connection.execute(_BY_COUNTER, {"counter": last.replaced_by}).one_or_none()
        return last
