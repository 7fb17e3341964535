"""Operations that an older program recorded in clear, which no registry opens any more."""

import logging

from msgspec import structs
from sqlalchemy import bindparam, func, select, update

from kiosk.database.statements import driver_of, reading_odd_text
from kiosk.store.outboxes import Outbox
from kiosk.store.rounds import whole_message_of
from kiosk.store.tables import outbox
from kiosk.wire.messages import OperationMessage
from kiosk.wire.sealed_bodies import SealingKey, operation_binding

_log = logging.getLogger(__name__)
# What is sealed begins with a version, a body in clear with the brace of its JSON.
_CLEAR = b"{"
_FIND = select(outbox).where(
    outbox.c.attempts == 0,
    outbox.c.claimed_until.is_(None),
    outbox.c.parked_reason.is_(None),
    outbox.c.sequence > bindparam("left"),
    func.substr(outbox.c.body, 1, 1) == _CLEAR,
)
_SEAL = (
    update(outbox)
    .where(outbox.c.sequence == bindparam("of"))
    .values(body=bindparam("sealed"), digest=bindparam("said"))
)


def sealed_if_clear(body: bytes, key: SealingKey | None, message: OperationMessage) -> bytes:
    """Return the body of an operation that is queued anew, sealed where it was recorded in clear.

    Args:
        body: As it was recorded.
        key: What is sealed to; without one it stays as it is.
        message: The operation, which begins with the code of its device.
    """
    if key is None or not body.startswith(_CLEAR):
        return body
    wish = message.replaces or message.id
    device = message.receipt.partition("-")[0]
    return key.seal(body, operation_binding(wish, message.kind, device))


def seal_rows(queue: Outbox, key: SealingKey) -> int:
    """Seal what waits in clear and has never left this machine; return how many.

    What may have left stays as it is: a registry may have decided it, and knows it by its digest.

    Args:
        queue: Healed, and nobody else works with it yet.
        key: What is sealed to.
    """
    with queue.engine.begin() as connection:
        with reading_odd_text(driver_of(connection), "replace"):
            rows = connection.execute(_FIND, {"left": queue.may_have_left()}).all()
        changes = []
        for row in rows:
            message = whole_message_of(row)
            if message is None:
                # Damaged: it parks when it is claimed.
                continue
            body = sealed_if_clear(message.body, key, message)
            said = structs.replace(message, body=body).digest()
            changes.append({"of": row.sequence, "sealed": body, "said": said})
        if changes:
            connection.execute(_SEAL, changes)
    if changes:
        _log.info("older_operations_sealed", extra={"count": len(changes)})
    return len(changes)
