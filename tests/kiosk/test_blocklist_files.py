"""The list as it is shipped."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from kiosk.blocklist_files import SHIPPED, load_blocklist
from kiosk.complaints import Complaint
from kiosk.domain.blocklists import Blocklist, compose
from kiosk.domain.passwords import OwnData, PasswordProblem, check
from tests.blocklist_maker import ALSO, gather

DICTIONARY = Path("/usr/share/dict/brazilian")
SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in ("a", "e", "i", "o", "ão")]


@pytest.fixture(scope="module")
def shipped() -> Blocklist:
    return load_blocklist()


def test_it_is_long_and_small(shipped: Blocklist) -> None:
    assert shipped.count(8) >= 100_000
    assert SHIPPED.stat().st_size < 5_000_000


def test_the_same_sources_make_the_same_file(shipped: Blocklist) -> None:
    without_dictionary = gather([])
    assert all(word in shipped for word in without_dictionary)
    assert set(ALSO) <= without_dictionary
    assert sum(map(len, FREQUENCY_LISTS.values())) > 90_000


@pytest.mark.skipif(not DICTIONARY.exists(), reason="needs wbrazilian")
def test_the_file_is_made_of_its_sources() -> None:
    words = gather(DICTIONARY.read_text(encoding="utf-8").splitlines())
    assert SHIPPED.read_bytes() == compose(words)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("password", PasswordProblem.COMMON),
        ("P@ssw0rd1!", PasswordProblem.COMMON),
        ("iloveyou2", PasswordProblem.COMMON),
        ("Brasil2024", PasswordProblem.COMMON),
        ("flamengo", PasswordProblem.COMMON),
        ("Corinthians1910", PasswordProblem.COMMON),
        ("jabuticaba", PasswordProblem.COMMON),
        ("Coração!", PasswordProblem.COMMON),
        ("deus1234", PasswordProblem.COMMON),
        ("maria2020", PasswordProblem.COMMON),
        ("responsabilidade", PasswordProblem.COMMON),
        ("pas12345", PasswordProblem.COMMON),
        ("saudeserpro", PasswordProblem.PLAN_WORDS),
        ("qwertyuiop", PasswordProblem.SEQUENCE),
        ("abababab", PasswordProblem.REPEATED),
        ("52998224725", PasswordProblem.OWN_CPF),
    ],
)
def test_each_kind_is_refused(password: str, problem: PasswordProblem, shipped: Blocklist) -> None:
    assert check(password, OwnData(cpf="52998224725"), common=shipped) is problem


@given(st.lists(st.sampled_from(SYLLABLES), min_size=9, max_size=40), st.sampled_from(" -_."))
def test_made_up_passphrases_pass(syllables: list[str], between: str) -> None:
    groups = ["".join(syllables[at : at + 3]) for at in range(0, len(syllables), 3)]
    if len(set(syllables)) > len(syllables) // 2:
        assert check(between.join(groups), common=load_blocklist_once()) is None


@given(st.randoms(use_true_random=False), st.integers(3, 8))
def test_random_passphrases_of_listed_words_pass(rng: random.Random, count: int) -> None:
    words = [rng.choice(WORDS) for _ in range(count)]
    if len(set(words)) == count:
        assert check(" ".join(words), common=load_blocklist_once()) is None


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=16))
def test_long_random_characters_pass(text: str) -> None:
    if len(set(text)) > 12:
        assert check(text, common=load_blocklist_once()) is None


@pytest.mark.parametrize("make", [lambda file: None, lambda file: file.write_text("outra coisa")])
def test_without_the_list_nobody_is_served(make: object, tmp_path: Path) -> None:
    file = tmp_path / "common.txt"
    assert callable(make)
    make(file)
    with pytest.raises(Complaint, match="Instale o programa de novo"):
        load_blocklist(file)


_LOADED: list[Blocklist] = []
WORDS = [
    line
    for line in SHIPPED.read_text(encoding="ascii").splitlines()[2:]
    if line.isalpha() and 5 <= len(line) <= 12
]


def load_blocklist_once() -> Blocklist:
    if not _LOADED:
        _LOADED.append(load_blocklist())
    return _LOADED[0]
