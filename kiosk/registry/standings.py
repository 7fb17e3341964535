"""How a registry stands, in numbers that name nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from kiosk.database.engines import reading
from kiosk.domain.clock_errors import TOLERANCE_MS
from kiosk.domain.operations import Outcome
from kiosk.domain.people import MembershipStatus, Origin
from kiosk.registry.feeds import last_position
from kiosk.registry.tables import devices, operations, people


@dataclass(frozen=True, slots=True)
class Standing:
    """The counts of a registry.

    Attributes:
        by_origin: People per origin of their account.
        cancelled: People whose membership is cancelled.
        by_outcome: Operations per outcome.
        last_position: Place of the newest change in the feed.
        devices: How many were ever heard.
        wrong_clocks: How far the clocks of some were ahead when they were last heard, in
            milliseconds, negative where behind; by code.
    """

    by_origin: Mapping[Origin, int]
    cancelled: int
    by_outcome: Mapping[Outcome, int]
    last_position: int
    devices: int
    wrong_clocks: Mapping[str, int]


def read_standing(engine: Engine) -> Standing:
    """Count people and operations as of one moment."""
    with reading(engine).connect() as connection:
        origins = connection.execute(
            select(people.c.origin, func.count()).group_by(people.c.origin)
        )
        outcomes = connection.execute(
            select(operations.c.outcome, func.count()).group_by(operations.c.outcome)
        )
        cancelled = connection.execute(
            select(func.count())
            .select_from(people)
            .where(people.c.status == MembershipStatus.CANCELLED)
        )
        heard = connection.execute(select(func.count(devices.c.heard_at)))
        wrong = connection.execute(
            select(devices.c.device, devices.c.skew_ms)
            .where(func.abs(devices.c.skew_ms) > TOLERANCE_MS)
            .order_by(devices.c.device)
        )
        return Standing(
            by_origin={Origin(origin): count for origin, count in origins},
            by_outcome={Outcome(outcome): count for outcome, count in outcomes},
            cancelled=cancelled.scalar_one(),
            last_position=last_position(connection),
            devices=heard.scalar_one(),
            wrong_clocks={row.device: row.skew_ms for row in wrong},
        )


def has_no_people(engine: Engine) -> bool:
    """Tell whether nobody was ever imported."""
    with reading(engine).connect() as connection:
        return connection.execute(select(people.c.person_id).limit(1)).first() is None
