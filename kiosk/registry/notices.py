"""Telling people by mail what was done to their account, in the transaction in which it is done."""

from dataclasses import dataclass

from kiosk.domain import emails
from kiosk.domain.operations import OperationKind
from kiosk.domain.people import Person
from kiosk.registry.batches import Batch
from kiosk.registry.claims import Asked
from kiosk.registry.outgoing_mails import KEPT_MS, PUT, MailContent, MailKind


def leave(batch: Batch, asked: Asked, person: Person, at: int, steady_at: int) -> None:
    """Put mails about an accepted operation into the outgoing ones; without an address, none.

    Args:
        batch: Of the operation.
        asked: The operation.
        person: As they were before it: what was registered then is where they are told.
        at: Registry time, milliseconds since 1970, UTC: what the mail says.
        steady_at: The same by ``RegistryTimes``, by which it ends.
    """
    if asked.kind is OperationKind.SET_EMAIL:
        if asked.email is not None:
            _leave_of_email(_Left(batch, asked, person, at, steady_at + KEPT_MS), asked.email)
    elif person.email is not None:
        is_new = asked.kind is OperationKind.REGISTER
        kind = MailKind.REGISTERED if is_new else MailKind.PASSWORD_RESET
        _Left(batch, asked, person, at, steady_at + KEPT_MS).put(kind, person.email)


def _leave_of_email(left: "_Left", new: str) -> None:
    old = left.person.email
    if old is None:
        left.put(MailKind.EMAIL_SET, new)
    elif emails.key(old) == emails.key(new):
        left.put(MailKind.EMAIL_KEPT, old)
    else:
        left.put(MailKind.EMAIL_CHANGED, old)
        left.put(MailKind.EMAIL_SET, new)


@dataclass(frozen=True, slots=True)
class _Left:
    batch: Batch
    asked: Asked
    person: Person
    at: int
    expires_at: int

    def put(self, kind: MailKind, address: str) -> None:
        name, site = self.batch.place()
        content = MailContent(
            device=self.batch.device,
            device_name=name,
            site=site,
            late=not self.asked.acted_now,
        )
        if kind is not MailKind.EMAIL_SET:
            # An address that was not on file may be mistyped, and a stranger's: who it is about,
            # and what would open their receipt, stands only where it was known before.
            content.person = self.person.shown_name
            content.receipt = self.asked.message.receipt
        said = (kind.value, self.person.person_id, address, content.text())
        self.batch.leave(PUT, (self.at, *said, self.expires_at))
