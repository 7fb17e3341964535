import errno
from collections.abc import Iterable
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
from kiosk.store.throttles import Attempt, DeviceThrottle
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


def test_a_pair_that_failed_too_often_here_asks_nobody(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(person(1, origin=Origin.APP_2024), PASSWORD)
    for _ in range(6):
        assert sign_in(tools, SignInForm(cpf(1), "outra"), go) == Refused(SignInResult.NO_MATCH)
    registry.failures.append(AssertionError())
    assert sign_in(tools, FORM, go) == Refused(SignInResult.NO_MATCH)


class CancelledWhileHeld(Event):
    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def test_one_may_leave_while_it_is_held(tools: Tools, go: Event) -> None:
    for _ in range(6):
        sign_in(tools, FORM, go)
    assert sign_in(tools, FORM, CancelledWhileHeld()) == Cancelled()


def test_five_wrong_ones_are_free_and_a_right_one_forgives(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(person(1, origin=Origin.APP_2024), PASSWORD)
    for _ in range(3):
        for _ in range(5):
            sign_in(tools, SignInForm(cpf(1), "outra"), go)
        assert isinstance(sign_in(tools, FORM, go), SignedIn)


def test_a_line_that_fails_costs_nobody_a_try(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(person(1, origin=Origin.APP_2024), PASSWORD)
    registry.failures.extend(Unreachable("x") for _ in range(30))
    for _ in range(30):
        assert sign_in(tools, FORM, go) == NeedsLine()
    assert isinstance(sign_in(tools, FORM, go), SignedIn)


def test_the_registry_says_when_an_attendant_has_to_look(tools: Tools, go: Event) -> None:
    called = Saying(SignInResponse(result="no_match", calls_attendant=True))
    answer = sign_in(with_registry(tools, called), FORM, go)
    assert answer == Refused(SignInResult.NO_MATCH, calls_attendant=True)


class BrokenThrottle(DeviceThrottle):
    def __init__(self, error: Exception) -> None:
        self._error = error

    def begin(self, typed: Iterable[str]) -> Attempt:
        raise self._error


def test_on_a_full_disk_the_registry_alone_counts(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(person(1, origin=Origin.APP_2024), PASSWORD)
    full = replace(tools, throttle=BrokenThrottle(OSError(errno.ENOSPC, "full")))
    assert isinstance(sign_in(full, FORM, go), SignedIn)
    registry.failures.append(Unreachable("x"))
    assert sign_in(full, FORM, go) == NeedsLine()


def test_what_cannot_be_counted_is_not_tried(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.failures.append(AssertionError())
    broken = replace(tools, throttle=BrokenThrottle(RuntimeError()))
    with pytest.raises(RuntimeError):
        sign_in(broken, FORM, go)
