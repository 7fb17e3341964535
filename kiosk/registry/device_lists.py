"""What an administrator sees of the devices and does with them."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select, update

from kiosk.complaints import Complaint
from kiosk.database.engines import reading
from kiosk.domain.audit_chains import Continuation
from kiosk.registry.audit_trails import Event, note
from kiosk.registry.enrolments import Place
from kiosk.registry.release_keys import change_keys
from kiosk.registry.tables import (
    DeviceState,
    device_chains,
    devices,
    enrolment_codes,
    operations,
)


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One device.

    Attributes:
        face: ``kiosk`` or ``desk``.
        state_at: Since when, milliseconds since 1970.
        heard_at: When it was last heard; None where it never was.
        chain_broken: How its audit was last found broken (``kiosk.domain.audit_chains``).
        chain_broken_at: When, milliseconds since 1970.
    """

    code: str
    name: str
    site: str
    face: str
    state: DeviceState
    state_at: int
    heard_at: int | None
    chain_broken: Continuation | None = None
    chain_broken_at: int | None = None


@dataclass(frozen=True, slots=True)
class Exposed:
    """A person of whom a device has delivered something.

    Attributes:
        operations: How many.
        last_at: When the last was decided, milliseconds since 1970.
    """

    person_id: str
    operations: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """Whom a stolen device may expose.

    Attributes:
        people: By ``person_id``.
        nobodys: Operations of it whose claim fitted nobody.
    """

    people: tuple[Exposed, ...]
    nobodys: int


def list_devices(engine: Engine) -> tuple[ListedDevice, ...]:
    """Return every device that was enrolled, by its code."""
    with reading(engine).connect() as connection:
        rows = connection.execute(
            select(devices, device_chains.c.broken_how, device_chains.c.broken_at)
            .outerjoin(device_chains, device_chains.c.device == devices.c.device)
            .where(devices.c.state != DeviceState.UNENROLLED)
            .order_by(devices.c.device)
        ).all()
    return tuple(
        ListedDevice(
            row.device,
            row.name or "",
            row.site or "",
            row.face or "",
            DeviceState(row.state),
            row.state_at,
            row.heard_at,
            None if row.broken_how is None else Continuation(row.broken_how),
            row.broken_at,
        )
        for row in rows
    )


def rename(engine: Engine, code: str, name: str, now: int) -> None:
    """Give a device another name.

    Raises:
        Complaint: There is no such device.
    """
    with engine.begin() as connection:
        _require(connection, code)
        connection.execute(update(devices).where(devices.c.device == code).values(name=name))
        _note(connection, now, "device_renamed", code)


def shut_out(engine: Engine, code: str, state: DeviceState, now: int) -> None:
    """Revoke a device or note that it was stolen; it counts from the next request on.

    Codes that would let it in again go. One that was stolen is not merely revoked any more.

    Args:
        engine: The registry's database.
        code: Of the device.
        state: ``REVOKED`` or ``STOLEN``.
        now: Registry time, milliseconds since 1970.

    Raises:
        Complaint: There is no such device.
    """
    with engine.begin() as connection:
        before = _require(connection, code)
        connection.execute(delete(enrolment_codes).where(enrolment_codes.c.device == code))
        if before is DeviceState.STOLEN:
            return
        change_keys(connection, code, now)
        connection.execute(
            update(devices).where(devices.c.device == code).values(state=state.value, state_at=now)
        )
        _note(connection, now, f"device_{state.value}", code)


def exposure_of(engine: Engine, code: str, now: int) -> Exposure:
    """Return of whom a device has delivered something; the audit says that it was asked.

    Args:
        engine: The registry's database.
        code: Of the device.
        now: Registry time, milliseconds since 1970.
    """
    with engine.begin() as connection:
        note(connection, Event(now, "exposure_listed", code))
        rows = connection.execute(
            select(operations.c.person_id, func.count(), func.max(operations.c.decided_at))
            .where(operations.c.device == code)
            .group_by(operations.c.person_id)
            .order_by(operations.c.person_id)
        ).all()
    return Exposure(
        tuple(Exposed(*row) for row in rows if row[0] is not None),
        sum(row[1] for row in rows if row[0] is None),
    )


def require_device(engine: Engine, code: str) -> Place | None:
    """Make sure that a device was enrolled or heard.

    Returns:
        What it is; None where it was only heard, before there were enrolments.

    Raises:
        Complaint: There is no such device.
    """
    with reading(engine).connect() as connection:
        _require(connection, code)
        row = connection.execute(select(devices).where(devices.c.device == code)).one()
    return None if row.face is None else Place(row.name, row.site, row.face)


def _require(connection: Connection, code: str) -> DeviceState:
    state = connection.execute(select(devices.c.state).where(devices.c.device == code)).scalar()
    if state is None:
        raise Complaint(
            f"Não há aparelho com o código {code}. Veja os códigos com: registry devices list", 2
        )
    return DeviceState(state)


def _note(connection: Connection, now: int, what: str, code: str) -> None:
    note(connection, Event(now, what, code))
