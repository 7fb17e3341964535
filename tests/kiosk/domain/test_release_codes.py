from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET
from kiosk.domain.release_codes import (
    MINUTE_MS,
    Release,
    ReleaseKeys,
    find_slot_at_kiosk,
    is_right_at_registry,
    make,
    read,
    subject_of,
    written,
)

NOW = 1_780_000_000_000 // MINUTE_MS * MINUTE_MS
KEYS = ReleaseKeys(b"k" * 32, b"r" * 32)
RELEASE = Release("K7Q2MT", OperationKind.RESET, "cpf:52998224725")
CODE = make(KEYS, RELEASE, NOW)
OTHERS = [
    replace(RELEASE, kiosk="9ZX4BC"),
    replace(RELEASE, purpose=OperationKind.REGISTER),
    replace(RELEASE, subject="cpf:11144477735"),
]


def at_registry(code: str, minutes: int, slot: int | None = None, **other: object) -> bool:
    now = NOW + minutes * MINUTE_MS
    earliest = other.get("earliest", now)
    assert isinstance(earliest, int)
    return is_right_at_registry(KEYS.registry, RELEASE, code, slot, now, earliest)


@pytest.mark.parametrize(
    ("minutes", "is_right"), [(-3, False), (-2, True), (0, True), (9, True), (10, False)]
)
def test_a_code_is_right_for_ten_minutes(minutes: int, is_right: bool) -> None:
    now = NOW + minutes * MINUTE_MS
    found = find_slot_at_kiosk(KEYS.kiosk, RELEASE, CODE, now)
    assert found == (NOW // MINUTE_MS if is_right else None)
    assert at_registry(CODE, minutes) is is_right


@pytest.mark.parametrize("other", OTHERS, ids=["kiosk", "purpose", "person"])
def test_it_is_for_one_person_one_purpose_and_one_kiosk(other: Release) -> None:
    assert find_slot_at_kiosk(KEYS.kiosk, other, CODE, NOW) is None
    assert not is_right_at_registry(KEYS.registry, other, CODE, None, NOW, NOW)


def test_the_key_of_a_kiosk_makes_no_code_that_the_registry_takes() -> None:
    stolen = make(ReleaseKeys(KEYS.kiosk, KEYS.kiosk), RELEASE, NOW)
    assert find_slot_at_kiosk(KEYS.kiosk, RELEASE, stolen, NOW) is not None
    assert not at_registry(stolen, 0)
    assert not at_registry(stolen, 0, NOW // MINUTE_MS)


@pytest.mark.parametrize(
    ("minutes", "earliest", "is_right"),
    [
        # Delivered two days later by a kiosk that had heard the registry just before.
        (2 * 24 * 60, NOW - MINUTE_MS, True),
        (2 * 24 * 60, NOW + 10 * MINUTE_MS, True),
        # The kiosk heard the registry long after the code was given: it was void by then.
        (2 * 24 * 60, NOW + 11 * MINUTE_MS, False),
        (-3, NOW - 60 * MINUTE_MS, False),
    ],
)
def test_one_that_was_used_without_line_is_judged_by_the_registrys_own_time(
    minutes: int, earliest: int, is_right: bool
) -> None:
    assert at_registry(CODE, minutes, NOW // MINUTE_MS, earliest=earliest) is is_right


def test_one_try_is_one_minute() -> None:
    assert not at_registry(CODE, 5, NOW // MINUTE_MS + 1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("k7q2m-t0042", "K7Q2MT0042"),
        (" K7Q2M T0042 ", "K7Q2MT0042"),
        ("ilouu-00000", "110VV00000"),
        ("K7Q2MT004", None),
        ("K7Q2MT00422", None),
        ("K7Q2MT004é", None),
        ("", None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, kept: str | None) -> None:
    assert read(typed) == kept


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**42))
def test_every_code_is_read_as_it_was_written(key: bytes, now: int) -> None:
    code = make(ReleaseKeys(key, key[::-1]), RELEASE, now)
    assert set(code) <= set(DEVICE_CODE_ALPHABET)
    assert read(written(code)) == code


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = read(typed)
    assert code is None or read(written(code)) == code


def test_a_person_is_named_by_cpf_or_else_by_card() -> None:
    card = Identifier(IdentifierKind.CARD, "000000000001")
    claim = Claim(card, "52998224725", date(1950, 3, 24))
    assert subject_of(claim) == "cpf:52998224725"
    assert subject_of(replace(claim, cpf=None)) == "card:000000000001"


def test_nothing_secret_or_personal_shows_itself() -> None:
    assert "529" not in repr(RELEASE)
    assert "kkk" not in repr(KEYS)
