from dataclasses import replace
from threading import Event

import pytest

from kiosk.domain.forms import Field, FieldProblem, SignInForm
from kiosk.domain.people import Origin
from kiosk.domain.sign_in import SignInResult, WaysIn
from kiosk.services.answers import (
    Account,
    Cancelled,
    Invalid,
    NeedsLine,
    Refused,
    SignedIn,
)
from kiosk.services.sign_ins import sign_in
from kiosk.services.tools import Tools
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import SignInRequest, SignInResponse
from tests.factories import cpf, person
from tests.fakes import FakeRegistry

PASSWORD = "cavalo bateria grampo"
FORM = SignInForm(cpf(1), PASSWORD)


@pytest.fixture
def go() -> Event:
    return Event()


def test_the_right_password_opens(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    who = person(1, origin=Origin.APP_2024, email="joana@exemplo.br", social_name="Jô")
    registry.add(who, PASSWORD)
    assert sign_in(tools, FORM, go) == SignedIn(
        Account("Jô", who.card_number, WaysIn(True, True, True), "j•••a@exemplo.br")
    )


def test_the_wrong_one_does_not(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(person(1, origin=Origin.APP_2024), "outra")
    assert sign_in(tools, FORM, go) == Refused(SignInResult.NO_MATCH)


def test_a_pointer_comes_after_the_right_password(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(person(1, origin=Origin.PORTAL), PASSWORD)
    assert sign_in(tools, FORM, go) == Refused(SignInResult.MUST_RESET)


@pytest.mark.parametrize("failure", [Unreachable("x"), NotAuthorised(), NotUnderstood(422)])
def test_without_the_registry_nobody_is_let_in(
    failure: Exception, tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.failures.append(failure)
    assert sign_in(tools, FORM, go) == NeedsLine()


class Saying(FakeRegistry):
    def __init__(self, response: SignInResponse, cancels: Event | None = None) -> None:
        super().__init__()
        self._response = response
        self._cancels = cancels

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        if self._cancels is not None:
            self._cancels.set()
        self._fail()
        return self._response


@pytest.mark.parametrize("result", ["signed_in", "a later word"])
def test_an_answer_that_is_not_understood_lets_nobody_in(
    result: str, tools: Tools, go: Event
) -> None:
    odd = with_registry(tools, Saying(SignInResponse(result=result)))
    assert sign_in(odd, FORM, go) == NeedsLine()


def test_cancelled_before_and_while_asking(tools: Tools, go: Event) -> None:
    asked = with_registry(tools, Saying(SignInResponse(result="no_match"), cancels=go))
    assert sign_in(asked, FORM, go) == Cancelled()
    assert sign_in(asked, FORM, go) == Cancelled()


def test_cancelled_while_the_line_fails(tools: Tools, go: Event) -> None:
    failing = Saying(SignInResponse(result="no_match"), cancels=go)
    failing.failures.append(Unreachable("x"))
    assert sign_in(with_registry(tools, failing), FORM, go) == Cancelled()


def test_a_form_with_errors_asks_nobody(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.failures.append(AssertionError())
    assert sign_in(tools, SignInForm("", ""), go) == Invalid(
        {Field.IDENTIFIER: FieldProblem.EMPTY, Field.PASSWORD: FieldProblem.EMPTY}
    )


def test_personal_data_is_in_no_repr() -> None:
    account = Account("Jô", "000123", WaysIn(True, True, True), "j•••a@exemplo.br")
    assert PASSWORD not in repr(FORM)
    assert "000123" not in repr(SignedIn(account))
    assert "exemplo" not in repr(SignedIn(account))


def with_registry(tools: Tools, registry: FakeRegistry) -> Tools:
    return replace(tools, registry=ObservedRegistry(registry, tools.worker))
