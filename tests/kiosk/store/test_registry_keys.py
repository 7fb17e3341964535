"""The registry a device trusts, and the key it seals to."""

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine, text

from kiosk.store.registry_keys import RegistryKeys, pin
from kiosk.wire.key_announcements import NotVouchedFor, announce
from kiosk.wire.messages import KeyAnnouncement

OURS, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def public_key() -> bytes:
    return X25519PrivateKey.generate().public_key().public_bytes_raw()


OLD, NEW = public_key(), public_key()


def said(key: bytes, at: int, by: Ed25519PrivateKey = OURS) -> KeyAnnouncement:
    return announce(by, key, at)


def sealed_to(keys: RegistryKeys) -> bytes | None:
    current = keys.current()
    return None if current is None else current.public_key


def test_before_the_first_contact_nothing_is_known(store: Engine) -> None:
    keys = RegistryKeys(store)
    assert keys.current() is None
    assert not keys.is_refusing()


def test_the_first_registry_is_pinned_and_its_key_outlives_the_program(store: Engine) -> None:
    assert RegistryKeys(store).learn(said(OLD, 5))
    assert sealed_to(RegistryKeys(store)) == OLD


def test_a_new_key_of_the_same_registry_takes_the_place(store: Engine) -> None:
    keys = RegistryKeys(store)
    keys.learn(said(OLD, 5))
    assert keys.learn(said(NEW, 6))
    assert sealed_to(keys) == sealed_to(RegistryKeys(store)) == NEW


def test_another_registry_is_refused_and_told_once_without_its_words(
    store: Engine, caplog: pytest.LogCaptureFixture, expected_stumbles: None
) -> None:
    keys = RegistryKeys(store)
    keys.learn(said(OLD, 5))
    for _ in range(3):
        assert not keys.learn(said(NEW, 6, THEIRS))
    assert keys.is_refusing()
    assert sealed_to(keys) == sealed_to(RegistryKeys(store)) == OLD
    assert [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR] == [
        "sealing_key_not_vouched_for"
    ]
    assert keys.learn(said(OLD, 7))
    assert not keys.is_refusing()


def test_old_news_is_no_news(store: Engine) -> None:
    keys = RegistryKeys(store)
    keys.learn(said(OLD, 5))
    keys.learn(said(NEW, 9))
    assert not keys.learn(said(OLD, 8))
    assert sealed_to(keys) == NEW
    assert not keys.is_refusing()


def test_a_restored_registry_that_says_its_older_key_anew_is_believed(store: Engine) -> None:
    keys = RegistryKeys(store)
    keys.learn(said(OLD, 5))
    keys.learn(said(NEW, 9))
    assert keys.learn(said(OLD, 10))
    assert sealed_to(keys) == OLD


def test_the_same_key_again_writes_nothing(store: Engine) -> None:
    keys = RegistryKeys(store)
    keys.learn(said(OLD, 5))
    with store.connect() as connection:
        before = connection.execute(text("PRAGMA data_version")).scalar()
        assert keys.learn(said(OLD, 4))
        assert connection.execute(text("PRAGMA data_version")).scalar() == before


def test_enrolment_pins_another_registry(store: Engine) -> None:
    RegistryKeys(store).learn(said(OLD, 50))
    with store.begin() as connection:
        pin(connection, said(NEW, 5, THEIRS))
    keys = RegistryKeys(store)
    assert sealed_to(keys) == NEW
    assert keys.learn(said(OLD, 6, THEIRS))


def test_enrolment_pins_nobody(store: Engine) -> None:
    RegistryKeys(store).learn(said(OLD, 5))
    forged = announce(THEIRS, NEW, 6)
    forged = KeyAnnouncement(
        statement=forged.statement, signature=bytes(64), identity=forged.identity
    )
    with store.begin() as connection, pytest.raises(NotVouchedFor):
        pin(connection, forged)
    assert sealed_to(RegistryKeys(store)) == OLD


@pytest.mark.parametrize("place", [0, 20, 60, 120, 200, -5])
def test_what_the_disk_has_changed_is_asked_for_anew(
    store: Engine, place: int, caplog: pytest.LogCaptureFixture, expected_stumbles: None
) -> None:
    RegistryKeys(store).learn(said(OLD, 5))
    change = text("UPDATE meta SET value = :value WHERE key = 'registry_keys'")
    with store.begin() as connection:
        kept = connection.execute(
            text("SELECT value FROM meta WHERE key = 'registry_keys'")
        ).scalar_one()
        changed = bytearray(kept)
        changed[place] ^= 1
        connection.execute(change, {"value": bytes(changed)})
    keys = RegistryKeys(store)
    assert keys.current() is None
    assert "registry_keys_unreadable" in caplog.text
    assert keys.learn(said(NEW, 1))
