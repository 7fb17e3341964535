"""Things tests need many of, with only what matters said."""

import os
from datetime import date
from typing import Any
from uuid import UUID

from kiosk.domain.cpfs import check_digits
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operation_ids import uuid7
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.people import Person
from kiosk.store.queued_operations import NewOperation
from kiosk.wire.messages import CredentialBody
from tests.seals import DEVICE, sealed

BORN = date(1950, 3, 24)
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA"


def cpf(number: int) -> str:
    base = f"{number:09d}"
    return base + check_digits(base)


def person(number: int = 1, **changes: Any) -> Person:
    values: dict[str, Any] = {
        "person_id": f"P{number}",
        "card_number": f"{number:012d}",
        "birth_date": BORN,
        "full_name": "Joana d'Ávila",
        "cpf": cpf(number),
    }
    return Person(**(values | changes))


def claim_of(who: Person) -> Claim:
    return Claim(Identifier(IdentifierKind.CARD, who.card_number), who.cpf, who.birth_date)


def operation_id(now_ms: int = 1_700_000_000_000) -> UUID:
    return uuid7(now_ms, os.urandom(10))


def credential_of(who: Person, password_hash: str = HASH) -> CredentialBody:
    return CredentialBody(
        identifier_kind="card",
        identifier=who.card_number,
        cpf=who.cpf,
        birth_date=who.birth_date,
        password_hash=password_hash,
    )


def new_operation(
    who: Person,
    kind: OperationKind = OperationKind.REGISTER,
    made_at: int = 1_700_000_000_000,
    *,
    device: str = DEVICE,
    **changes: Any,
) -> NewOperation:
    made = changes.get("id") or operation_id(made_at)
    values: dict[str, Any] = {
        "id": made,
        "kind": kind,
        "subject": (who.cpf or who.card_number).encode().ljust(32, b"-"),
        "label": "***.456.789-**",
        "body": sealed(credential_of(who), made.hex, kind, device=device),
        "card_proof": who.card_number.encode().ljust(32, b"-"),
        "birth_date_proof": who.birth_date.isoformat().encode().ljust(32, b"-"),
        "made_by": "self",
        "made_at": made_at,
    }
    return NewOperation(**(values | changes))
