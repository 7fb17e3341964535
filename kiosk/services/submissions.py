"""Cadastro and Esqueci minha senha: read, check, hash, record in one commit, deliver, answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
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
from kiosk.domain.gates import CodeFault, Gate
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Claim, OperationKind, Outcome, Reason
from kiosk.services.answers import (
    Cancelled,
    CodeRefused,
    Decided,
    Held,
    Invalid,
    Mismatched,
    NeedsLine,
    NoKey,
    NoRoom,
    Submission,
    Waiting,
)
from kiosk.services.gates import fault_before, gate_of, take_code
from kiosk.services.identity_checks import IdentityCheck, check_identity
from kiosk.services.seals import known_key, sealed_body
from kiosk.services.tools import Tools
from kiosk.store.disks import is_disk_full
from kiosk.store.queued_operations import AlreadyWaiting, NewOperation
from kiosk.store.release_codes import TakenCode
from kiosk.store.throttles import Attempt
from kiosk.wire.messages import CredentialBody
from kiosk.wire.sealed_bodies import SealingKey

KNOWN_DOWN_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Brought:
    """What a person brings for the gate, as typed; None where they were not asked.

    Attributes:
        release_code: From the desk.
        email_code: From their mailbox.
    """

    release_code: str | None = field(default=None, repr=False)
    email_code: str | None = field(default=None, repr=False)


NOTHING = Brought()


def register(
    tools: Tools, form: RegistrationForm, cancelled: Event, brought: Brought = NOTHING
) -> Submission:
    """Ask for a 2024 account.

    Source: manual, "Cadastro".
    """
    read = read_registration(form, tools.rules, tools.clock.today())
    if not isinstance(read, NewCredential):
        return Invalid(read)
    return _submit(tools, OperationKind.REGISTER, read, brought, cancelled)


def reset_password(
    tools: Tools, form: ResetForm, cancelled: Event, brought: Brought = NOTHING
) -> Submission:
    """Ask for a new password.

    Source: manual, "Esqueci minha senha".
    """
    read = read_reset(form, tools.rules, tools.clock.today())
    if not isinstance(read, NewCredential):
        return Invalid(read)
    return _submit(tools, OperationKind.RESET, read, brought, cancelled)


def _submit(
    tools: Tools,
    kind: OperationKind,
    credential: NewCredential,
    brought: Brought,
    cancelled: Event,
) -> Submission:
    fault = fault_before(tools, brought.release_code, brought.email_code)
    if fault is not None:
        return fault if isinstance(fault, NeedsLine) else CodeRefused(fault)
    if tools.disk.state() is DiskState.FULL:
        return NoRoom()
    key = known_key(tools)
    if key is None:
        return Cancelled() if cancelled.is_set() else NoKey()
    claim = credential.claim
    try:
        attempt = tools.throttle.begin(
            one for one in (claim.identifier.value, claim.cpf) if one is not None
        )
    except BaseException as error:
        if is_disk_full(error):
            return NoRoom()
        raise
    if attempt.hold is not None:
        cancelled.wait(tools.refusal_seconds)
        return Cancelled() if cancelled.is_set() else Held()
    operation = tools.new_operation_id()
    began = tools.clock.monotonic()
    with tools.hands.holding(operation, kind):
        check = check_identity(tools, claim)
        # A copy may be older than a correction of the plan's, so where the registry can be asked,
        # it is; without it the person waits until it can, or goes to the desk.
        # Behind another gate than the manual's that gate is judged first: who brings nothing for it
        # learns nothing of whose data these are.
        is_mismatch = check is IdentityCheck.MISMATCH and gate_of(tools) is Gate.MANUAL
        if is_mismatch and not tools.worker.line().is_online:
            cancelled.wait(max(0.0, tools.refusal_seconds - (tools.clock.monotonic() - began)))
            return Cancelled() if cancelled.is_set() else Mismatched()
        password_hash = tools.hasher.hash(credential.password)
        if cancelled.is_set():
            answer: Submission = Cancelled()
        else:
            is_unverified = check is IdentityCheck.UNVERIFIED
            answer = _pass_and_deliver(
                tools,
                kind,
                claim,
                brought,
                lambda taken: _operation(
                    tools, key, operation, kind, claim, password_hash, is_unverified, taken
                ),
                cancelled,
            )
    _settle(tools, attempt, answer, check)
    return answer


def _pass_and_deliver(
    tools: Tools,
    kind: OperationKind,
    claim: Claim,
    brought: Brought,
    operation: Callable[[TakenCode | None], NewOperation],
    cancelled: Event,
) -> Submission:
    """Use the code up that the gate asks for, and deliver what passes."""
    gate = gate_of(tools)
    try:
        taken = take_code(tools, gate, kind, claim, brought.release_code, brought.email_code)
    except BaseException as error:
        if is_disk_full(error):
            return NoRoom()
        raise
    if isinstance(taken, CodeFault):
        return CodeRefused(taken)
    new = operation(taken)
    answer = _deliver(tools, new, cancelled)
    is_late = isinstance(answer, Waiting) and not answer.is_earlier
    if gate is Gate.EMAIL_CODE and is_late and tools.outbox.withdraw(new.id, tools.clock.now_ms()):
        # Ten minutes later the code is void: this would wait for a refusal.
        return NeedsLine()
    return answer


def _settle(tools: Tools, attempt: Attempt, answer: Submission, check: IdentityCheck) -> None:
    match answer:
        case Decided(outcome=Outcome.ACCEPTED):
            tools.throttle.forgive(attempt)
        case Decided(reason=Reason.IDENTITY_MISMATCH | Reason.GATE_FAILED) | CodeRefused():
            # It stays counted.
            pass
        case Waiting() if check is IdentityCheck.MISMATCH:
            # The line was lost on the way: who cuts it gets no free guesses.
            pass
        case _:
            # Proved and refused, or not answered yet: the registry counts when it is delivered.
            tools.throttle.give_back(attempt)


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
    tools: Tools,
    key: SealingKey,
    operation: UUID,
    kind: OperationKind,
    claim: Claim,
    password_hash: str,
    is_unverified: bool,
    taken: TakenCode | None,
) -> NewOperation:
    by_card = claim.identifier.kind is IdentifierKind.CARD
    identity = tools.identity
    body = CredentialBody(
        identifier_kind=claim.identifier.kind,
        identifier=claim.identifier.value,
        cpf=claim.cpf,
        birth_date=claim.birth_date,
        password_hash=password_hash,
        unverified=is_unverified,
        code=None if taken is None else taken.code,
        code_slot=None if taken is None else taken.slot,
    )
    return NewOperation(
        id=operation,
        kind=kind,
        subject=identity.subject_of(claim),
        label=_label(claim),
        body=sealed_body(tools, key, operation, kind, body),
        card_proof=identity.card_proof(claim.identifier.value) if by_card else None,
        birth_date_proof=identity.birth_date_proof(claim.birth_date),
        made_by="self",
        made_at=tools.clock.now_ms(),
        is_unverified=is_unverified,
    )


def _label(claim: Claim) -> str:
    # Who has no CPF came through Cadastro, which names them by card.
    return cards.mask(claim.identifier.value) if claim.cpf is None else cpfs.mask(claim.cpf)
