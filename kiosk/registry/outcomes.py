"""The present word on operations that a device asks for by their ids."""

from uuid import UUID

from sqlalchemy import Engine, bindparam, select

from kiosk.database.engines import reading
from kiosk.registry.feeds import found_message
from kiosk.registry.tables import operations
from kiosk.wire.messages import OutcomeChange, OutcomesRequest, OutcomesResponse

_KNOWN = (
    select(
        operations.c.id,
        operations.c.outcome,
        operations.c.reason,
        operations.c.decided_at,
        operations.c.found_origin,
        operations.c.found_status,
        operations.c.found_changed_at,
    )
    .where(
        operations.c.id.in_(bindparam("ids", expanding=True)),
        operations.c.device == bindparam("device"),
    )
    .order_by(operations.c.id)
)


class Outcomes:
    """What became of operations.

    Args:
        engine: The registry's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def tell(self, request: OutcomesRequest) -> OutcomesResponse:
        """Return the words on those of the asking device's operations that are known.

        Raises:
            ValueError: Something asked for is no id.
        """
        ids = [UUID(hex=one).bytes for one in request.operations]
        with self._engine.connect() as connection:
            rows = connection.execute(_KNOWN, {"ids": ids, "device": request.device}).all()
        return OutcomesResponse(
            outcomes=[
                OutcomeChange(
                    operation=row.id.hex(),
                    outcome=row.outcome,
                    reason=row.reason,
                    decided_at=row.decided_at,
                    found=found_message(row.found_origin, row.found_status, row.found_changed_at),
                )
                for row in rows
            ]
        )
