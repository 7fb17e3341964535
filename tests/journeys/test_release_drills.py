"""A kiosk was carried off: what its key makes, and what becomes of codes that are used oddly."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine

from kiosk.clocks import SteadyClock, TimeMarks
from kiosk.domain.gates import DESK_FACE, CodeFault, Gate
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.release_codes import Release, ReleaseKeys, make, read, subject_of, written
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.device_lists import shut_out
from kiosk.registry.gate_words import GateWords
from kiosk.registry.policies import EVERY_DEVICE, Policies
from kiosk.registry.tables import DeviceState
from kiosk.store.files import open_store
from kiosk.store.identities import load_identity
from kiosk.store.kept_gates import HeldKey, KeptGate
from kiosk.store.release_codes import ReleaseCodes, TakenCode
from kiosk.wire.gate_words import GateRequest, understood
from tests.enrolments import enrol_store
from tests.factories import claim_of, person
from tests.fakes import FakeClock
from tests.kiosk.registry.workbench import START, Workbench

KIOSK, OTHER, DESK = "K7Q2MT", "9ZX4BC", "DESK00"
RESET = OperationKind.RESET
MINUTE = 60
WHO, SOMEBODY = person(1), person(2)


@dataclass
class Machine:
    """A device with its store, as it is without line."""

    engine: Engine
    wall: FakeClock
    code: str

    def __post_init__(self) -> None:
        enrol_store(self.engine, self.code)
        self.clock = SteadyClock(self.wall, TimeMarks(), lambda _: None)
        self.gates = KeptGate(self.engine)

    @property
    def codes(self) -> ReleaseCodes:
        """As after a restart, each time."""
        return ReleaseCodes(
            self.engine, load_identity(self.engine), KeptGate(self.engine), self.clock.steady_ms
        )

    def take(self, typed: str, claim: Claim | None = None) -> TakenCode | CodeFault:
        return self.codes.take(RESET, claim_of(WHO) if claim is None else claim, typed)


@dataclass
class Site:
    registry: Workbench
    wall: FakeClock
    kiosk: Machine
    other: Machine
    desk: Machine

    def hand_over(self) -> None:
        """Let each device hear the registry."""
        policies = self.registry.policies
        identity = self.registry.sealing.identity
        words = GateWords(self.registry.engine, self.registry.keys, identity, policies)
        for one in (self.kiosk, self.other, self.desk):
            private = X25519PrivateKey.generate()
            request = GateRequest(
                device=one.code, public_key=private.public_key().public_bytes_raw()
            )
            public = identity.public_key().public_bytes_raw()
            word = understood(words.say(request), public, one.code, private)
            one.gates.keep(
                word.gate,
                word.tag,
                tuple(
                    HeldKey(key.kiosk, key.name, key.kiosk_key, key.registry_key)
                    for key in word.keys
                ),
            )

    def give(self, kiosk: str = KIOSK, who: Claim | None = None) -> str:
        """Give a code at the desk, without line."""
        subject = subject_of(claim_of(WHO) if who is None else who)
        code = self.desk.codes.make(Release(kiosk, RESET, subject))
        assert code is not None
        return code

    def deliver(
        self, taken: TakenCode, *, device: str = KIOSK, number: int = 1, seen: str | None = None
    ) -> str:
        """Deliver what was recorded with a code; return the registry's word."""
        who = person(number)
        body = self.registry.credential(
            identifier=who.card_number,
            cpf=who.cpf,
            birth_date=who.birth_date,
            code=taken.code,
            code_slot=taken.slot,
        )
        message = self.registry.message(RESET, body, device, seen=seen)
        (answer,) = self.registry.push(message, device=device, acted_now=seen is None)
        return answer.reason or answer.outcome

    def pass_by(self, seconds: float) -> None:
        self.registry.pass_by(seconds)
        self.wall.turn(seconds)


@pytest.fixture
def site(migrated_registry: Path, migrated_store: Path, tmp_path: Path) -> Iterator[Site]:
    wall = FakeClock(START)
    machines = []
    for code in (KIOSK, OTHER, DESK):
        (tmp_path / code).mkdir()
        shutil.copy(migrated_store, tmp_path / code)
        machines.append(Machine(open_store(tmp_path / code), wall, code))
    shutil.copy(migrated_registry, tmp_path)
    engine = open_database(default_url(tmp_path))
    registry = Workbench(engine, policies=Policies({EVERY_DEVICE: Gate.ATTENDANT}))
    registry.enrol(KIOSK, OTHER)
    registry.enrol(DESK, face=DESK_FACE)
    for who in (WHO, SOMEBODY):
        registry.add_person(
            int(who.person_id[1:]),
            password="céu de brigadeiro",
            origin="app_2024",
            cpf=who.cpf,
            birth_date=who.birth_date,
        )
    made = Site(registry, wall, *machines)
    made.hand_over()
    yield made
    engine.dispose()
    for one in machines:
        one.engine.dispose()


def stolen_key(machine: Machine) -> bytes:
    held = machine.gates.key_of(machine.code)
    assert held is not None
    # All that there is to steal.
    assert held.registry_key is None
    return held.kiosk_key


def test_a_code_given_without_line_passes_kiosk_and_registry(site: Site) -> None:
    seen = site.registry.pull(device=KIOSK).cursor
    site.pass_by(3600)
    taken = site.kiosk.take(site.give())
    assert isinstance(taken, TakenCode)
    site.pass_by(2 * 24 * 3600)
    assert site.deliver(taken, seen=seen) == "accepted"


def test_a_stolen_kiosks_key_convinces_that_kiosk_alone(site: Site) -> None:
    key = stolen_key(site.kiosk)
    # The thief has the one key, and guesses the other half.
    forged = make(ReleaseKeys(key, key), Release(KIOSK, RESET, f"cpf:{WHO.cpf}"), site.wall.ms)
    taken = site.kiosk.take(written(forged))
    assert isinstance(taken, TakenCode)
    assert site.deliver(taken) == "gate_failed"
    # With the key it has the machine makes no code for another.
    elsewhere = make(ReleaseKeys(key, key), Release(OTHER, RESET, f"cpf:{WHO.cpf}"), site.wall.ms)
    assert site.other.take(written(elsewhere)) is CodeFault.WRONG


def test_a_code_is_used_once_here_and_once_in_all(site: Site) -> None:
    code = site.give()
    taken = site.kiosk.take(code)
    assert isinstance(taken, TakenCode)
    assert site.kiosk.take(code) is CodeFault.USED
    assert site.deliver(taken) == "accepted"
    assert site.deliver(taken) == "gate_failed"


def test_at_another_kiosk_it_is_none(site: Site) -> None:
    code = site.give()
    assert site.other.take(code) is CodeFault.WRONG
    bare = read(code)
    assert bare is not None
    assert site.deliver(TakenCode(bare, None), device=OTHER) == "gate_failed"


def test_for_another_person_it_is_none(site: Site) -> None:
    code = site.give()
    assert site.kiosk.take(code, claim_of(SOMEBODY)) is CodeFault.WRONG
    bare = read(code)
    assert bare is not None
    assert site.deliver(TakenCode(bare, site.wall.ms // 60_000), number=2) == "gate_failed"


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_clock_set_back_revives_it_nowhere(site: Site, is_heard: bool) -> None:
    if is_heard:
        site.kiosk.clock.hear(START, 0.0)
    code, began = site.give(), site.wall.ms
    site.pass_by(11 * MINUTE)
    assert site.kiosk.take(code) is CodeFault.EXPIRED
    bare = read(code)
    assert bare is not None
    assert site.deliver(TakenCode(bare, None)) == "gate_failed"
    site.wall.ms = site.registry.clock.now = began
    assert site.kiosk.take(code) is CodeFault.EXPIRED
    assert site.deliver(TakenCode(bare, None)) == "gate_failed"


def test_what_a_stolen_desk_makes_is_void_once_it_is_reported(site: Site) -> None:
    before = site.kiosk.take(site.give())
    assert isinstance(before, TakenCode)
    seen = site.registry.pull(device=KIOSK).cursor
    site.pass_by(20 * MINUTE)
    shut_out(site.registry.engine, DESK, DeviceState.STOLEN, site.registry.clock.now)
    stolen = site.kiosk.take(site.give())
    # Until the kiosk hears of it, it cannot know.
    assert isinstance(stolen, TakenCode)
    assert site.deliver(stolen) == "gate_failed"
    # What was given before counts, whenever it comes.
    assert site.deliver(before, seen=seen) == "accepted"
    desk_keys = site.desk.gates.kiosks()
    site.hand_over()
    assert site.desk.gates.kiosks() == ()
    site.desk.gates.keep("manual", "old", desk_keys)
    assert site.kiosk.take(site.give()) is CodeFault.WRONG
