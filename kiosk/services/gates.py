"""The gate before Cadastro and the reset: what it asks for here, and the codes that pass it."""

from collections.abc import Callable
from threading import Event

from kiosk.domain import email_codes
from kiosk.domain.forms import (
    Field,
    FieldProblem,
    Problems,
    RegistrationForm,
    ResetForm,
    read_card,
    read_claim,
    read_cpf,
)
from kiosk.domain.gates import CodeFault, Gate
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import VALID_MINUTES, Release, read
from kiosk.services.answers import (
    Cancelled,
    CodeGiven,
    CodeNotGiven,
    CodeOnItsWay,
    EmailCodeAnswer,
    Invalid,
    KioskHere,
    NeedsLine,
    NoRoom,
    ReleaseAnswer,
    ReleaseForm,
)
from kiosk.services.seals import known_key, sealed_code_request, sealed_release_request
from kiosk.services.tools import Tools
from kiosk.store.disks import is_disk_full
from kiosk.store.release_codes import TakenCode
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import CodeBody, ReleaseBody


def gate_of(tools: Tools) -> Gate:
    """Return what has to be passed at this device, as the registry last told, also without line."""
    return tools.gates.gate()


def kiosks_here(tools: Tools) -> tuple[KioskHere, ...]:
    """Return the kiosks for which this desk can give codes without line, by name."""
    here = (KioskHere(one.kiosk, one.name) for one in tools.gates.kiosks() if one.pair)
    return tuple(sorted(here, key=lambda one: (one.name.casefold(), one.code)))


def fault_before(
    tools: Tools, release_code: str | None, email_code: str | None
) -> CodeFault | NeedsLine | None:
    """Return what is seen to be wrong with what was brought, before anything is used up."""
    gate = gate_of(tools)
    if gate is Gate.MANUAL:
        return None
    if gate is Gate.ATTENDANT:
        return _fault(release_code, read)
    fault = _fault(email_code, email_codes.read)
    is_down = tools.worker.line().is_online is False
    return NeedsLine() if fault is None and is_down else fault


def take_code(
    tools: Tools,
    gate: Gate,
    kind: OperationKind,
    claim: Claim,
    release_code: str | None,
    email_code: str | None,
) -> TakenCode | CodeFault | None:
    """Use up what the gate asks for; None where it asks for nothing."""
    if gate is Gate.MANUAL:
        return None
    if gate is Gate.ATTENDANT:
        return tools.codes.take(kind, claim, release_code or "")
    # Only the registry knows it.
    return TakenCode(email_code or "", None)


def request_email_code(
    tools: Tools, form: RegistrationForm | ResetForm, cancelled: Event
) -> EmailCodeAnswer:
    """Have six digits sent to the address on file; whoever is named, the answer is one.

    Args:
        tools: The running device.
        form: As typed so far; its passwords do not matter yet.
        cancelled: Looked at before anything is sent.
    """
    claim = read_claim(form, tools.rules, tools.clock.today())
    if not isinstance(claim, Claim):
        return Invalid(claim)
    if cancelled.is_set():
        return Cancelled()
    key = known_key(tools)
    if key is None:
        return NeedsLine()
    is_reset = isinstance(form, ResetForm)
    body = CodeBody(
        purpose=OperationKind.RESET if is_reset else OperationKind.REGISTER,
        identifier_kind=claim.identifier.kind,
        identifier=claim.identifier.value,
        cpf=claim.cpf,
        birth_date=claim.birth_date,
    )
    try:
        tools.registry.request_code(sealed_code_request(tools, key, body))
    except (Unreachable, NotAuthorised, NotUnderstood):
        return NeedsLine()
    return CodeOnItsWay()


def give_release_code(tools: Tools, form: ReleaseForm) -> ReleaseAnswer:
    """Give a code for one person, one purpose and one kiosk, with the line or without.

    With it the registry makes the code, and its audit says who asked.
    """
    named = _named(tools, form)
    if not isinstance(named, Identifier):
        return Invalid(named)
    is_cpf = named.kind is IdentifierKind.CPF
    key = known_key(tools)
    if key is not None and tools.worker.line().is_online is not False:
        body = ReleaseBody(
            kiosk=form.kiosk,
            purpose=form.purpose,
            cpf=named.value if is_cpf else None,
            card_number=None if is_cpf else named.value,
        )
        try:
            given = tools.registry.release(sealed_release_request(tools, key, body))
        except (NotAuthorised, NotUnderstood):
            return CodeNotGiven()
        except Unreachable:
            # Made here then, where the keys are.
            pass
        else:
            return CodeGiven(given.code, given.valid_minutes)
    wanted = Release(form.kiosk, form.purpose, f"{named.kind}:{named.value}")
    try:
        code = tools.codes.make(wanted)
    except BaseException as error:
        if is_disk_full(error):
            return NoRoom()
        raise
    return NeedsLine() if code is None else CodeGiven(code, VALID_MINUTES)


def _named(tools: Tools, form: ReleaseForm) -> Identifier | Problems:
    if form.has_no_cpf:
        card = read_card(form.card, tools.rules)
        if isinstance(card, FieldProblem):
            return {Field.CARD: card}
        return Identifier(IdentifierKind.CARD, card)
    cpf = read_cpf(form.cpf)
    if isinstance(cpf, FieldProblem):
        return {Field.CPF: cpf}
    return Identifier(IdentifierKind.CPF, cpf)


def _fault(typed: str | None, reading: Callable[[str], str | None]) -> CodeFault | None:
    if typed is None or not typed.strip():
        return CodeFault.MISSING
    return CodeFault.MALFORMED if reading(typed) is None else None
