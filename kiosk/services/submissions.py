"""Cadastro and Esqueci minha senha: read, hash, record in one commit, deliver, answer."""

from threading import Event
from uuid import UUID

from kiosk.domain import cards, cpfs
from kiosk.domain.disks import DiskState
from kiosk.domain.forms import (
    NewCredential,
    RegistrationForm,
    ResetForm,
    read_registration,
    read_reset,
)
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.services.answers import Cancelled, Decided, Invalid, NoRoom, Submission, Waiting
from kiosk.services.tools import Tools
from kiosk.store.disks import is_disk_full
from kiosk.store.queued_operations import AlreadyWaiting, NewOperation
from kiosk.wire.messages import CredentialBody, encode

KNOWN_DOWN_WAIT_SECONDS = 2.0


def register(tools: Tools, form: RegistrationForm, cancelled: Event) -> Submission:
    """Ask for a 2024 account.

    Source: manual, "Cadastro".
    """
    read = read_registration(form, tools.rules, tools.clock.today())
    if not isinstance(read, NewCredential):
        return Invalid(read)
    return _submit(tools, OperationKind.REGISTER, read, cancelled)


def reset_password(tools: Tools, form: ResetForm, cancelled: Event) -> Submission:
    """Ask for a new password.

    Source: manual, "Esqueci minha senha".
    """
    read = read_reset(form, tools.rules, tools.clock.today())
    if not isinstance(read, NewCredential):
        return Invalid(read)
    return _submit(tools, OperationKind.RESET, read, cancelled)


def _submit(
    tools: Tools, kind: OperationKind, credential: NewCredential, cancelled: Event
) -> Submission:
    if tools.disk.state() is DiskState.FULL:
        return NoRoom()
    operation = tools.new_operation_id()
    with tools.hands.holding(operation, kind):
        password_hash = tools.hasher.hash(credential.password)
        if cancelled.is_set():
            return Cancelled()
        new = _operation(tools, operation, kind, credential.claim, password_hash)
        return _deliver(tools, new, cancelled)


def _deliver(tools: Tools, new: NewOperation, cancelled: Event) -> Submission:
    # Expected before it is recorded: the worker may deliver it before this thread goes on.
    tools.worker.deliveries.expect(new.id)
    try:
        recorded = tools.outbox.record(new)
    except BaseException as error:
        tools.worker.deliveries.forget(new.id)
        if is_disk_full(error):
            return NoRoom()
        raise
    if isinstance(recorded, AlreadyWaiting):
        tools.worker.deliveries.forget(new.id)
        tools.worker.hurry()
        return Waiting(recorded.receipt, is_earlier=True)
    tools.worker.hurry(new.id)
    return _await_answer(tools, new.id, recorded.receipt, cancelled)


def _await_answer(tools: Tools, operation: UUID, receipt: str, cancelled: Event) -> Submission:
    is_down = tools.worker.line().is_online is False
    patience = tools.answer_wait_seconds
    settlement = tools.worker.deliveries.wait(
        operation, min(patience, KNOWN_DOWN_WAIT_SECONDS) if is_down else patience, cancelled
    )
    if settlement is not None:
        return Decided(receipt, settlement.outcome, settlement.reason)
    if cancelled.is_set():
        if tools.outbox.withdraw(operation, tools.clock.now_ms()):
            return Cancelled()
        return Waiting(receipt, cancel_came_late=True)
    return Waiting(receipt)


def _operation(
    tools: Tools, operation: UUID, kind: OperationKind, claim: Claim, password_hash: str
) -> NewOperation:
    by_card = claim.identifier.kind is IdentifierKind.CARD
    identity = tools.identity
    return NewOperation(
        id=operation,
        kind=kind,
        subject=identity.subject_of(claim),
        label=_label(claim),
        body=encode(
            CredentialBody(
                identifier_kind=claim.identifier.kind,
                identifier=claim.identifier.value,
                cpf=claim.cpf,
                birth_date=claim.birth_date,
                password_hash=password_hash,
            )
        ),
        card_proof=identity.card_proof(claim.identifier.value) if by_card else None,
        birth_date_proof=identity.birth_date_proof(claim.birth_date),
        made_by="self",
        made_at=tools.clock.now_ms(),
    )


def _label(claim: Claim) -> str:
    # Who has no CPF came through Cadastro, which names them by card.
    return cards.mask(claim.identifier.value) if claim.cpf is None else cpfs.mask(claim.cpf)
