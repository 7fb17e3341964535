"""What an accepted operation does to an account."""

from sqlalchemy import bindparam, literal_column, select, update

from kiosk.database.statements import sql_in_order
from kiosk.domain import emails
from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Origin, Person
from kiosk.registry import notices
from kiosk.registry.batches import Batch
from kiosk.registry.claims import Asked
from kiosk.registry.tables import Change, EmailSource, people

_SET_CREDENTIAL = sql_in_order(
    update(people)
    .where(people.c.person_id == bindparam("key"))
    .values(
        origin=bindparam("new_origin"),
        password_hash=bindparam("new_hash"),
        credential_changed_at=bindparam("position"),
        credential_changed_by=bindparam("device"),
        credential_sequence=bindparam("sequence"),
    ),
    *("new_origin", "new_hash", "position", "device", "sequence", "key"),
)
_SET_EMAIL = sql_in_order(
    update(people)
    .where(people.c.person_id == bindparam("key"))
    .values(
        email=bindparam("address"),
        email_key=bindparam("address_key"),
        email_source=bindparam("source"),
        email_changed_at=bindparam("position"),
        email_changed_by=bindparam("device"),
        email_sequence=bindparam("sequence"),
    ),
    *("address", "address_key", "source", "position", "device", "sequence", "key"),
)
_OTHERS = sql_in_order(
    select(people.c.person_id)
    .where(people.c.email_key == bindparam("address_key"), people.c.person_id != bindparam("key"))
    .limit(literal_column("2"))
    .offset(literal_column("0")),
    *("address_key", "key"),
)


def apply(batch: Batch, asked: Asked, person: Person, at: int, steady_at: int) -> None:
    """Carry out an accepted operation, tell the feed, and the person by mail.

    Args:
        batch: Of the operation.
        asked: The operation.
        person: Whose account it changes.
        at: Registry time, milliseconds since 1970, UTC.
        steady_at: The same by ``RegistryTimes``, for what ends.
    """
    # Before the change: it is told to the address that was registered until now.
    notices.leave(batch, asked, person, at, steady_at)
    if asked.kind is OperationKind.SET_EMAIL:
        _set_email(batch, asked, person, at)
    else:
        _set_credential(batch, asked, person, at)


def _set_credential(batch: Batch, asked: Asked, person: Person, at: int) -> None:
    position = batch.tell(at, Change.CREDENTIAL, person.person_id)
    sequence = asked.message.sequence
    batch.leave(
        _SET_CREDENTIAL,
        (
            Origin.APP_2024.value,
            asked.password_hash,
            position,
            batch.device,
            sequence,
            person.person_id,
        ),
    )
    batch.alter(
        person,
        origin=Origin.APP_2024,
        credential_changed_at=position,
        credential_changed_by=batch.device,
        credential_sequence=sequence,
    )


def _set_email(batch: Batch, asked: Asked, person: Person, at: int) -> None:
    old_key = None if person.email is None else emails.key(person.email)
    new_key = None if asked.email is None else emails.key(asked.email)
    position = batch.tell(at, Change.EMAIL, person.person_id)
    sequence = asked.message.sequence
    # At once: who else has an address is asked of the table.
    batch.driver.execute(
        _SET_EMAIL,
        (
            asked.email,
            new_key,
            EmailSource.HERE.value,
            position,
            batch.device,
            sequence,
            person.person_id,
        ),
    )
    batch.alter(
        person,
        email=asked.email,
        email_changed_at=position,
        email_changed_by=batch.device,
        email_sequence=sequence,
    )
    if old_key == new_key:
        return
    for key in (old_key, new_key):
        others = batch.driver.execute(_OTHERS, (key, person.person_id)).fetchall()
        # One other person: for them the address has just become their own, or shared.
        if len(others) == 1:
            batch.tell(at, Change.EMAIL, others[0][0])
