from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import text

from kiosk.domain.forms import Field, FieldProblem, ReceiptQuery, RegistrationForm
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.receipts import ReceiptNumber
from kiosk.services.answers import (
    Decided,
    Invalid,
    ReceiptFound,
    ReceiptState,
    ReceiptUnknown,
    Waiting,
)
from kiosk.services.receipt_queries import query_receipt
from kiosk.services.submissions import register
from kiosk.services.tools import Tools
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import ReceiptRequest, ReceiptResponse
from tests.factories import cpf, person
from tests.fakes import FakeRegistry

GOOD = "cavalo bateria grampo"
WHO = person(1)
FORM = RegistrationForm(WHO.card_number, cpf(1), False, "24/03/1950", GOOD, GOOD)
ELSEWHERE = str(ReceiptNumber("K7Q2MT", 42))


def waiting_receipt(tools: Tools) -> str:
    answer = register(replace(tools, answer_wait_seconds=0.0), FORM, Event())
    assert isinstance(answer, Waiting)
    return answer.receipt


@pytest.mark.parametrize("proof", [WHO.card_number, "24/03/1950", " 24/03/1950 "])
def test_a_waiting_operation(tools: Tools, proof: str) -> None:
    receipt = waiting_receipt(tools)
    answer = query_receipt(tools, ReceiptQuery(receipt.lower(), proof))
    assert isinstance(answer, ReceiptFound)
    assert (answer.receipt, answer.kind) == (receipt, OperationKind.REGISTER)
    assert (answer.state, answer.outcome, answer.reason) == (ReceiptState.WAITING, None, None)
    assert answer.made_at is not None
    assert answer.made_at.tzinfo is not None


def test_a_parked_operation(tools: Tools) -> None:
    receipt = waiting_receipt(tools)
    (claimed,) = tools.outbox.claim(0, limit=1, max_bytes=9**9)
    tools.outbox.park(claimed.id, "internal", 0)
    answer = query_receipt(tools, ReceiptQuery(receipt, "24/03/1950"))
    assert isinstance(answer, ReceiptFound)
    assert answer.state is ReceiptState.PARKED


def test_a_decided_operation(tools: Tools, registry: FakeRegistry) -> None:
    tools.worker.start()
    decided = register(tools, FORM, Event())
    assert isinstance(decided, Decided)
    answer = query_receipt(tools, ReceiptQuery(decided.receipt, WHO.card_number))
    assert isinstance(answer, ReceiptFound)
    assert answer.state is ReceiptState.DECIDED
    assert (answer.outcome, answer.reason) == (Outcome.REJECTED, Reason.IDENTITY_MISMATCH)


def test_an_accepted_one_has_no_reason(tools: Tools, registry: FakeRegistry) -> None:
    registry.add(WHO)
    tools.worker.start()
    decided = register(tools, FORM, Event())
    assert isinstance(decided, Decided)
    answer = query_receipt(tools, ReceiptQuery(decided.receipt, WHO.card_number))
    assert isinstance(answer, ReceiptFound)
    assert (answer.outcome, answer.reason) == (Outcome.ACCEPTED, None)


def test_a_wrong_proof_is_like_no_receipt(tools: Tools) -> None:
    receipt = waiting_receipt(tools)
    wrong = query_receipt(tools, ReceiptQuery(receipt, "25/03/1950"))
    unknown = query_receipt(tools, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert wrong == unknown == ReceiptUnknown(line_is_down=False)


@pytest.mark.parametrize("failure", [Unreachable("x"), NotAuthorised(), NotUnderstood(422)])
def test_another_devices_receipt_needs_the_line(
    failure: Exception, tools: Tools, registry: FakeRegistry
) -> None:
    registry.failures.append(failure)
    answer = query_receipt(tools, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert answer == ReceiptUnknown(line_is_down=True)


def test_without_a_key_to_seal_to_nothing_is_asked(tools: Tools, registry: FakeRegistry) -> None:
    with tools.outbox.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'registry_keys'")
    deaf = replace(tools, keys=RegistryKeys(tools.outbox.engine))
    registry.failures.append(Unreachable("x"))
    answer = query_receipt(deaf, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert answer == ReceiptUnknown(line_is_down=True)


class Telling(FakeRegistry):
    def __init__(self, response: ReceiptResponse) -> None:
        super().__init__()
        self._response = response

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        return self._response


KNOWN = {"kind": "reset", "outcome": "rejected", "reason": "superseded", "made_at": 1}


def test_the_registry_knows_receipts_of_other_devices(tools: Tools) -> None:
    telling = replace(tools, registry=Telling(ReceiptResponse(**KNOWN)))  # type: ignore[arg-type]
    answer = query_receipt(telling, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert isinstance(answer, ReceiptFound)
    assert (answer.kind, answer.reason) == (OperationKind.RESET, Reason.SUPERSEDED)


def test_without_a_reason(tools: Tools) -> None:
    known = KNOWN | {"outcome": "accepted", "reason": None}
    telling = replace(tools, registry=Telling(ReceiptResponse(**known)))  # type: ignore[arg-type]
    answer = query_receipt(telling, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert isinstance(answer, ReceiptFound)
    assert answer.outcome is Outcome.ACCEPTED


def test_a_word_of_a_later_registry_is_not_guessed_at(tools: Tools) -> None:
    known = KNOWN | {"outcome": "perhaps"}
    telling = replace(tools, registry=Telling(ReceiptResponse(**known)))  # type: ignore[arg-type]
    answer = query_receipt(telling, ReceiptQuery(ELSEWHERE, "24/03/1950"))
    assert answer == ReceiptUnknown(line_is_down=True)


def test_errors_stand_at_their_fields(tools: Tools) -> None:
    answer = query_receipt(tools, ReceiptQuery(ELSEWHERE.replace("42", "43"), ""))
    assert answer == Invalid(
        {Field.RECEIPT: FieldProblem.NOT_A_RECEIPT, Field.PROOF: FieldProblem.EMPTY}
    )


def spoil(tools: Tools, change: str) -> None:
    with tools.outbox.engine.begin() as connection:
        connection.execute(text(change))


ODD = ["CAST(x'E16263' AS TEXT)", "x'616263'", "4611686018427387904"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", ["kind", "made_at", "label", "operation", "made_by", "note"])
def test_a_receipt_that_the_disk_has_changed_still_says_where_it_stands(
    tools: Tools, column: str, odd: str
) -> None:
    receipt = waiting_receipt(tools)
    spoil(tools, f"UPDATE receipts SET {column} = {odd}")
    answer = query_receipt(tools, ReceiptQuery(receipt, "24/03/1950"))
    assert isinstance(answer, ReceiptFound)
    assert answer.state is ReceiptState.WAITING
    assert (answer.kind is None) == (column == "kind")
    assert (answer.made_at is None) == (column == "made_at")


@pytest.mark.parametrize("column", ["parked_reason", "kind", "receipt", "label"])
def test_a_queue_that_the_disk_has_changed_still_says_where_it_stands(
    tools: Tools, column: str
) -> None:
    receipt = waiting_receipt(tools)
    spoil(tools, f"UPDATE outbox SET {column} = CAST(x'E16263' AS TEXT)")
    assert isinstance(query_receipt(tools, ReceiptQuery(receipt, "24/03/1950")), ReceiptFound)


@pytest.mark.parametrize("odd", ODD)
def test_where_the_disk_has_changed_the_answer_the_registry_is_asked(
    tools: Tools, registry: FakeRegistry, odd: str
) -> None:
    tools.worker.start()
    decided = register(tools, FORM, Event())
    assert isinstance(decided, Decided)
    spoil(tools, f"UPDATE receipts SET outcome = {odd}")
    answer = query_receipt(tools, ReceiptQuery(decided.receipt, WHO.card_number))
    assert isinstance(answer, ReceiptFound)
    assert (answer.outcome, answer.reason) == (Outcome.REJECTED, Reason.IDENTITY_MISMATCH)
    registry.failures.append(Unreachable("ConnectError"))
    answer = query_receipt(tools, ReceiptQuery(decided.receipt, WHO.card_number))
    assert answer == ReceiptUnknown(line_is_down=True)


@pytest.mark.parametrize("odd", ["CAST(x'E16263' AS TEXT)", "'abc'", "x''"])
def test_a_proof_that_the_disk_has_changed_opens_nothing(tools: Tools, odd: str) -> None:
    receipt = waiting_receipt(tools)
    spoil(tools, f"UPDATE receipts SET birth_date_proof = {odd}")
    answer = query_receipt(tools, ReceiptQuery(receipt, "24/03/1950"))
    assert answer == ReceiptUnknown(line_is_down=False)
    assert isinstance(query_receipt(tools, ReceiptQuery(receipt, WHO.card_number)), ReceiptFound)


@pytest.mark.parametrize("by", ["NULL", "1", "'abc'", "CAST(x'E16263' AS TEXT)"])
def test_a_receipt_that_replaces_itself_or_nothing_waits(tools: Tools, by: str) -> None:
    receipt = waiting_receipt(tools)
    spoil(tools, f"UPDATE receipts SET outcome = 'replaced', replaced_by = {by}")
    answer = query_receipt(tools, ReceiptQuery(receipt, "24/03/1950"))
    assert isinstance(answer, ReceiptFound)
    assert answer.state is ReceiptState.WAITING
