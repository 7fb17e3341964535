"""What the device makes of each fault of the line, with the real client and the real registry."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from argon2 import PasswordHasher

from kiosk.domain.receipts import ReceiptNumber
from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import NotAuthorised, Unreachable
from kiosk.wire.messages import (
    Delivery,
    OperationMessage,
    PullRequest,
    PushRequest,
    PushResponse,
)
from tests.factories import credential_of, operation_id, person
from tests.faults.exchanges import RawMessage, corrupted
from tests.faults.plans import Fault, Paces, Script, Weather
from tests.faults.proxies import FaultyProxy
from tests.faults.services import RegistryService
from tests.seals import sealed

DEVICE = "K7Q2MT"
SECONDS = 60.0
BRIEF = 0.3
# Long enough for a request to arrive, also on a busy machine, where no answer is to come in time.
ARRIVAL = 1.5
DAMAGES = [30, pytest.param(100, marks=pytest.mark.soak)]
WHO = person(1)
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("vaga-lume azul")

Opener = Callable[..., tuple[HttpRegistry, FaultyProxy]]


@pytest.fixture
def open_line(service: RegistryService) -> Iterator[Opener]:
    """A client behind a proxy whose next exchanges fail as told."""
    service.add(WHO)
    signer = service.signer(DEVICE)
    opened: list[HttpRegistry | FaultyProxy] = []

    def begin(
        *faults: Fault, seconds: float = SECONDS, paces: Paces | None = None, seed: int = 0
    ) -> tuple[HttpRegistry, FaultyProxy]:
        proxy = FaultyProxy(service.address, Script(faults), seed=seed, paces=paces)
        client = HttpRegistry(proxy.address, seconds, signer)
        opened.extend((client, proxy))
        return client, proxy

    yield begin
    for one in opened:
        one.close()


def request() -> PushRequest:
    operation = operation_id().hex
    message = OperationMessage(
        id=operation,
        kind="register",
        receipt=str(ReceiptNumber(DEVICE, 1)),
        sequence=1,
        seen=None,
        made_at=1_700_000_000_000,
        body=sealed(credential_of(WHO, HASH), operation, device=DEVICE),
    )
    return PushRequest(device=DEVICE, deliveries=[Delivery(operation=message)])


def said(response: PushResponse) -> list[tuple[str, bool]]:
    return [(one.outcome, one.duplicate) for one in response.answers]


def test_a_line_that_works_keeps_its_connection(open_line: Opener) -> None:
    client, proxy = open_line()
    assert said(client.push(request())) == [("accepted", False)]
    client.pull(PullRequest(device=DEVICE, after=None))
    assert (proxy.exchanges, proxy.connections, proxy.faults.total()) == (2, 1, 0)


def test_a_connection_is_kept_after_a_fault_that_leaves_it_whole(open_line: Opener) -> None:
    client, proxy = open_line(Fault.DELAY, Fault.DUPLICATE, Fault.DRIP)
    for _ in range(4):
        client.pull(PullRequest(device=DEVICE, after=None))
    # Of the two that arrived the registry refuses the later; where that is the one that is heard,
    # the request is signed anew.
    assert proxy.exchanges in (4, 5)
    assert proxy.connections == 1
    assert proxy.faults == {Fault.DELAY: 1, Fault.DUPLICATE: 1, Fault.DRIP: 1}


def test_a_short_delay_is_waited_for(open_line: Opener) -> None:
    client, _ = open_line(Fault.DELAY)
    assert said(client.push(request())) == [("accepted", False)]


def test_a_long_delay_ends_in_time_and_the_late_request_is_the_same_one(
    open_line: Opener, service: RegistryService
) -> None:
    asked = request()
    impatient, _ = open_line(Fault.DELAY, seconds=BRIEF, paces=Paces(delay=BRIEF * 4))
    with pytest.raises(Unreachable):
        impatient.push(asked)
    patient, _ = open_line()
    # Whichever of the two came first had the effect; the other had none.
    assert [outcome for outcome, _ in said(patient.push(asked))] == ["accepted"]
    assert (service.decided(), service.effects()) == ([asked.deliveries[0].operation.id], 1)


def test_what_is_cut_before_the_request_never_arrived(
    open_line: Opener, service: RegistryService
) -> None:
    client, proxy = open_line(Fault.CUT_BEFORE)
    asked = request()
    with pytest.raises(Unreachable):
        client.push(asked)
    assert service.decided() == []
    assert said(client.push(asked)) == [("accepted", False)]
    assert proxy.faults == {Fault.CUT_BEFORE: 1}


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.HALF_ANSWER])
def test_what_is_cut_after_the_request_has_its_effect_once(
    open_line: Opener, service: RegistryService, fault: Fault
) -> None:
    client, proxy = open_line(fault)
    asked = request()
    with pytest.raises(Unreachable):
        client.push(asked)
    assert service.effects() == 1
    assert said(client.push(asked)) == [("accepted", True)]
    assert service.effects() == 1
    assert proxy.faults == {fault: 1}


def test_an_answer_a_byte_at_a_time_is_an_answer(open_line: Opener) -> None:
    client, _ = open_line(Fault.DRIP)
    assert said(client.push(request())) == [("accepted", False)]


def test_an_answer_that_drips_too_slowly_is_none(open_line: Opener) -> None:
    client, proxy = open_line(Fault.DRIP, seconds=ARRIVAL, paces=Paces(drip=0.05))
    asked = request()
    with pytest.raises(Unreachable):
        client.push(asked)
    patient, _ = open_line()
    assert said(patient.push(asked)) == [("accepted", True)]
    assert proxy.faults == {Fault.DRIP: 1}


@pytest.mark.parametrize("damages", DAMAGES)
def test_a_damaged_answer_is_never_believed(
    open_line: Opener, service: RegistryService, damages: int
) -> None:
    client, proxy = open_line(*[Fault.CORRUPT_ANSWER] * damages, seconds=BRIEF / 2)
    asked = request()
    answers = set()
    # On a busy machine an exchange may end in time before its turn of the plan has come.
    while proxy.faults.get(Fault.CORRUPT_ANSWER, 0) < damages:
        try:
            (answer,) = client.push(asked).answers
        except Unreachable:
            continue
        # Damage that does not touch what was said, in a header nobody reads.
        answers.add((answer.id, answer.outcome, answer.reason, answer.found is not None))
    assert answers <= {(asked.deliveries[0].operation.id, "accepted", None, True)}
    patient, _ = open_line()
    assert said(patient.push(asked)) == [("accepted", True)]
    assert service.effects() == 1
    assert proxy.faults == {Fault.CORRUPT_ANSWER: damages}


@pytest.mark.parametrize("damages", DAMAGES)
def test_a_damaged_request_is_never_carried_out(
    open_line: Opener, service: RegistryService, damages: int
) -> None:
    client, proxy = open_line(*[Fault.CORRUPT_REQUEST] * damages, seconds=BRIEF / 2)
    asked = request()
    while proxy.faults.get(Fault.CORRUPT_REQUEST, 0) < damages:
        try:
            (answer,) = client.push(asked).answers
        except (Unreachable, NotAuthorised):
            # Damage to a header that is signed cannot be told from a forgery.
            continue
        assert (answer.id, answer.outcome) == (asked.deliveries[0].operation.id, "accepted")
    patient, _ = open_line()
    assert [outcome for outcome, _ in said(patient.push(asked))] == ["accepted"]
    assert (service.decided(), service.effects()) == ([asked.deliveries[0].operation.id], 1)


def test_a_refused_connection_is_tried_again_later(open_line: Opener) -> None:
    client, proxy = open_line(Fault.REFUSE, paces=Paces(refusal=0.5))
    asked = request()
    causes = []
    answers: list[tuple[str, bool]] = []
    while not answers:
        try:
            answers = said(client.push(asked))
        except Unreachable as failure:
            causes.append(failure.cause)
    assert answers == [("accepted", False)]
    assert "ConnectError" in causes
    assert proxy.faults == {Fault.REFUSE: 1}


def test_a_black_hole_ends_in_time(open_line: Opener, service: RegistryService) -> None:
    client, proxy = open_line(Fault.BLACK_HOLE, seconds=ARRIVAL)
    with pytest.raises(Unreachable, match="ReadTimeout"):
        client.push(request())
    assert service.decided() == []
    assert proxy.faults == {Fault.BLACK_HOLE: 1}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_arrives_twice_at_once_has_one_effect(
    open_line: Opener, service: RegistryService, seed: int
) -> None:
    client, proxy = open_line(Fault.DUPLICATE, seed=seed)
    assert [outcome for outcome, _ in said(client.push(request()))] == ["accepted"]
    assert (len(service.decided()), service.effects()) == (1, 1)
    assert proxy.faults == {Fault.DUPLICATE: 1}


def test_the_same_seed_is_the_same_weather() -> None:
    weather, again = Weather(7), Weather(7)
    drawn = [[one.next_fault() for _ in range(2000)] for one in (weather, again)]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {None, *Fault}


def test_damage_changes_something_and_not_the_length() -> None:
    message = RawMessage(b"POST / HTTP/1.1\r\n\r\n", b'{"a":1}', is_last=False)
    random = Random(1)
    for _ in range(500):
        damaged = corrupted(message, random)
        assert damaged != message.whole
        assert len(damaged) == len(message.whole)
