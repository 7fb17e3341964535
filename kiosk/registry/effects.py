"""What an accepted operation does to an account."""

from sqlalchemy import Connection, bindparam, select, update

from kiosk.domain import emails
from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Origin
from kiosk.registry import feeds
from kiosk.registry.claims import Asked
from kiosk.registry.people import Account
from kiosk.registry.tables import Change, EmailSource, people

_SET_CREDENTIAL = (
    update(people)
    .where(people.c.person_id == bindparam("key"))
    .values(
        origin=Origin.APP_2024,
        password_hash=bindparam("new_hash"),
        credential_changed_at=bindparam("position"),
        credential_changed_by=bindparam("device"),
        credential_sequence=bindparam("sequence"),
    )
)
_SET_EMAIL = (
    update(people)
    .where(people.c.person_id == bindparam("key"))
    .values(
        email=bindparam("address"),
        email_key=bindparam("address_key"),
        email_source=EmailSource.HERE,
        email_changed_at=bindparam("position"),
        email_changed_by=bindparam("device"),
        email_sequence=bindparam("sequence"),
    )
)
_OTHERS = (
    select(people.c.person_id)
    .where(people.c.email_key == bindparam("address_key"), people.c.person_id != bindparam("key"))
    .limit(2)
)


def apply(connection: Connection, asked: Asked, account: Account, device: str, at: int) -> None:
    """Carry out an accepted operation and tell the feed.

    Args:
        connection: In the transaction that records the operation.
        asked: The operation.
        account: Whose account it changes.
        device: Who made it.
        at: Registry time, milliseconds since 1970, UTC.
    """
    if asked.kind is OperationKind.SET_EMAIL:
        _set_email(connection, asked, account, device, at)
    else:
        _set_credential(connection, asked, account, device, at)


def _set_credential(
    connection: Connection, asked: Asked, account: Account, device: str, at: int
) -> None:
    person_id = account.person.person_id
    position = feeds.append_account(connection, at, Change.CREDENTIAL, person_id)
    connection.execute(
        _SET_CREDENTIAL,
        {
            "key": person_id,
            "new_hash": asked.password_hash,
            "position": position,
            "device": device,
            "sequence": asked.message.sequence,
        },
    )


def _set_email(
    connection: Connection, asked: Asked, account: Account, device: str, at: int
) -> None:
    person = account.person
    old_key = None if person.email is None else emails.key(person.email)
    new_key = None if asked.email is None else emails.key(asked.email)
    position = feeds.append_account(connection, at, Change.EMAIL, person.person_id)
    connection.execute(
        _SET_EMAIL,
        {
            "key": person.person_id,
            "address": asked.email,
            "address_key": new_key,
            "position": position,
            "device": device,
            "sequence": asked.message.sequence,
        },
    )
    if old_key == new_key:
        return
    for key in (old_key, new_key):
        others = _others(connection, key, person.person_id)
        # One other person: for them the address has just become their own, or shared.
        if len(others) == 1:
            feeds.append_account(connection, at, Change.EMAIL, others[0])


def _others(connection: Connection, key: str | None, person_id: str) -> list[str]:
    rows = connection.execute(_OTHERS, {"address_key": key, "key": person_id})
    return list(rows.scalars())
