"""What became of the operations made on this device, under their receipts."""

import hmac
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, bindparam, select

from kiosk.database.engines import reading
from kiosk.domain.operations import Outcome
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.identities import DeviceIdentity
from kiosk.store.tables import outbox, receipts


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One receipt as this device knows it; ``outcome`` is None while it waits.

    What was sent again under another receipt stands here as that one does.
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
        made_at = row.made_at
        with self._reader.connect() as connection:
            while row.outcome == Outcome.REPLACED:
                row = connection.execute(_BY_COUNTER, {"counter": row.replaced_by}).one()
        return LedgerEntry(
            kind=row.kind,
            made_at=made_at,
            outcome=row.outcome,
            reason=row.reason,
            is_parked=row.parked_reason is not None,
        )
