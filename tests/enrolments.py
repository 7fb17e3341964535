"""Devices that are enrolled without anybody asking: straight into the files of both sides."""

import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from kiosk.registry.databases import default_url, open_database
from kiosk.registry.enrolments import Place, add_device
from kiosk.store.enrolments import Agreed, Enrolment, EnrolmentStore
from kiosk.store.files import open_store
from kiosk.store.unlockings import known_key
from kiosk.sync.signers import RequestSigner
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.messages import KeyAnnouncement
from tests.seals import use_the_tests_key, word_of_a_registry

PLACE = Place("Quiosque de teste", "Sala de testes", "kiosk")


def system_ms() -> int:
    return time.time_ns() // 1_000_000


def add_to_registry(
    registry: Engine, code: str, key: DeviceKey | None = None, face: str = PLACE.face
) -> DeviceKey:
    """Let a device in that has this code, and return its key."""
    key = make_key() if key is None else key
    with registry.begin() as connection:
        add_device(connection, code, replace(PLACE, face=face), key.public, 0)
    return key


def new_signer(registry: Engine, code: str, face: str = PLACE.face) -> RequestSigner:
    """Let a device in and return what signs its requests."""
    return RequestSigner(add_to_registry(registry, code, face=face), system_ms)


def stranger() -> RequestSigner:
    """Return what signs the requests of a device that no registry knows."""
    return RequestSigner(make_key(), system_ms)


def enrol_store(
    store: Engine,
    code: str,
    key: DeviceKey | None = None,
    announcement: KeyAnnouncement | None = None,
    face: str = PLACE.face,
) -> Enrolment:
    """Keep in a device's store that it is enrolled, and that it seals to the tests' key."""
    agreed = Agreed(
        registry="http://127.0.0.1:9",
        ca=None,
        name=PLACE.name,
        site=PLACE.site,
        face=face,
        key_made_at=system_ms(),
    )
    key = make_key() if key is None else key
    announcement = word_of_a_registry() if announcement is None else announcement
    return EnrolmentStore(store).enrolled(code, key, agreed, announcement)


def enrol_folders(
    registry_dir: Path, device_dir: Path, code: str, face: str = PLACE.face
) -> RequestSigner:
    """Enrol a device at a registry, neither of which need be there yet; return what signs."""
    registry = open_database(default_url(registry_dir))
    key = add_to_registry(registry, code, face=face)
    announcement = use_the_tests_key(registry)
    registry.dispose()
    store = open_store(device_dir)
    enrol_store(store, code, key, announcement, face)
    store.dispose()
    return RequestSigner(key, system_ms)


def registry_signer(registry_dir: Path, code: str) -> RequestSigner:
    """Let a device without files in at a registry, and return what signs its requests."""
    registry = open_database(default_url(registry_dir))
    signer = new_signer(registry, code)
    registry.dispose()
    return signer


def signer_of(device_dir: Path) -> RequestSigner:
    """Return what signs the requests of an enrolled device whose files lie here."""
    store = open_store(device_dir, known_key(device_dir))
    enrolment = EnrolmentStore(store).load()
    store.dispose()
    assert enrolment is not None
    return RequestSigner(enrolment.key, system_ms)
