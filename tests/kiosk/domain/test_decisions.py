from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from kiosk.domain.decisions import MAX_SEEN_AGE_SECONDS, Bars, belongs_together, decide
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import (
    ACCEPTED,
    Claim,
    Decision,
    OperationKind,
    Reason,
    Seen,
    quarantined,
    rejected,
)
from kiosk.domain.people import MembershipStatus, Origin, Person

MakePerson = Callable[..., Person]

REGISTER, RESET, SET_EMAIL = OperationKind.REGISTER, OperationKind.RESET, OperationKind.SET_EMAIL
BY_CARD = Claim(
    Identifier(IdentifierKind.CARD, "0012345678"), cpf="52998224725", birth_date=date(1960, 3, 24)
)
BY_EMAIL = replace(BY_CARD, identifier=Identifier(IdentifierKind.EMAIL, "ines@exemplo.com.br"))
BY_CPF = replace(BY_CARD, identifier=Identifier(IdentifierKind.CPF, "52998224725"))
NOW = Seen(position=0, age_seconds=None, acted_now=True)
LATELY = Seen(position=50, age_seconds=60.0)
NEVER = Seen(position=0, age_seconds=None)
HERE, ELSEWHERE = "K7Q2MT", "X0PKJQ"


@pytest.mark.parametrize("seen", [NOW, LATELY, NEVER], ids=["now", "lately", "never"])
@pytest.mark.parametrize(
    ("kind", "origin", "decision"),
    [
        (REGISTER, Origin.NONE, ACCEPTED),
        (REGISTER, Origin.LEGACY_APP, ACCEPTED),
        (REGISTER, Origin.PORTAL, ACCEPTED),
        (REGISTER, Origin.APP_2024, rejected(Reason.ALREADY_REGISTERED)),
        (RESET, Origin.NONE, rejected(Reason.NOT_REGISTERED)),
        (RESET, Origin.LEGACY_APP, rejected(Reason.NOT_REGISTERED)),
        (RESET, Origin.PORTAL, ACCEPTED),
        (RESET, Origin.APP_2024, ACCEPTED),
        (SET_EMAIL, Origin.NONE, ACCEPTED),
        (SET_EMAIL, Origin.LEGACY_APP, ACCEPTED),
        (SET_EMAIL, Origin.PORTAL, ACCEPTED),
        (SET_EMAIL, Origin.APP_2024, ACCEPTED),
    ],
)
def test_the_standing_of_the_account_decides(
    make_person: MakePerson, kind: OperationKind, origin: Origin, decision: Decision, seen: Seen
) -> None:
    assert decide(kind, BY_CARD, make_person(origin=origin), seen=seen, device=HERE) == decision


CHANGES = [
    # changed at, changed by, seen, overtaken
    (0, None, LATELY, False),
    (50, ELSEWHERE, LATELY, False),
    (51, ELSEWHERE, LATELY, True),
    (51, None, LATELY, True),
    (51, HERE, LATELY, False),
    (1, ELSEWHERE, NEVER, True),
    (1, None, NEVER, True),
    (1, HERE, NEVER, False),
    (51, ELSEWHERE, NOW, False),
    (51, None, NOW, False),
]


@pytest.mark.parametrize(("changed_at", "changed_by", "seen", "overtaken"), CHANGES)
@pytest.mark.parametrize("origin", [Origin.PORTAL, Origin.APP_2024])
def test_a_reset_is_superseded_by_what_the_device_had_not_seen(
    make_person: MakePerson,
    origin: Origin,
    changed_at: int,
    changed_by: str | None,
    seen: Seen,
    overtaken: bool,
) -> None:
    person = make_person(
        origin=origin, credential_changed_at=changed_at, credential_changed_by=changed_by
    )
    expected = rejected(Reason.SUPERSEDED) if overtaken else ACCEPTED
    assert decide(RESET, BY_CARD, person, seen=seen, device=HERE) == expected


@pytest.mark.parametrize(("changed_at", "changed_by", "seen", "overtaken"), CHANGES)
def test_an_email_changed_meanwhile_stays(
    make_person: MakePerson, changed_at: int, changed_by: str | None, seen: Seen, overtaken: bool
) -> None:
    person = make_person(email_changed_at=changed_at, email_changed_by=changed_by)
    expected = rejected(Reason.CHANGED_MEANWHILE) if overtaken else ACCEPTED
    assert decide(SET_EMAIL, BY_CARD, person, seen=seen, device=HERE) == expected


@pytest.mark.parametrize(("present", "overtaken"), [(6, False), (7, False), (8, True)])
@pytest.mark.parametrize("seen", [NEVER, LATELY, NOW])
def test_people_of_one_device_come_in_the_order_in_which_they_acted(
    make_person: MakePerson, seen: Seen, present: int, overtaken: bool
) -> None:
    person = make_person(
        origin=Origin.APP_2024,
        credential_changed_at=51,
        credential_changed_by=HERE,
        email_changed_at=51,
        email_changed_by=HERE,
        credential_sequence=present,
        email_sequence=present,
    )
    acted = replace(seen, sequence=7)
    for kind, reason in ((RESET, Reason.SUPERSEDED), (SET_EMAIL, Reason.CHANGED_MEANWHILE)):
        expected = rejected(reason) if overtaken else ACCEPTED
        assert decide(kind, BY_CARD, person, seen=acted, device=HERE) == expected


def test_a_new_password_does_not_hinder_a_new_email_nor_the_reverse(
    make_person: MakePerson,
) -> None:
    new_password = make_person(
        origin=Origin.APP_2024, credential_changed_at=51, credential_changed_by=ELSEWHERE
    )
    new_email = make_person(origin=Origin.APP_2024, email_changed_at=51, email_changed_by=ELSEWHERE)
    assert decide(SET_EMAIL, BY_CARD, new_password, seen=LATELY, device=HERE) == ACCEPTED
    assert decide(RESET, BY_CARD, new_email, seen=LATELY, device=HERE) == ACCEPTED


@pytest.mark.parametrize("origin", [Origin.NONE, Origin.LEGACY_APP, Origin.PORTAL])
def test_a_registration_is_never_superseded(make_person: MakePerson, origin: Origin) -> None:
    person = make_person(origin=origin, credential_changed_at=51, credential_changed_by=ELSEWHERE)
    assert decide(REGISTER, BY_CARD, person, seen=LATELY, device=HERE) == ACCEPTED


def test_a_shared_address_is_accepted(make_person: MakePerson) -> None:
    person = make_person(email_is_shared=True)
    assert decide(SET_EMAIL, BY_CARD, person, seen=NOW, device=HERE) == ACCEPTED


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize(
    ("seen", "decision"),
    [
        (Seen(50, MAX_SEEN_AGE_SECONDS + 1.0), quarantined(Reason.STALE)),
        (Seen(50, MAX_SEEN_AGE_SECONDS), ACCEPTED),
        (Seen(50, MAX_SEEN_AGE_SECONDS + 1.0, acted_now=True), ACCEPTED),
        (Seen(0, None, is_known=False), quarantined(Reason.UNKNOWN_CURSOR)),
        (Seen(0, None, is_known=False, acted_now=True), ACCEPTED),
    ],
)
def test_what_rests_on_old_or_foreign_knowledge_waits_for_a_supervisor(
    make_person: MakePerson, kind: OperationKind, seen: Seen, decision: Decision
) -> None:
    origin = Origin.NONE if kind is REGISTER else Origin.APP_2024
    assert decide(kind, BY_CARD, make_person(origin=origin), seen=seen, device=HERE) == decision


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("seen", [NOW, LATELY, Seen(0, None, is_known=False)])
@pytest.mark.parametrize("is_known", [True, False])
def test_what_a_revoked_device_delivers_waits_for_a_supervisor(
    make_person: MakePerson, kind: OperationKind, seen: Seen, is_known: bool
) -> None:
    person = make_person() if is_known else None
    decision = decide(kind, BY_CARD, person, seen=seen, device=HERE, is_revoked=True)
    assert decision == quarantined(Reason.DEVICE_REVOKED)


def test_thirty_days_are_the_limit() -> None:
    assert MAX_SEEN_AGE_SECONDS == 30 * 86_400


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("origin", Origin)
def test_nobody_found_is_a_mismatch(kind: OperationKind, origin: Origin) -> None:
    decision = decide(kind, BY_CARD, None, seen=NOW, device=HERE)
    assert decision == rejected(Reason.IDENTITY_MISMATCH)


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("status", MembershipStatus)
@pytest.mark.parametrize(
    "other",
    [
        {"card_number": "0012345679"},
        {"cpf": "11144477735"},
        {"cpf": None},
        {"birth_date": date(1960, 3, 25)},
    ],
    ids=["card", "cpf", "no cpf on record", "birth date"],
)
def test_what_does_not_belong_together_is_a_mismatch_whatever_the_account(
    make_person: MakePerson,
    kind: OperationKind,
    origin: Origin,
    status: MembershipStatus,
    other: dict[str, object],
) -> None:
    person = make_person(origin=origin, status=status, **other)
    decision = decide(kind, BY_CARD, person, seen=NOW, device=HERE)
    assert decision == rejected(Reason.IDENTITY_MISMATCH)


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("origin", Origin)
def test_a_cancelled_membership_is_not_covered(
    make_person: MakePerson, kind: OperationKind, origin: Origin
) -> None:
    person = make_person(
        origin=origin,
        status=MembershipStatus.CANCELLED,
        credential_changed_at=51,
        email_changed_at=51,
    )
    decision = decide(kind, BY_CARD, person, seen=LATELY, device=HERE)
    assert decision == rejected(Reason.NOT_COVERED)


@pytest.mark.parametrize(
    ("kind", "claim", "belongs"),
    [
        (REGISTER, BY_CARD, True),
        (RESET, BY_CARD, True),
        (SET_EMAIL, BY_CARD, True),
        (REGISTER, BY_EMAIL, False),
        (RESET, BY_EMAIL, True),
        (SET_EMAIL, BY_EMAIL, True),
        (REGISTER, BY_CPF, False),
        (RESET, BY_CPF, False),
        (SET_EMAIL, BY_CPF, False),
    ],
)
def test_cadastro_names_the_card_and_the_reset_card_or_email(
    make_person: MakePerson, kind: OperationKind, claim: Claim, belongs: bool
) -> None:
    assert belongs_together(kind, claim, make_person()) is belongs


@pytest.mark.parametrize("kind", [RESET, SET_EMAIL])
@pytest.mark.parametrize("email", [None, "outra@exemplo.com.br"])
def test_another_address_or_none_does_not_belong(
    make_person: MakePerson, kind: OperationKind, email: str | None
) -> None:
    assert not belongs_together(kind, BY_EMAIL, make_person(email=email))


def test_a_shared_address_serves_in_the_reset_with_the_cpf(make_person: MakePerson) -> None:
    person = make_person(origin=Origin.APP_2024, email_is_shared=True)
    assert decide(RESET, BY_EMAIL, person, seen=NOW, device=HERE) == ACCEPTED
    other = make_person(origin=Origin.APP_2024, email_is_shared=True, cpf="11144477735")
    decision = decide(RESET, BY_EMAIL, other, seen=NOW, device=HERE)
    assert decision == rejected(Reason.IDENTITY_MISMATCH)


@pytest.mark.parametrize(
    ("kind", "recorded", "belongs"),
    [
        (REGISTER, None, True),
        (REGISTER, "52998224725", False),
        (RESET, None, False),
        (RESET, "52998224725", False),
        (SET_EMAIL, None, True),
        (SET_EMAIL, "52998224725", False),
    ],
)
def test_possessing_no_cpf_is_believed_only_of_who_has_none(
    make_person: MakePerson, kind: OperationKind, recorded: str | None, belongs: bool
) -> None:
    claim = replace(BY_CARD, cpf=None)
    assert belongs_together(kind, claim, make_person(cpf=recorded)) is belongs


BEFORE, AFTER = Bars(before=Reason.GATE_FAILED), Bars(after=Reason.THROTTLED)


@pytest.mark.parametrize(
    ("kind", "changes", "seen", "bars", "decision"),
    [
        # Before anything of the person is looked at, and after an operation is kept aside.
        (RESET, {}, NOW, BEFORE, rejected(Reason.GATE_FAILED)),
        (RESET, {"birth_date": date(1999, 1, 1)}, NOW, BEFORE, rejected(Reason.GATE_FAILED)),
        (RESET, {"status": MembershipStatus.CANCELLED}, NOW, BEFORE, rejected(Reason.GATE_FAILED)),
        (RESET, {}, Seen(0, None, is_known=False), BEFORE, quarantined(Reason.UNKNOWN_CURSOR)),
        # Of what would be accepted alone.
        (RESET, {}, NOW, AFTER, rejected(Reason.THROTTLED)),
        (SET_EMAIL, {}, NOW, AFTER, rejected(Reason.THROTTLED)),
        (RESET, {"origin": Origin.NONE}, NOW, AFTER, rejected(Reason.NOT_REGISTERED)),
        (RESET, {"birth_date": date(1999, 1, 1)}, NOW, AFTER, rejected(Reason.IDENTITY_MISMATCH)),
    ],
)
def test_what_stands_in_the_way_is_told_at_its_place(
    make_person: MakePerson,
    kind: OperationKind,
    changes: dict[str, object],
    seen: Seen,
    bars: Bars,
    decision: Decision,
) -> None:
    person = make_person(**({"origin": Origin.APP_2024} | changes))
    assert decide(kind, BY_CARD, person, seen=seen, device=HERE, bars=bars) == decision
    if bars.before is not None:
        assert decide(kind, BY_CARD, None, seen=seen, device=HERE, bars=bars) == decision
