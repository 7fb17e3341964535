"""How strong a password is said to be."""

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.blocklist_files import load_blocklist
from kiosk.domain.forms import Rules
from kiosk.domain.passwords import OwnData, check
from kiosk.domain.strengths import Advice, Strength, StrengthLevel
from kiosk.services.strengths import measure_strength

OWN = OwnData(
    card_number="0012345678",
    cpf="52998224725",
    birth_date=date(1960, 3, 24),
    email="zuleica.quintella@exemplo.com.br",
)
RULES = Rules(common_passwords=load_blocklist())
ORDER = list(StrengthLevel)


def level(password: str, own: OwnData = OWN) -> StrengthLevel:
    return measure_strength(password, own, RULES).level


@pytest.mark.parametrize(
    ("password", "strength"),
    [
        ("", Strength(StrengthLevel.WEAK)),
        ("gato", Strength(StrengthLevel.WEAK, Advice.LENGTHEN)),
        ("qwertyuiop", Strength(StrengthLevel.WEAK, Advice.AVOID_ORDER)),
        ("gatogato", Strength(StrengthLevel.WEAK, Advice.AVOID_REPETITION)),
        ("Jabuticaba7", Strength(StrengthLevel.WEAK, Advice.ADD_WORD)),
        ("saudeserpro", Strength(StrengthLevel.WEAK, Advice.AVOID_OWN_DATA)),
        ("529.982.247-25", Strength(StrengthLevel.WEAK, Advice.AVOID_OWN_DATA)),
        ("k7Q2mT4x", Strength(StrengthLevel.FAIR, Advice.LENGTHEN)),
        ("flor73921", Strength(StrengthLevel.FAIR, Advice.AVOID_DATES)),
        ("x9mnhy65tgf", Strength(StrengthLevel.GOOD, Advice.AVOID_ORDER)),
        ("xk7xk7xk7xk7", Strength(StrengthLevel.WEAK, Advice.AVOID_REPETITION)),
        ("jabuticaba azul", Strength(StrengthLevel.GOOD, Advice.ADD_WORD)),
        ("jabuticaba azul no quintal", Strength(StrengthLevel.STRONG)),
        ("três araras azuis voando", Strength(StrengthLevel.STRONG)),
    ],
)
def test_a_level_and_what_would_help(password: str, strength: Strength) -> None:
    assert measure_strength(password, OWN, RULES) == strength


def test_own_data_and_the_plans_words_are_worth_little() -> None:
    mine = measure_strength("quintella.xu7wk", OWN, RULES)
    assert mine.advice is Advice.AVOID_OWN_DATA
    assert ORDER.index(mine.level) < ORDER.index(level("quintella.xu7wk", OwnData()))
    assert measure_strength("carteirinha xu7k", OWN, RULES).advice is Advice.AVOID_OWN_DATA


def test_without_the_words_of_the_language_it_would_flatter() -> None:
    listed = measure_strength("jabuticaba xu", OWN, RULES).level
    unlisted = measure_strength("jabuticaba xu", OWN, Rules()).level
    assert ORDER.index(listed) < ORDER.index(unlisted)


def test_nothing_of_a_person_stays_in_the_library() -> None:
    from zxcvbn import matching

    before = dict(matching.RANKED_DICTIONARIES)
    level("zuleica quintella")
    assert before == matching.RANKED_DICTIONARIES


def test_accents_and_capitals_are_no_strength() -> None:
    assert level("açaí é bom") == level("acai e bom")


@given(st.text(max_size=60))
def test_any_text_has_a_level(text: str) -> None:
    strength = measure_strength(text, OWN, RULES)
    if check(text, OWN, common=RULES.common_passwords) is not None:
        assert strength.level is StrengthLevel.WEAK
    assert (strength.level is not StrengthLevel.STRONG) or strength.advice is None


@pytest.mark.parametrize(
    "text", ["\u0301\u0316\u0302\u0317\u0303\u0318\u0304\u0319", "4@8({[<369 1!|0$5+7%2" * 3]
)
def test_odd_texts_have_one_too(text: str) -> None:
    assert measure_strength(text, OWN, RULES).level in StrengthLevel


def test_the_library_is_not_there_before_it_is_needed() -> None:
    code = "import sys, kiosk.bootstrap; print([n for n in sys.modules if 'zxcvbn' in n])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
