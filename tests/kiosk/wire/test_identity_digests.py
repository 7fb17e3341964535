from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import cards, cpfs
from kiosk.domain.birth_dates import parse
from kiosk.wire.identity_digests import (
    CARD_BYTES,
    KEY_BYTES,
    MOST_MEMORY_KIB,
    MOST_PASSES,
    VERIFIER_BYTES,
    canonical,
    card_digest,
    is_sound,
    verifier,
)
from kiosk.wire.messages import DigestKey, DigestLine, DigestPage, PullResponse, encode
from tests.factories import cpf
from tests.fakes import DIGEST_KEY

OTHER_KEY = msgspec.structs.replace(DIGEST_KEY, key=b"o" * KEY_BYTES)
BORN = date(1950, 3, 24)
CARD = "000000000001"
CPF = cpf(1)
days = st.dates(date(1897, 1, 1), date(2026, 12, 31))
people = st.tuples(st.none() | st.integers(0, 10**9 - 1).map(cpf), days)


@given(people, people)
def test_two_people_are_written_differently(
    one: tuple[str | None, date], other: tuple[str | None, date]
) -> None:
    assert (canonical(*one) == canonical(*other)) == (one == other)


@given(people, st.sampled_from(["{}{}{}{}", "{}.{}.{}-{}", " {}{}{} {} "]))
def test_however_it_was_typed_it_is_written_alike(
    who: tuple[str | None, date], spelling: str
) -> None:
    number, born = who
    typed = None
    if number is not None:
        parts = number[:3], number[3:6], number[6:9], number[9:]
        typed = cpfs.clean(spelling.format(*parts))
    read = parse(f"{born:%d}/{born:%m}/{born.year:04}", date(2026, 12, 31))
    assert isinstance(read, date)
    assert canonical(typed, read) == canonical(number, born)


@given(st.text("0123456789", min_size=6, max_size=20), st.sampled_from([" ", ".", "-", "\t"]))
def test_a_card_is_found_however_it_was_typed(number: str, separator: str) -> None:
    typed = separator.join((number[:3], number[3:]))
    assert card_digest(DIGEST_KEY, cards.clean(typed)) == card_digest(DIGEST_KEY, number)


def test_lengths_and_bytes_stay_as_they_are() -> None:
    # What kiosks have on disk was made with these.
    assert card_digest(DIGEST_KEY, CARD).hex() == "d9ac4e033c267f4db87e7cb69dc6a1"
    assert verifier(DIGEST_KEY, CARD, CPF, BORN).hex() == "75683efc00a708ab4d005afa4cc718"
    assert len(card_digest(DIGEST_KEY, CARD)) == CARD_BYTES
    assert len(verifier(DIGEST_KEY, CARD, None, BORN)) == VERIFIER_BYTES


@pytest.mark.parametrize(
    ("key", "card", "number", "born"),
    [
        (OTHER_KEY, CARD, CPF, BORN),
        (msgspec.structs.replace(DIGEST_KEY, memory_kib=16), CARD, CPF, BORN),
        (msgspec.structs.replace(DIGEST_KEY, passes=2), CARD, CPF, BORN),
        (DIGEST_KEY, "000000000002", CPF, BORN),
        (DIGEST_KEY, CARD, cpf(2), BORN),
        (DIGEST_KEY, CARD, None, BORN),
        (DIGEST_KEY, CARD, CPF, date(1950, 3, 25)),
    ],
)
def test_a_verifier_is_of_one_key_card_cpf_and_date(
    key: DigestKey, card: str, number: str | None, born: date
) -> None:
    assert verifier(key, card, number, born) != verifier(DIGEST_KEY, CARD, CPF, BORN)


@pytest.mark.parametrize(
    ("odd", "sound"),
    [
        ({}, True),
        ({"memory_kib": MOST_MEMORY_KIB, "passes": MOST_PASSES}, True),
        ({"key": b"k" * 31}, False),
        ({"memory_kib": 7}, False),
        ({"memory_kib": MOST_MEMORY_KIB + 1}, False),
        ({"passes": 0}, False),
        ({"passes": MOST_PASSES + 1}, False),
    ],
)
def test_what_would_stop_a_machine_is_not_worked_with(odd: dict[str, object], sound: bool) -> None:
    assert is_sound(msgspec.structs.replace(DIGEST_KEY, **odd)) is sound


def test_the_key_is_in_no_repr() -> None:
    page = DigestPage(key=DIGEST_KEY, lines=[])
    assert "kkkk" not in repr(DIGEST_KEY) + repr(page)


def test_a_line_is_short_on_the_wire() -> None:
    line = DigestLine(b"c" * CARD_BYTES, b"v" * VERIFIER_BYTES)
    page = DigestPage(key=DIGEST_KEY, lines=[line])
    sent = encode(PullResponse(changes=[], cursor="c", more=False, digests=page))
    assert b'"lines":[["Y2Nj' in sent
    assert msgspec.json.decode(sent, type=PullResponse).digests == page
