"""Finding people. The statements are built once, because a look-up is what happens most."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, or_, select

from kiosk.database.statements import driver_sql
from kiosk.domain import emails
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.domain.people import MembershipStatus, Origin, Person
from kiosk.registry.tables import people

_STATUSES = {status.value: status for status in MembershipStatus}
_ORIGINS = {origin.value: origin for origin in Origin}
_other = people.alias()
_is_shared = exists().where(
    _other.c.email_key == people.c.email_key, _other.c.person_id != people.c.person_id
)
_EVERYTHING = select(
    people.c.person_id,
    people.c.card_number,
    people.c.birth_date,
    people.c.full_name,
    people.c.holder_id,
    people.c.cpf,
    people.c.social_name,
    people.c.email,
    _is_shared.label("email_is_shared"),
    people.c.status,
    people.c.origin,
    people.c.credential_changed_at,
    people.c.credential_changed_by,
    people.c.credential_sequence,
    people.c.email_changed_at,
    people.c.email_changed_by,
    people.c.email_sequence,
    people.c.ref,
    people.c.password_hash,
)
_WHERE = {
    IdentifierKind.CARD: people.c.card_number == bindparam("value"),
    IdentifierKind.CPF: people.c.cpf == bindparam("value"),
    IdentifierKind.EMAIL: people.c.email_key == bindparam("value"),
}
_FIND = {kind: _EVERYTHING.where(where) for kind, where in _WHERE.items()}
# Two are as many as it takes to know that an e-mail is nobody's; card and CPF have one at most.
_FIND[IdentifierKind.EMAIL] = _FIND[IdentifierKind.EMAIL].limit(2)
# A list of any length is one parameter, so that the statement is always the same.
_CLAIMED = driver_sql(
    _EVERYTHING.where(
        or_(
            people.c.card_number.in_(
                select(func.json_each(bindparam("cards")).table_valued("value"))
            ),
            people.c.cpf.in_(select(func.json_each(bindparam("cpfs")).table_valued("value"))),
        )
    )
)
_BY_IDS = _EVERYTHING.where(people.c.person_id.in_(bindparam("ids", expanding=True)))
_BY_ID = _EVERYTHING.where(people.c.person_id == bindparam("person_id"))


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the registry keeps them.

    Attributes:
        ref: 32 hexadecimal digits that stand for the person outside the registry.
        password_hash: Of a known scheme, or None for a person without password.
    """

    person: Person = field(repr=False)
    ref: str
    password_hash: str | None = field(repr=False)


def find(connection: Connection, identifier: Identifier) -> Sequence[Account]:
    """Return who has an identifier: nobody, one, or (a shared e-mail) the first two."""
    rows = connection.execute(_FIND[identifier.kind], {"value": identifier.value}).all()
    return [_account(row) for row in rows]


def find_claimed(driver: sqlite3.Connection, claims: Iterable[Claim]) -> list[Person]:
    """Return whoever might be named by claims.

    A card names one person. An e-mail names one together with the CPF, so that an address two
    people share serves in the reset; so it is the CPF by which they are looked for here.
    """
    cards: list[str] = []
    cpfs: list[str] = []
    for claim in claims:
        if claim.identifier.kind is IdentifierKind.CARD:
            cards.append(claim.identifier.value)
        elif claim.identifier.kind is IdentifierKind.EMAIL and claim.cpf is not None:
            cpfs.append(claim.cpf)
    rows = driver.execute(_CLAIMED, {"cards": json.dumps(cards), "cpfs": json.dumps(cpfs)})
    return [_account(row).person for row in rows]


def named_by(driver: sqlite3.Connection, claim: Claim) -> Person | None:
    """Return whom one claim names, whether or not the rest of it is theirs."""
    found = find_claimed(driver, [claim])
    if claim.identifier.kind is IdentifierKind.CARD:
        return found[0] if found else None
    has_it = found and found[0].email is not None
    return (
        found[0] if has_it and emails.key(found[0].email or "") == claim.identifier.value else None
    )


def by_id(connection: Connection, person_id: str) -> Account | None:
    """Return one person by the plan's own number."""
    row = connection.execute(_BY_ID, {"person_id": person_id}).one_or_none()
    return None if row is None else _account(row)


def by_ids(connection: Connection, person_ids: Iterable[str]) -> dict[str, Account]:
    """Return people by the plan's own numbers; those who do not exist are left out."""
    rows = connection.execute(_BY_IDS, {"ids": list(person_ids)})
    accounts = (_account(row) for row in rows)
    return {account.person.person_id: account for account in accounts}


def _account(row: Sequence[Any]) -> Account:
    (
        person_id,
        card_number,
        birth_date,
        full_name,
        holder_id,
        cpf,
        social_name,
        email,
        email_is_shared,
        status,
        origin,
        credential_changed_at,
        credential_changed_by,
        credential_sequence,
        email_changed_at,
        email_changed_by,
        email_sequence,
        ref,
        password_hash,
    ) = row
    person = Person(
        person_id=person_id,
        card_number=card_number,
        # The driver alone knows no dates.
        birth_date=date.fromisoformat(birth_date) if isinstance(birth_date, str) else birth_date,
        full_name=full_name,
        holder_id=holder_id,
        cpf=cpf,
        social_name=social_name,
        email=email,
        email_is_shared=bool(email_is_shared),
        status=_STATUSES[status],
        origin=_ORIGINS[origin],
        credential_changed_at=credential_changed_at,
        credential_changed_by=credential_changed_by,
        credential_sequence=credential_sequence,
        email_changed_at=email_changed_at,
        email_changed_by=email_changed_by,
        email_sequence=email_sequence,
    )
    return Account(person, ref, password_hash)
