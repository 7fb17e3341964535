import base64
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import pytest
from sqlalchemy import Engine, text

from kiosk.domain.operations import Outcome, Reason
from kiosk.domain.people import MembershipStatus
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import Puller, PullListeners
from kiosk.sync.registries import LineFailed, NotAuthorised, ShutOut, Unreachable
from kiosk.wire.identity_digests import card_digest, verifier
from kiosk.wire.messages import (
    ACCOUNTS,
    DIGESTS,
    DigestPage,
    KeyAnnouncement,
    OutcomeChange,
    PullRequest,
    PullResponse,
    SealingKeyRequest,
)
from tests.factories import new_operation, person
from tests.fakes import DIGEST_KEY, FakeClock, FakeRegistry
from tests.seals import DEVICE, SEALING_KEY


@pytest.fixture
def puller(copy: AccountCopy, outbox: Outbox, registry: FakeRegistry, clock: FakeClock) -> Puller:
    return Puller(copy, outbox, registry, DEVICE, clock, Pacer(Random(1)))


def test_pages_follow_each_other(puller: Puller, copy: AccountCopy, registry: FakeRegistry) -> None:
    for number in range(501):
        registry.add(person(number))
    assert puller.pull_once().has_more
    assert copy.size() == 500
    assert not puller.pull_once().has_more
    assert (copy.size(), copy.cursor()) == (501, "1:501")


@pytest.mark.parametrize("failure", [Unreachable("ConnectError"), NotAuthorised()])
def test_a_failed_line_changes_nothing(
    failure: Exception, puller: Puller, copy: AccountCopy, registry: FakeRegistry
) -> None:
    registry.add(person())
    registry.failures.append(failure)
    with pytest.raises(LineFailed):
        puller.pull_once()
    assert (copy.size(), copy.cursor()) == (0, None)


class Telling(FakeRegistry):
    def __init__(self, change: OutcomeChange) -> None:
        super().__init__()
        self._change = change

    def pull(self, request: PullRequest) -> PullResponse:
        return PullResponse(changes=[self._change], cursor="c", more=False)


class Slow(FakeRegistry):
    """Answers after two seconds, by a clock of its own."""

    def __init__(self, clock: FakeClock, now: int | None) -> None:
        super().__init__()
        self.asked: list[PullRequest] = []
        self._machine = clock
        self._now = now

    def pull(self, request: PullRequest) -> PullResponse:
        self.asked.append(request)
        self._machine.turn(2.0)
        return PullResponse(changes=[], cursor="c", more=False, now=self._now)


def test_each_side_tells_the_other_its_time(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock
) -> None:
    registry = Slow(clock, 5_000)
    sent_at = clock.ms
    Puller(copy, outbox, registry, DEVICE, clock, Pacer(Random(1))).pull_once()
    assert registry.asked[0].sent_at == sent_at
    assert clock.heard == [(5_000, 2.0)]


def test_an_older_registry_tells_no_time(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock
) -> None:
    Puller(copy, outbox, Slow(clock, None), DEVICE, clock, Pacer(Random(1))).pull_once()
    assert clock.heard == []


def test_a_later_decision_on_an_own_operation_is_recorded(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock, store: Engine
) -> None:
    new = new_operation(person())
    outbox.record(new)
    outbox.settle([Settlement(new.id, Outcome.QUARANTINED, Reason.STALE, 1)], 1)
    change = OutcomeChange(operation=new.id.hex, outcome="accepted", reason=None, decided_at=2)
    Puller(copy, outbox, Telling(change), DEVICE, clock, Pacer(Random(1))).pull_once()
    with store.connect() as connection:
        assert connection.execute(text("SELECT outcome FROM receipts")).scalar() == "accepted"


@pytest.mark.parametrize(
    "odd", [{"outcome": "perhaps"}, {"reason": "because"}, {"operation": "no id"}]
)
def test_words_of_a_later_registry_stop_nothing(
    odd: dict[str, str], copy: AccountCopy, outbox: Outbox, clock: FakeClock
) -> None:
    plain = OutcomeChange(operation="0" * 32, outcome="accepted", reason=None, decided_at=2)
    change = msgspec.structs.replace(plain, **odd)
    Puller(copy, outbox, Telling(change), DEVICE, clock, Pacer(Random(1))).pull_once()
    assert copy.cursor() == "c"


def test_a_new_key_is_kept_before_the_cursor_it_came_with(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock, registry: FakeRegistry, store: Engine
) -> None:
    keys = RegistryKeys(store)
    cursors: list[str | None] = []

    def learn(announcement: KeyAnnouncement) -> None:
        cursors.append(copy.cursor())
        keys.learn(announcement)

    Puller(copy, outbox, registry, DEVICE, clock, Pacer(Random(1)), learn).pull_once()
    assert cursors == [None]
    assert copy.cursor() is not None
    known = RegistryKeys(store).current()
    assert known is not None
    assert known.id == SEALING_KEY.id


class Listening(FakeRegistry):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PullRequest] = []

    def pull(self, request: PullRequest) -> PullResponse:
        self.asked.append(request)
        return super().pull(request)


def test_a_pull_tells_what_is_sealed_to_and_hears_of_the_gate_last(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock
) -> None:
    registry = Listening()
    heard: list[tuple[str, str | None]] = []
    listeners = PullListeners(
        lambda: SEALING_KEY, lambda tag: heard.append((tag, copy.cursor())), lambda: None
    )
    pacer = Pacer(Random(1))
    Puller(copy, outbox, registry, DEVICE, clock, pacer, lambda _: None, listeners).pull_once()
    assert [one.seals_to for one in registry.asked] == [SEALING_KEY.id.hex()]
    ((tag, cursor),) = heard
    assert tag
    # The page was taken by then, whatever becomes of the question about the gate.
    assert cursor == copy.cursor() is not None


@pytest.mark.parametrize(("failure", "times"), [(ShutOut(), 1), (NotAuthorised(), 0)])
def test_only_the_registrys_own_word_shuts_a_device_out(
    copy: AccountCopy,
    outbox: Outbox,
    clock: FakeClock,
    registry: FakeRegistry,
    failure: Exception,
    times: int,
) -> None:
    told: list[None] = []
    listeners = PullListeners(shut_out=lambda: told.append(None))
    registry.failures.append(failure)
    puller = Puller(
        copy, outbox, registry, DEVICE, clock, Pacer(Random(1)), lambda _: None, listeners
    )
    with pytest.raises(LineFailed):
        puller.pull_once()
    assert len(told) == times


def test_a_page_of_another_registry_is_taken_without_its_key(
    copy: AccountCopy,
    outbox: Outbox,
    clock: FakeClock,
    registry: FakeRegistry,
    store: Engine,
    expected_stumbles: None,
) -> None:
    keys = RegistryKeys(store)
    keys.learn(FakeRegistry().sealing_key(SealingKeyRequest(device=DEVICE)))
    Puller(copy, outbox, registry, DEVICE, clock, Pacer(Random(1)), keys.learn).pull_once()
    assert keys.is_refusing()
    assert copy.cursor() is not None


def lines_of(copy: AccountCopy, *numbers: int) -> list[bool]:
    """Tell of which of some people the copy has the present word."""
    told = []
    for number in numbers:
        who = person(number)
        made = verifier(DIGEST_KEY, who.card_number, who.cpf, who.birth_date)
        told.append(copy.verifier_of(card_digest(DIGEST_KEY, who.card_number)) == made)
    return told


def test_a_kiosk_keeps_digests_and_no_accounts(
    puller: Puller, copy: AccountCopy, registry: FakeRegistry
) -> None:
    registry.kiosks.add(DEVICE)
    for number in (1, 2):
        registry.add(person(number))
    puller.pull_once()
    assert lines_of(copy, 1, 2, 3) == [True, True, False]
    assert (copy.size(), copy.digest_key()) == (2, DIGEST_KEY)
    registry.add(replace(person(1), status=MembershipStatus.CANCELLED))
    registry.add(replace(person(2), card_number=person(3).card_number, cpf=person(3).cpf))
    puller.pull_once()
    assert lines_of(copy, 1, 2, 3) == [False, False, True]
    assert copy.size() == 1


def until_still(puller: Puller) -> None:
    for _ in range(50):
        if not puller.pull_once().has_more:
            return
    raise AssertionError("it never ended")


def test_a_kiosk_of_before_there_were_digests_takes_them_all(
    puller: Puller, copy: AccountCopy, registry: FakeRegistry
) -> None:
    registry.add(person(1))
    puller.pull_once()
    assert copy.holds() == ACCOUNTS
    registry.kiosks.add(DEVICE)
    registry.add(person(2))
    until_still(puller)
    assert lines_of(copy, 1, 2) == [True, True]
    assert (copy.holds(), copy.size(), copy.digest_key()) == (DIGESTS, 2, DIGEST_KEY)


def test_a_kiosk_that_became_a_desk_keeps_no_digests(
    puller: Puller, copy: AccountCopy, registry: FakeRegistry
) -> None:
    registry.kiosks.add(DEVICE)
    registry.add(person(1))
    puller.pull_once()
    registry.kiosks.clear()
    until_still(puller)
    assert (copy.holds(), copy.size(), copy.digest_key()) == (ACCOUNTS, 1, None)
    assert lines_of(copy, 1) == [False]


def test_a_key_that_cannot_be_worked_with_is_not_taken(
    copy: AccountCopy, outbox: Outbox, clock: FakeClock
) -> None:
    class Odd(FakeRegistry):
        def pull(self, request: PullRequest) -> PullResponse:
            key = msgspec.structs.replace(DIGEST_KEY, memory_kib=2**30)
            page = DigestPage(key=key, lines=[])
            return PullResponse(changes=[], cursor="c", more=False, digests=page)

    with pytest.raises(ValueError, match="key"):
        Puller(copy, outbox, Odd(), DEVICE, clock, Pacer(Random(1))).pull_once()
    assert copy.cursor() is None


def test_what_is_fetched_of_a_snapshot_lies_without_its_key(
    puller: Puller, copy: AccountCopy, registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.kiosks.add(DEVICE)
    for number in range(40):
        registry.add(person(number))
    puller.pull_once()
    registry.forget_cursors()
    fetched: list[bytes] = []
    key = base64.b64encode(DIGEST_KEY.key)
    while not fetched or puller.pull_once().has_more:
        if not fetched:
            puller.pull_once()
        lying = [path.read_bytes() for path in tmp_path.glob("snapshot-*")]
        if any(b'"holds":"digests"' in one for one in lying):
            fetched += lying
        assert not any(key in one or DIGEST_KEY.key in one for one in lying)
    assert max(map(len, fetched)) > 40 * 40
    assert (copy.size(), copy.digest_key()) == (40, DIGEST_KEY)
