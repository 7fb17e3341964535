"""Consultar recibo at the registry: what became of an operation, told to whoever made it."""

import hmac

from sqlalchemy import Engine, bindparam, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of
from kiosk.domain import cards, receipts
from kiosk.registry import people
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.clocks import Clock
from kiosk.registry.keys import Keys
from kiosk.registry.tables import operations
from kiosk.wire.messages import ReceiptBody, ReceiptResponse

_FIND = select(
    operations.c.id,
    operations.c.kind,
    operations.c.outcome,
    operations.c.reason,
    operations.c.made_at,
    operations.c.decided_at,
    operations.c.person_id,
    operations.c.card_proof,
    operations.c.birth_proof,
).where(
    operations.c.device == bindparam("device"),
    operations.c.receipt == bindparam("receipt"),
)
_NOTHING = ReceiptResponse()


class Receipts:
    """Answers questions about receipts of any device.

    Args:
        engine: The registry's database.
        keys: Digests what was claimed.
        clock: The registry's time.
    """

    def __init__(self, engine: Engine, keys: Keys, clock: Clock) -> None:
        self._writing = engine
        self._clock = clock
        self._engine = reading(engine)
        self._keys = keys

    def query(self, device: str, asked: ReceiptBody) -> ReceiptResponse:
        """Return what became of an operation, or nothing at all.

        The card or the date of birth has to be the one claimed then, or the one of the person whose
        operation it is, who may have got another card since. An unknown receipt and a wrong proof
        are answered alike. What is shown is in the audit first: what cannot be noted is not shown.

        Args:
            device: Which one asks.
            asked: The receipt, and what is known of its person.
        """
        number = receipts.parse(asked.receipt)
        if number is None:
            return _NOTHING
        with self._engine.connect() as connection:
            values = {"device": number.device_code, "receipt": str(number)}
            row = connection.execute(_FIND, values).one_or_none()
            if row is None:
                return _NOTHING
            owner = None if row.person_id is None else people.by_id(connection, row.person_id)
        proves = False
        if asked.card_number is not None:
            card_number = cards.clean(asked.card_number)
            proves = hmac.compare_digest(
                row.card_proof or b"", self._keys.card_proof(card_number)
            ) or (owner is not None and owner.person.card_number == card_number)
        if asked.birth_date is not None:
            proves |= hmac.compare_digest(
                row.birth_proof, self._keys.birth_proof(asked.birth_date)
            ) or (owner is not None and owner.person.birth_date == asked.birth_date)
        if not proves:
            return _NOTHING
        person_id = None if owner is None else owner.person.person_id
        with self._writing.begin() as connection:
            driver = driver_of(connection)
            shown = Event(self._clock(), "receipt_shown", device, row.id, person_id)
            append(driver, [shown])
        return ReceiptResponse(
            kind=row.kind,
            outcome=row.outcome,
            reason=row.reason,
            made_at=row.made_at,
            decided_at=row.decided_at,
        )
