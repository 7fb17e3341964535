"""Consultar recibo: what became of an operation, made here or at another device."""

from kiosk.clocks import local_time
from kiosk.domain.forms import ReceiptClaim, ReceiptQuery, read_receipt_query
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.services.answers import (
    Invalid,
    ReceiptAnswer,
    ReceiptFound,
    ReceiptState,
    ReceiptUnknown,
)
from kiosk.services.readings import known_word, possible_time
from kiosk.services.seals import known_key, sealed_receipt_query
from kiosk.services.tools import Tools
from kiosk.store.receipt_ledgers import LedgerEntry
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import ReceiptBody, ReceiptResponse


def query_receipt(tools: Tools, query: ReceiptQuery) -> ReceiptAnswer:
    """Tell what became of a receipt, to whoever knows its card or date of birth."""
    claim = read_receipt_query(query, tools.rules, tools.clock.today())
    if not isinstance(claim, ReceiptClaim):
        return Invalid(claim)
    receipt = str(claim.number)
    entry = tools.ledger.find(claim.number, claim.card_number, claim.birth_date)
    if entry is not None:
        found = _from_ledger(receipt, entry)
        if found is not None:
            return found
    key = known_key(tools)
    if key is None:
        return ReceiptUnknown(line_is_down=True)
    body = ReceiptBody(receipt=receipt, card_number=claim.card_number, birth_date=claim.birth_date)
    try:
        response = tools.registry.query_receipt(sealed_receipt_query(tools, key, body))
    except (Unreachable, NotAuthorised, NotUnderstood):
        return ReceiptUnknown(line_is_down=True)
    return _from_registry(receipt, response)


def _from_ledger(receipt: str, entry: LedgerEntry) -> ReceiptFound | None:
    """Return what this device knows; None where the disk has made its last word unreadable."""
    outcome = known_word(Outcome, entry.outcome)
    if entry.outcome is not None:
        if outcome is None:
            return None
        state = ReceiptState.DECIDED
    else:
        state = ReceiptState.PARKED if entry.is_parked else ReceiptState.WAITING
    return ReceiptFound(
        receipt=receipt,
        kind=known_word(OperationKind, entry.kind),
        made_at=possible_time(entry.made_at),
        state=state,
        outcome=outcome,
        reason=known_word(Reason, entry.reason),
    )


def _from_registry(receipt: str, response: ReceiptResponse) -> ReceiptAnswer:
    if response.kind is None or response.outcome is None or response.made_at is None:
        return ReceiptUnknown(line_is_down=False)
    try:
        return ReceiptFound(
            receipt=receipt,
            kind=OperationKind(response.kind),
            made_at=local_time(response.made_at),
            state=ReceiptState.DECIDED,
            outcome=Outcome(response.outcome),
            reason=None if response.reason is None else Reason(response.reason),
        )
    except ValueError:
        # A word of a later registry, which this program cannot tell anybody.
        return ReceiptUnknown(line_is_down=True)
