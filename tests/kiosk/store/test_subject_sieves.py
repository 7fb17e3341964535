import hashlib

from kiosk.store.subject_sieves import SubjectSieve


def digest(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def test_it_never_denies_who_acted_and_seldom_names_who_did_not() -> None:
    sieve = SubjectSieve(digest(number) for number in range(2_000))
    for number in range(2_000, 4_000):
        sieve.add(digest(number))
    assert all(sieve.may_hold(digest(number)) for number in range(4_000))
    assert not any(sieve.may_hold(digest(number)) for number in range(4_000, 8_000))


def test_what_the_disk_has_made_of_a_digest_does_no_harm() -> None:
    sieve = SubjectSieve([b"", b"short", b"x" * 99])
    assert sieve.may_hold(b"short")
    assert not sieve.may_hold(digest(1))
