"""The gate of this device: what it asks for, offline too, and the codes that pass it."""

import errno
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import msgspec
import pytest

from kiosk.domain.forms import Field, FieldProblem, RegistrationForm, ResetForm
from kiosk.domain.gates import CodeFault, Gate
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Origin
from kiosk.domain.release_codes import Release, make, written
from kiosk.services.answers import (
    Cancelled,
    CodeGiven,
    CodeNotGiven,
    CodeOnItsWay,
    CodeRefused,
    Decided,
    Held,
    Invalid,
    KioskHere,
    NeedsLine,
    NoRoom,
    ReleaseForm,
    Waiting,
)
from kiosk.services.gates import gate_of, give_release_code, kiosks_here, request_email_code
from kiosk.services.submissions import NOTHING, Brought, register, reset_password
from kiosk.services.tools import Tools
from kiosk.store.kept_gates import HeldKey, KeptGate
from kiosk.store.release_codes import ReleaseCodes
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import CredentialBody
from tests.factories import cpf, person
from tests.fakes import FakeRegistry
from tests.seals import opened

GOOD = "cavalo bateria grampo"
WHO = person(1)
FORM = RegistrationForm(WHO.card_number, cpf(1), False, "24/03/1950", GOOD, GOOD)
RESET = ResetForm(WHO.card_number, cpf(1), "24/03/1950", GOOD, GOOD)
RELEASE = ReleaseForm("BBBBBB", OperationKind.RESET, cpf(1))
Act = Callable[[Brought], object]


@pytest.fixture
def go() -> Event:
    return Event()


@pytest.fixture
def attendant(tools: Tools, registry: FakeRegistry) -> Tools:
    """A kiosk that has its key; its worker does not run."""
    registry.gates[tools.identity.code] = Gate.ATTENDANT
    hand_over(tools, registry)
    return tools


@pytest.fixture
def by_email(tools: Tools, registry: FakeRegistry) -> Tools:
    registry.gates[tools.identity.code] = Gate.EMAIL_CODE
    hand_over(tools, registry)
    return tools


def hand_over(tools: Tools, registry: FakeRegistry) -> None:
    code = tools.identity.code
    keys = [(one, registry.release_keys(one)) for one in registry.kiosks_of(code)]
    is_desk = code in registry.desks
    tools.gates.keep(
        registry.gate_of(code),
        "tag",
        tuple(
            HeldKey(one, f"Quiosque {one}", pair.kiosk, pair.registry if is_desk else None)
            for one, pair in keys
        ),
    )


def code_for(
    tools: Tools, registry: FakeRegistry, kind: OperationKind = OperationKind.REGISTER
) -> str:
    kiosk = tools.identity.code
    wanted = Release(kiosk, kind, f"cpf:{cpf(1)}")
    return written(make(registry.release_keys(kiosk), wanted, tools.clock.now_ms()))


def sent_body(tools: Tools, registry: FakeRegistry) -> CredentialBody:
    sent = registry.pushed[-1].deliveries[0].operation
    return msgspec.json.decode(opened(sent, tools.identity.code), type=CredentialBody)


def test_the_worker_learns_the_gate_and_the_key(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    registry.gates[tools.identity.code] = Gate.ATTENDANT
    assert gate_of(tools) is Gate.MANUAL
    told = Event()

    def look() -> None:
        if tools.gates.tag() is not None:
            told.set()

    tools.worker.watch(look)
    tools.worker.start()
    assert told.wait(60)
    assert tools.gates.key_of(tools.identity.code) is not None
    answer = register(tools, FORM, go, Brought(release_code=code_for(tools, registry)))
    assert isinstance(answer, Decided)
    assert answer.outcome is Outcome.ACCEPTED


def test_a_right_code_is_taken_without_line_and_travels_with_its_minute(
    attendant: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    code = code_for(attendant, registry)
    offline = replace(attendant, answer_wait_seconds=0.0)
    assert isinstance(register(offline, FORM, go, Brought(release_code=code.lower())), Waiting)
    (kept,) = attendant.outbox.claim(0, limit=1, max_bytes=10**6)
    body = msgspec.json.decode(opened(kept.message, attendant.identity.code), type=CredentialBody)
    assert body.code == code.replace("-", "")
    assert body.code_slot is not None
    assert abs(body.code_slot - attendant.clock.now_ms() // 60_000) <= 1


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (None, CodeFault.MISSING),
        ("", CodeFault.MISSING),
        ("curto", CodeFault.MALFORMED),
        ("00000-00000", CodeFault.WRONG),
    ],
)
@pytest.mark.parametrize("kind", ["register", "reset"])
def test_what_does_not_pass_leaves_nothing_behind(
    attendant: Tools, go: Event, typed: str | None, fault: CodeFault, kind: str
) -> None:
    brought = Brought(release_code=typed)
    if kind == "register":
        answer = register(attendant, FORM, go, brought)
    else:
        answer = reset_password(attendant, RESET, go, brought)
    assert answer == CodeRefused(fault)
    assert attendant.outbox.counts().waiting == 0


def test_a_code_is_used_up_and_for_one_purpose(
    attendant: Tools, registry: FakeRegistry, go: Event
) -> None:
    offline = replace(attendant, answer_wait_seconds=0.0)
    brought = Brought(release_code=code_for(attendant, registry))
    other = person(2)
    form = replace(FORM, card=other.card_number)
    assert reset_password(offline, RESET, go, brought) == CodeRefused(CodeFault.WRONG)
    assert isinstance(register(offline, FORM, go, brought), Waiting)
    assert register(offline, form, go, brought) == CodeRefused(CodeFault.USED)


def test_wrong_codes_are_counted_like_wrong_passwords(attendant: Tools, go: Event) -> None:
    answers = [register(attendant, FORM, go, Brought(release_code="00000-00000")) for _ in range(7)]
    assert answers[:6] == [CodeRefused(CodeFault.WRONG)] * 6
    assert answers[6] == Held()


def test_a_missing_code_is_not_counted(attendant: Tools, registry: FakeRegistry, go: Event) -> None:
    for _ in range(7):
        assert register(attendant, FORM, go, NOTHING) == CodeRefused(CodeFault.MISSING)
    offline = replace(attendant, answer_wait_seconds=0.0)
    brought = Brought(release_code=code_for(attendant, registry))
    assert isinstance(register(offline, FORM, go, brought), Waiting)


def test_a_kiosk_without_its_key_leaves_it_to_the_registry(
    attendant: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(WHO)
    attendant.gates.forget_keys()
    assert gate_of(attendant) is Gate.ATTENDANT
    offline = replace(attendant, answer_wait_seconds=0.0)
    assert isinstance(register(offline, FORM, go, Brought(release_code="00000-00000")), Waiting)


class FullCodes(ReleaseCodes):
    def __init__(self) -> None:
        pass

    def take(self, *_: object) -> CodeFault:
        raise OSError(errno.ENOSPC, "full")

    def make(self, _: Release) -> str:
        raise OSError(errno.ENOSPC, "full")


class BrokenCodes(FullCodes):
    def take(self, *_: object) -> CodeFault:
        raise ValueError("odd")

    def make(self, _: Release) -> str:
        raise ValueError("odd")


def test_a_full_disk_takes_no_code(attendant: Tools, registry: FakeRegistry, go: Event) -> None:
    brought = Brought(release_code=code_for(attendant, registry))
    full = replace(attendant, codes=FullCodes())
    assert register(full, FORM, go, brought) == NoRoom()
    with pytest.raises(ValueError, match="odd"):
        register(replace(attendant, codes=BrokenCodes()), FORM, go, brought)


# The code by e-mail.


def test_a_code_by_email_is_asked_for_and_travels(
    by_email: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(replace(WHO, origin=Origin.APP_2024))
    unfinished = replace(RESET, password="", confirmation="")
    assert request_email_code(by_email, unfinished, go) == CodeOnItsWay()
    (asked,) = registry.codes_asked
    assert (asked.purpose, asked.identifier, asked.cpf) == ("reset", WHO.card_number, cpf(1))
    by_email.worker.start()
    answer = reset_password(by_email, RESET, go, Brought(email_code="123 456"))
    assert isinstance(answer, Decided)
    body = sent_body(by_email, registry)
    assert (body.code, body.code_slot) == ("123 456", None)


def test_cadastro_asks_for_its_own_code(by_email: Tools, registry: FakeRegistry, go: Event) -> None:
    assert request_email_code(by_email, FORM, go) == CodeOnItsWay()
    assert [one.purpose for one in registry.codes_asked] == ["register"]


def test_a_form_that_names_nobody_asks_for_no_code(by_email: Tools, go: Event) -> None:
    answer = request_email_code(by_email, replace(FORM, card="1", cpf="", birth_date=""), go)
    assert answer == Invalid(
        {
            Field.CARD: FieldProblem.NOT_A_CARD,
            Field.CPF: FieldProblem.EMPTY,
            Field.BIRTH_DATE: FieldProblem.EMPTY,
        }
    )
    assert request_email_code(by_email, replace(RESET, card_or_email="?"), go) == Invalid(
        {Field.CARD_OR_EMAIL: FieldProblem.NOT_CARD_OR_EMAIL}
    )


def test_who_has_cancelled_is_sent_no_code(by_email: Tools, go: Event) -> None:
    go.set()
    assert request_email_code(by_email, FORM, go) == Cancelled()


@pytest.mark.parametrize("failure", [Unreachable("down"), NotAuthorised(), NotUnderstood(422)])
def test_a_code_by_email_needs_the_line(
    by_email: Tools, registry: FakeRegistry, go: Event, failure: Exception
) -> None:
    registry.failures.append(failure)
    assert request_email_code(by_email, FORM, go) == NeedsLine()


@pytest.mark.parametrize(
    ("typed", "fault"),
    [(None, CodeFault.MISSING), (" ", CodeFault.MISSING), ("12345", CodeFault.MALFORMED)],
)
def test_what_cannot_be_such_a_code_is_not_sent(
    by_email: Tools, go: Event, typed: str | None, fault: CodeFault
) -> None:
    assert register(by_email, FORM, go, Brought(email_code=typed)) == CodeRefused(fault)


def test_what_is_not_answered_in_time_is_taken_back(by_email: Tools, go: Event) -> None:
    impatient = replace(by_email, answer_wait_seconds=0.0)
    assert register(impatient, FORM, go, Brought(email_code="123456")) == NeedsLine()
    assert by_email.outbox.counts().waiting == 0


def test_without_line_nothing_is_begun(by_email: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.failures.append(Unreachable("down", retry_after=3000))
    registry.failures.append(Unreachable("down", retry_after=3000))
    down = Event()

    def look() -> None:
        if by_email.worker.line().is_online is False:
            down.set()

    by_email.worker.watch(look)
    by_email.worker.start()
    assert down.wait(60)
    assert register(by_email, FORM, go, Brought(email_code="123456")) == NeedsLine()
    assert register(by_email, FORM, go, NOTHING) == CodeRefused(CodeFault.MISSING)


# The desk.


@pytest.fixture
def desk(tools: Tools, registry: FakeRegistry) -> Tools:
    registry.gates |= {"BBBBBB": Gate.ATTENDANT, "CCCCCC": Gate.ATTENDANT}
    registry.desks[tools.identity.code] = ["CCCCCC", "BBBBBB"]
    hand_over(tools, registry)
    return tools


def test_a_desk_knows_the_kiosks_of_its_site(desk: Tools) -> None:
    assert kiosks_here(desk) == (
        KioskHere("BBBBBB", "Quiosque BBBBBB"),
        KioskHere("CCCCCC", "Quiosque CCCCCC"),
    )


def test_a_kiosk_gives_no_codes(attendant: Tools, registry: FakeRegistry) -> None:
    assert kiosks_here(attendant) == ()
    registry.failures.append(Unreachable("down"))
    form = replace(RELEASE, kiosk=attendant.identity.code)
    assert give_release_code(attendant, form) == NeedsLine()


@pytest.mark.parametrize("is_down", [False, True])
def test_a_desk_gives_the_same_code_with_the_line_and_without(
    desk: Tools, registry: FakeRegistry, is_down: bool
) -> None:
    now = desk.clock.now_ms()
    registry.clock = lambda: now
    made = replace(
        desk, codes=ReleaseCodes(desk.outbox.engine, desk.identity, desk.gates, lambda: now)
    )
    if is_down:
        registry.failures.append(Unreachable("down"))
    given = give_release_code(made, RELEASE)
    wanted = Release("BBBBBB", OperationKind.RESET, f"cpf:{cpf(1)}")
    code = written(make(registry.release_keys("BBBBBB"), wanted, now))
    assert given == CodeGiven(code, 10)
    assert code not in repr(given)
    with desk.outbox.engine.connect() as connection:
        (noted,) = connection.exec_driver_sql(
            "SELECT count(*) FROM audit WHERE event = 'release_code_given'"
        ).one()
    assert noted == (1 if is_down else 0)


def test_a_person_without_cpf_is_named_by_card(desk: Tools, registry: FakeRegistry) -> None:
    form = replace(RELEASE, cpf="", has_no_cpf=True, card=WHO.card_number)
    assert isinstance(give_release_code(desk, form), CodeGiven)


def test_nobody_is_given_a_code(desk: Tools) -> None:
    assert give_release_code(desk, replace(RELEASE, cpf="1")) == Invalid(
        {Field.CPF: FieldProblem.CPF_INCOMPLETE}
    )
    assert give_release_code(desk, replace(RELEASE, has_no_cpf=True)) == Invalid(
        {Field.CARD: FieldProblem.EMPTY}
    )


def test_the_registrys_no_is_a_no(desk: Tools) -> None:
    assert give_release_code(desk, replace(RELEASE, kiosk="DDDDDD")) == CodeNotGiven()


def test_a_full_disk_gives_no_code(desk: Tools, registry: FakeRegistry) -> None:
    registry.failures.append(Unreachable("down"))
    assert give_release_code(replace(desk, codes=FullCodes()), RELEASE) == NoRoom()
    registry.failures.append(Unreachable("down"))
    with pytest.raises(ValueError, match="odd"):
        give_release_code(replace(desk, codes=BrokenCodes()), RELEASE)


def test_a_desk_that_never_heard_gives_codes_by_its_keys(
    desk: Tools, registry: FakeRegistry
) -> None:
    with desk.outbox.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'registry_keys'")
    registry.failures.append(Unreachable("down"))
    deaf = replace(desk, keys=type(desk.keys)(desk.outbox.engine))
    assert isinstance(give_release_code(deaf, RELEASE), CodeGiven)


def test_without_a_sealing_key_no_code_is_asked_for(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    with tools.outbox.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'registry_keys'")
    registry.failures.append(Unreachable("down"))
    deaf = replace(tools, keys=type(tools.keys)(tools.outbox.engine))
    assert request_email_code(deaf, FORM, go) == NeedsLine()


def test_what_is_kept_is_there_after_a_restart(attendant: Tools) -> None:
    again = KeptGate(attendant.outbox.engine)
    assert again.gate() is Gate.ATTENDANT
    assert again.kiosks() == attendant.gates.kiosks()


def test_a_registrys_refusal_of_a_code_is_told(
    attendant: Tools, registry: FakeRegistry, go: Event
) -> None:
    attendant.gates.forget_keys()
    registry.garble = lambda answer: msgspec.structs.replace(
        answer, outcome="rejected", reason="gate_failed"
    )
    attendant.worker.start()
    answer = register(attendant, FORM, go, Brought(release_code="00000-00000"))
    assert isinstance(answer, Decided)
    assert answer.reason is Reason.GATE_FAILED
