from collections.abc import Callable

import pytest

from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.people import MembershipStatus, Origin, Person
from kiosk.domain.sign_in import (
    Candidate,
    SignInResult,
    WaysIn,
    choose_candidate,
    judge,
    ways_in,
)

MakePerson = Callable[..., Person]

CARD, CPF, EMAIL = IdentifierKind.CARD, IdentifierKind.CPF, IdentifierKind.EMAIL
NONE, LEGACY, PORTAL, APP = Origin.NONE, Origin.LEGACY_APP, Origin.PORTAL, Origin.APP_2024

AFTER_THE_RIGHT_PASSWORD = [
    (NONE, CARD, SignInResult.NO_MATCH),
    (NONE, CPF, SignInResult.NO_MATCH),
    (NONE, EMAIL, SignInResult.NO_MATCH),
    (LEGACY, CARD, SignInResult.MUST_REGISTER),
    (LEGACY, CPF, SignInResult.MUST_REGISTER),
    (LEGACY, EMAIL, SignInResult.MUST_REGISTER),
    (PORTAL, CARD, SignInResult.SIGNED_IN),
    (PORTAL, CPF, SignInResult.MUST_RESET),
    (PORTAL, EMAIL, SignInResult.MUST_RESET),
    (APP, CARD, SignInResult.SIGNED_IN),
    (APP, CPF, SignInResult.SIGNED_IN),
    (APP, EMAIL, SignInResult.SIGNED_IN),
]


@pytest.mark.parametrize(("origin", "found_by", "result"), AFTER_THE_RIGHT_PASSWORD)
def test_after_the_right_password_comes_the_truth(
    make_person: MakePerson, origin: Origin, found_by: IdentifierKind, result: SignInResult
) -> None:
    candidate = Candidate(make_person(origin=origin), found_by)
    assert judge(candidate, password_matches=True) is result


@pytest.mark.parametrize("status", MembershipStatus)
@pytest.mark.parametrize("found_by", IdentifierKind)
@pytest.mark.parametrize("origin", Origin)
def test_before_it_every_answer_is_the_same(
    make_person: MakePerson, origin: Origin, found_by: IdentifierKind, status: MembershipStatus
) -> None:
    candidate = Candidate(make_person(origin=origin, status=status), found_by)
    assert judge(candidate, password_matches=False) is SignInResult.NO_MATCH


@pytest.mark.parametrize("found_by", IdentifierKind)
@pytest.mark.parametrize(
    ("origin", "result"),
    [
        (NONE, SignInResult.NO_MATCH),
        (LEGACY, SignInResult.NOT_COVERED),
        (PORTAL, SignInResult.NOT_COVERED),
        (APP, SignInResult.NOT_COVERED),
    ],
)
def test_a_cancelled_membership_is_told_after_the_right_password(
    make_person: MakePerson, origin: Origin, found_by: IdentifierKind, result: SignInResult
) -> None:
    cancelled = make_person(origin=origin, status=MembershipStatus.CANCELLED)
    assert judge(Candidate(cancelled, found_by), password_matches=True) is result


CARD_READING = Identifier(CARD, "52998224725")
CPF_READING = Identifier(CPF, "52998224725")
EMAIL_READING = Identifier(EMAIL, "ines@exemplo.com.br")


def test_a_card_comes_before_a_cpf(make_person: MakePerson) -> None:
    by_card = make_person(card_number="52998224725", cpf=None)
    by_cpf = make_person(person_id="000456")
    found = [(CARD_READING, [by_card]), (CPF_READING, [by_cpf])]
    assert choose_candidate(found) == Candidate(by_card, CARD)


def test_a_cpf_is_tried_where_no_card_matches(make_person: MakePerson) -> None:
    by_cpf = make_person()
    found = [(CARD_READING, []), (CPF_READING, [by_cpf])]
    assert choose_candidate(found) == Candidate(by_cpf, CPF)


def test_an_address_of_one_person_finds_them(make_person: MakePerson) -> None:
    person = make_person()
    assert choose_candidate([(EMAIL_READING, [person])]) == Candidate(person, EMAIL)


@pytest.mark.parametrize("others", [[], [(CPF_READING, [])]])
def test_nobody_is_nobody(others: list[tuple[Identifier, list[Person]]]) -> None:
    assert choose_candidate(others) is None


def test_an_address_of_two_people_opens_neither(make_person: MakePerson) -> None:
    two = [make_person(), make_person(person_id="000456")]
    assert choose_candidate([(EMAIL_READING, two)]) is None


def test_an_address_known_to_be_shared_opens_nobody(make_person: MakePerson) -> None:
    assert choose_candidate([(EMAIL_READING, [make_person(email_is_shared=True)])]) is None


def test_a_shared_address_does_not_hinder_card_and_cpf(make_person: MakePerson) -> None:
    person = make_person(email_is_shared=True)
    assert choose_candidate([(CARD_READING, [person])]) == Candidate(person, CARD)
    assert choose_candidate([(CPF_READING, [person])]) == Candidate(person, CPF)


def test_two_people_behind_a_card_do_not_pass_the_question_on(make_person: MakePerson) -> None:
    two = [make_person(), make_person(person_id="000456")]
    assert choose_candidate([(CARD_READING, two), (CPF_READING, two[:1])]) is None


@pytest.mark.parametrize(
    ("origin", "card", "cpf", "email"),
    [
        (NONE, False, False, False),
        (LEGACY, False, False, False),
        (PORTAL, True, False, False),
        (APP, True, True, True),
    ],
)
def test_what_opens_an_account(
    make_person: MakePerson, origin: Origin, card: bool, cpf: bool, email: bool
) -> None:
    assert ways_in(make_person(origin=origin)) == WaysIn(card, cpf, email)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"cpf": None}, WaysIn(card=True, cpf=False, email=True)),
        ({"email": None}, WaysIn(card=True, cpf=True, email=False)),
        ({"email_is_shared": True}, WaysIn(card=True, cpf=True, email=False)),
    ],
)
def test_what_a_person_lacks_opens_nothing(
    make_person: MakePerson, other: dict[str, object], expected: WaysIn
) -> None:
    assert ways_in(make_person(origin=APP, **other)) == expected


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("found_by", IdentifierKind)
def test_what_is_told_to_open_an_account_does_open_it(
    make_person: MakePerson, origin: Origin, found_by: IdentifierKind
) -> None:
    person = make_person(origin=origin)
    told = {CARD: ways_in(person).card, CPF: ways_in(person).cpf, EMAIL: ways_in(person).email}
    result = judge(Candidate(person, found_by), password_matches=True)
    assert told[found_by] == (result is SignInResult.SIGNED_IN)
