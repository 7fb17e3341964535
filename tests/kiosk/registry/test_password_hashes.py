import string
import warnings

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st
from passlib.hash import (  # type: ignore[import-untyped]
    bcrypt,
    django_pbkdf2_sha256,
    pbkdf2_sha256,
)

from kiosk.domain.passwords import MAX_LENGTH
from kiosk.registry.password_hashes import PasswordHashes, is_known
from tests.kiosk.registry.workbench import cheap_hasher

PASSWORD = "jabuticabeira é árvore"
hashes = PasswordHashes(cheap_hasher())
OLD = {
    "bcrypt 2a": bcrypt.using(rounds=4, ident="2a").hash(PASSWORD),
    "bcrypt 2b": bcrypt.using(rounds=4).hash(PASSWORD),
    "bcrypt 2y": bcrypt.using(rounds=4, ident="2y").hash(PASSWORD),
    "pbkdf2": pbkdf2_sha256.using(rounds=10).hash(PASSWORD),
    "django": django_pbkdf2_sha256.using(rounds=10).hash(PASSWORD),
    "argon2id": cheap_hasher(2).hash(PASSWORD),
}


@pytest.mark.parametrize("scheme", OLD)
def test_old_schemes_are_known_verified_and_not_current(scheme: str) -> None:
    stored = OLD[scheme]
    assert is_known(stored)
    assert hashes.verify(PASSWORD, stored)
    assert not hashes.verify("outra", stored)
    assert not hashes.is_current(stored)


def test_hashes_made_here_are_current() -> None:
    stored = hashes.hash(PASSWORD)
    assert is_known(stored)
    assert hashes.is_current(stored)
    assert hashes.verify(PASSWORD, stored)


def test_as_shipped_only_the_second_profile_of_rfc_9106_is_current() -> None:
    shipped = PasswordHashes()
    assert shipped.is_current(PasswordHasher(3, 65536, 4).hash("x"))
    for other in (
        PasswordHasher(3, 65536, 2),
        PasswordHasher(1, 65536, 4),
        PasswordHasher(3, 32768, 4),
        PasswordHasher(3, 65536, 4, hash_len=16),
        PasswordHasher(3, 65536, 4, salt_len=8),
        PasswordHasher(3, 65536, 4, type=Type.I),
    ):
        assert not shipped.is_current(other.hash("x"))


@pytest.mark.parametrize(("salt_len", "hash_len"), [(16, 32), (9, 16), (8, 24), (12, 40)])
def test_a_hash_is_current_in_its_one_spelling_alone(salt_len: int, hash_len: int) -> None:
    hasher = PasswordHasher(1, 8, 1, salt_len=salt_len, hash_len=hash_len)
    here = PasswordHashes(hasher)
    stored = hasher.hash("x")
    head, salt, digest = stored.rsplit("$", 2)
    assert here.is_current(stored)
    for end in set(string.ascii_letters + string.digits + "+/"):
        for other in (f"{head}${salt[:-1]}{end}${digest}", f"{head}${salt}${digest[:-1]}{end}"):
            assert here.is_current(other) == is_known(other)


def test_nobody_is_verified_too() -> None:
    assert not hashes.verify(PASSWORD, None)
    assert not hashes.verify("", None)


@pytest.mark.parametrize("scheme", OLD)
@pytest.mark.parametrize("password", ["", "\0", PASSWORD + "\0", "a" * MAX_LENGTH, "é" * 37])
def test_odd_passwords_match_nothing_and_raise_nothing(scheme: str, password: str) -> None:
    assert not hashes.verify(password, OLD[scheme])


@pytest.mark.parametrize("ident", ["2a", "2b", "2y"])
@pytest.mark.parametrize("long", ["a" * 100, "é" * 50, "x" + "é" * 50])
def test_bcrypt_verifies_the_72_bytes_of_which_it_was_made(ident: str, long: str) -> None:
    seen = long.encode()[:72]
    stored = bcrypt.using(rounds=4, ident=ident).hash(seen)
    assert hashes.verify(long, stored)
    assert hashes.verify(long + "qualquer fim", stored)
    assert not hashes.verify("b" + long[1:], stored)
    assert not hashes.verify(long[:30], stored)


@pytest.mark.parametrize("scheme", ["pbkdf2", "django", "argon2id"])
def test_no_other_scheme_cuts_a_password(scheme: str) -> None:
    long = "a" * 100
    stored = {
        "pbkdf2": pbkdf2_sha256.using(rounds=10).hash(long),
        "django": django_pbkdf2_sha256.using(rounds=10).hash(long),
        "argon2id": cheap_hasher().hash(long),
    }[scheme]
    assert hashes.verify(long, stored)
    assert not hashes.verify("a" * 72, stored)
    assert not hashes.verify("a" * 99, stored)


def test_a_password_longer_than_any_matches_nothing() -> None:
    long = "a" * (MAX_LENGTH + 1)
    assert not hashes.verify(long, cheap_hasher().hash(long))


@pytest.mark.parametrize("scheme", [*OLD, "current"])
def test_damage_is_found(scheme: str) -> None:
    stored = OLD.get(scheme) or hashes.hash(PASSWORD)
    for damaged in (stored[:-1], stored + "A", stored[:-1] + "é", stored[1:], " " + stored):
        assert not is_known(damaged)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "senha123",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$2b$31$PAS.amostra.kiosk.202OK/W/eyQxwVd2kC2r5xBvm.Lsr7pziwm",
        "$2b$03$PAS.amostra.kiosk.202OK/W/eyQxwVd2kC2r5xBvm.Lsr7pziwm",
        "$2x$06$PAS.amostra.kiosk.202OK/W/eyQxwVd2kC2r5xBvm.Lsr7pziwm",
        OLD["pbkdf2"].replace("$10$", "$99999999$"),
        OLD["django"].replace("$10$", "$99999999$"),
        OLD["argon2id"].replace("m=8", "m=99999999"),
        OLD["argon2id"].replace("m=8", "m=7"),
        OLD["argon2id"].replace("t=2", "t=9999"),
        OLD["argon2id"].replace("p=1", "p=99"),
        OLD["argon2id"].replace("argon2id", "argon2i"),
        OLD["argon2id"].replace("v=19", "v=16"),
        "$argon2id$v=19$m=8,t=1,p=1$" + "A" * 13 + "$" + "A" * 43,
    ],
    # Salts are drawn anew in each process, so the hashes cannot name the cases.
    ids=[f"case {number}" for number in range(15)],
)
def test_other_schemes_and_absurd_costs_are_unknown(stored: str) -> None:
    assert not is_known(stored)


@given(scheme=st.sampled_from(sorted(OLD)), place=st.integers(0, 120), character=st.characters())
def test_whatever_is_known_can_be_taken_apart(scheme: str, place: int, character: str) -> None:
    stored = OLD[scheme]
    place %= len(stored)
    changed = stored[:place] + character + stored[place + 1 :]
    if not is_known(changed):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if changed.startswith("$argon2id$"):
            hashes.is_current(changed)
        elif changed.startswith("$2"):
            bcrypt.from_string(changed)
        elif changed.startswith("$pbkdf2"):
            pbkdf2_sha256.from_string(changed)
        else:
            django_pbkdf2_sha256.from_string(changed)
