"""Recording a person's action: the one commit between "nothing happened" and "it is on disk"."""

from sqlalchemy import Engine, bindparam, insert, literal_column, select

from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.queued_operations import AlreadyWaiting, NewOperation, Recorded
from kiosk.store.tables import audit, outbox, receipts
from kiosk.wire.messages import OperationMessage

# What is recorded while a person waits goes straight to the driver: put together anew each time,
# the five statements would take longer than the commit they belong to.
_EARLIER_WISH = driver_sql(
    select(outbox.c.sequence)
    .join_from(outbox, receipts, receipts.c.counter == outbox.c.sequence)
    .where(outbox.c.subject == bindparam("subject"), outbox.c.kind == bindparam("kind"))
    .where(outbox.c.parked_reason.is_(None))
    .where(receipts.c.birth_date_proof == bindparam("birth_date_proof"))
    .where(receipts.c.card_proof.is_not_distinct_from(bindparam("card_proof")))
    .order_by(outbox.c.sequence.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0"))
)
_NEW_RECEIPT = driver_sql(
    insert(receipts),
    "operation",
    "kind",
    "made_at",
    "card_proof",
    "birth_date_proof",
    "label",
    "made_by",
)
_NEW_ROW = driver_sql(
    insert(outbox),
    "sequence",
    "id",
    "kind",
    "subject",
    "receipt",
    "label",
    "seen",
    "body",
    "made_by",
    "made_at",
    "digest",
)
_RECORDED = driver_sql(insert(audit), "at", "event", "operation")


def record_operation(
    engine: Engine, device_code: str, new: NewOperation, seen: str | None
) -> Recorded | AlreadyWaiting:
    """Record receipt, operation and audit event in one commit, which is on disk on return.

    A person's own waiting operation of the same kind is noticed instead of queueing a second; one
    with another card or date of birth is a correction of what they typed, not the same.

    Args:
        engine: The store.
        device_code: Begins the receipt.
        new: What is recorded.
        seen: Cursor of what this device knew when the person acted, or an older one.
    """
    operation, kind = new.id.bytes, str(new.kind)
    proofs = {"card_proof": new.card_proof, "birth_date_proof": new.birth_date_proof}
    with engine.begin() as connection:
        driver = driver_of(connection)
        earlier = driver.execute(
            _EARLIER_WISH, {"subject": new.subject, "kind": kind, **proofs}
        ).fetchone()
        if earlier is not None:
            return AlreadyWaiting(str(ReceiptNumber(device_code, earlier[0])))
        inserted = driver.execute(
            _NEW_RECEIPT,
            {
                "operation": operation,
                "kind": kind,
                "made_at": new.made_at,
                "label": new.label,
                "made_by": new.made_by,
                **proofs,
            },
        )
        counter = inserted.lastrowid or 0
        receipt = str(ReceiptNumber(device_code, counter))
        message = OperationMessage(
            id=new.id.hex,
            kind=kind,
            receipt=receipt,
            sequence=counter,
            seen=seen,
            made_at=new.made_at,
            body=new.body,
        )
        driver.execute(
            _NEW_ROW,
            {
                "sequence": counter,
                "id": operation,
                "kind": kind,
                "subject": new.subject,
                "receipt": receipt,
                "label": new.label,
                "seen": message.seen,
                "body": new.body,
                "made_by": new.made_by,
                "made_at": new.made_at,
                "digest": message.digest(),
            },
        )
        driver.execute(_RECORDED, {"at": new.made_at, "event": "recorded", "operation": operation})
    return Recorded(receipt)
