"""Telling people by mail what was done to their account, in the transaction in which it is done."""

from kiosk.domain import emails
from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Person
from kiosk.registry.batches import Batch
from kiosk.registry.claims import Asked
from kiosk.registry.outgoing_mails import KEPT_MS, PUT, MailContent, MailKind


def leave(batch: Batch, asked: Asked, person: Person, at: int) -> None:
    """Put mails about an accepted operation into the outgoing ones; without an address, none.

    Args:
        batch: Of the operation.
        asked: The operation.
        person: As they were before it: what was registered then is where they are told.
        at: Registry time, milliseconds since 1970, UTC.
    """
    if asked.kind is OperationKind.SET_EMAIL:
        if asked.email is not None:
            _leave_of_email(batch, asked, person, asked.email, at)
    elif person.email is not None:
        is_new = asked.kind is OperationKind.REGISTER
        kind = MailKind.REGISTERED if is_new else MailKind.PASSWORD_RESET
        _put(batch, asked, person, kind, person.email, at)


def _leave_of_email(batch: Batch, asked: Asked, person: Person, new: str, at: int) -> None:
    old = person.email
    if old is None:
        _put(batch, asked, person, MailKind.EMAIL_SET, new, at)
    elif emails.key(old) == emails.key(new):
        _put(batch, asked, person, MailKind.EMAIL_KEPT, old, at)
    else:
        _put(batch, asked, person, MailKind.EMAIL_CHANGED, old, at)
        _put(batch, asked, person, MailKind.EMAIL_SET, new, at)


def _put(batch: Batch, asked: Asked, person: Person, kind: MailKind, address: str, at: int) -> None:
    name, site = batch.place()
    content = MailContent(
        device=batch.device, device_name=name, site=site, late=not asked.acted_now
    )
    if kind is not MailKind.EMAIL_SET:
        # An address that was not on file may be mistyped, and a stranger's: who it is about, and
        # what would open their receipt, stands only where it was known before.
        content.person = person.shown_name
        content.receipt = asked.message.receipt
    row = (at, kind.value, person.person_id, address, content.text(), at + KEPT_MS)
    batch.leave(PUT, row)
