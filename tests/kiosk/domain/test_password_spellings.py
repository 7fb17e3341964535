import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.password_spellings import LONGEST, fold, letters_of, spellings


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Açaí", "acai"),
        ("a-ça í", "acai"),
        ("GROẞ", "gross"),
        ("ｓｅｎｈａ", "senha"),
        ("cafe😀", "cafe😀"),
        ("1.2/3_4", "1234"),
        ("1.2/3_4!", "1.2/3_4!"),
    ],
)
def test_marks_are_left_out_while_they_are_few(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_letters_are_those_whatever_the_marks() -> None:
    assert letters_of("d'Á-v_i.l+a@x") == "davilax"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Gato!", "gato"),
        ("gato2024", "gato"),
        ("12gato34", "gato"),
        ("!!gato99!!", "gato"),
        ("g4t0", "gato"),
        ("g@to", "gato"),
        ("g4t0123", "gato"),
        ("otag", "gato"),
        ("gatogatogato", "gato"),
        ("gato123456", "gato"),
        ("$apo!", "sapo"),
        ("1obo7", "lobo"),
        ("sap0!", "sapo"),
    ],
)
def test_a_word_is_found_underneath(text: str, word: str) -> None:
    assert word in list(spellings(text))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("gato73921", "gato"),
        ("123gato45", "gato"),
        ("g!a@t#o$", "gato"),
        ("gato preto", "gato"),
        ("94701", "gatol"),
    ],
)
def test_and_is_not_where_there_is_more(text: str, word: str) -> None:
    assert word not in list(spellings(text))


def test_a_long_text_has_no_spellings() -> None:
    assert list(spellings("a" * LONGEST))
    assert not list(spellings("a" * (LONGEST + 1)))


@given(st.text(max_size=40).map(lambda text: unicodedata.normalize("NFC", text)))
def test_no_text_is_too_much(text: str) -> None:
    found = list(spellings(text))
    assert len(found) <= 200
    assert all(one == one.casefold() or not one.isascii() for one in found)
