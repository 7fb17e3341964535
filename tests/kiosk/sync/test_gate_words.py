"""A device learns its gate when a pull says that it changed, and from its own registry alone."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.domain.gates import Gate
from kiosk.store.files import open_store
from kiosk.store.kept_gates import KeptGate
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.gate_words import GateLearner
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import PullRequest, SealingKeyRequest
from tests.fakes import FakeRegistry

DEVICE = "AAAAAA"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(gates={DEVICE: Gate.ATTENDANT})


@pytest.fixture
def gates(engine: Engine) -> KeptGate:
    return KeptGate(engine)


@pytest.fixture
def keys(engine: Engine, registry: FakeRegistry) -> RegistryKeys:
    keys = RegistryKeys(engine)
    keys.learn(registry.sealing_key(SealingKeyRequest(device=DEVICE)))
    return keys


@pytest.fixture
def learner(registry: FakeRegistry, keys: RegistryKeys, gates: KeptGate) -> GateLearner:
    return GateLearner(registry, DEVICE, keys, gates)


def tag_of(registry: FakeRegistry) -> str:
    tag = registry.pull(PullRequest(device=DEVICE, after=None)).gate_tag
    assert tag is not None
    return tag


def test_it_asks_when_the_tag_is_news_and_only_then(
    learner: GateLearner, registry: FakeRegistry, gates: KeptGate
) -> None:
    learner.learn(tag_of(registry))
    learner.learn(tag_of(registry))
    assert registry.gates_asked == 1
    held = gates.key_of(DEVICE)
    assert held is not None
    assert (gates.gate(), held.kiosk_key) == (Gate.ATTENDANT, registry.release_keys(DEVICE).kiosk)
    registry.key_changes += 1
    learner.learn(tag_of(registry))
    renewed = gates.key_of(DEVICE)
    assert renewed is not None
    assert renewed.kiosk_key == registry.release_keys(DEVICE).kiosk != held.kiosk_key


@pytest.mark.parametrize("failure", [Unreachable("down"), NotAuthorised(), NotUnderstood(422)])
def test_what_fails_is_asked_again(
    learner: GateLearner, registry: FakeRegistry, gates: KeptGate, failure: Exception
) -> None:
    tag = tag_of(registry)
    registry.failures.append(failure)
    learner.learn(tag)
    assert gates.gate() is Gate.MANUAL
    learner.learn(tag)
    assert gates.gate() is Gate.ATTENDANT


@pytest.mark.usefixtures("expected_stumbles")
def test_another_registrys_word_changes_nothing(
    learner: GateLearner,
    registry: FakeRegistry,
    gates: KeptGate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    registry.identity = Ed25519PrivateKey.generate()
    learner.learn(tag_of(registry))
    assert (gates.gate(), gates.kiosks()) == (Gate.MANUAL, ())
    assert any(one.levelno == logging.ERROR for one in caplog.records)


def test_without_a_pinned_registry_nobody_is_asked(
    engine: Engine, registry: FakeRegistry, gates: KeptGate
) -> None:
    GateLearner(registry, DEVICE, RegistryKeys(engine), gates).learn("tag")
    assert registry.gates_asked == 0


def test_who_is_shut_out_lets_the_keys_go(
    learner: GateLearner, registry: FakeRegistry, gates: KeptGate
) -> None:
    learner.learn(tag_of(registry))
    learner.shut_out()
    learner.shut_out()
    assert gates.kiosks() == ()
