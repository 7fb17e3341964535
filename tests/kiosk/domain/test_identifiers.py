import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.cards import CardFormat
from kiosk.domain.identifiers import Identifier, IdentifierKind, canonical, classify

CARD, CPF, EMAIL = IdentifierKind.CARD, IdentifierKind.CPF, IdentifierKind.EMAIL
TEN_DIGITS = CardFormat(r"[0-9]{10}")


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("0012345678", [(CARD, "0012345678")]),
        ("0012.3456-78", [(CARD, "0012345678")]),
        (" 0012 345678 ", [(CARD, "0012345678")]),
        ("52998224725", [(CARD, "52998224725"), (CPF, "52998224725")]),
        ("529.982.247-25", [(CARD, "52998224725"), (CPF, "52998224725")]),
        ("52998224724", [(CARD, "52998224724")]),
        ("Ines@Exemplo.com.br ", [(EMAIL, "ines@exemplo.com.br")]),
        ("ines-avila.x@exemplo.com.br", [(EMAIL, "ines-avila.x@exemplo.com.br")]),
        ("0012345678@exemplo.com.br", [(EMAIL, "0012345678@exemplo.com.br")]),
        ('"a@b"@exemplo.com.br', [(EMAIL, '"a@b"@exemplo.com.br')]),
        ("", []),
        ("   ", []),
        ("12345", []),
        ("1" * 21, []),
        ("maria", []),
        ("@", []),
        ("ines@", []),
        ("@exemplo.com.br", []),
        ("ines@exemplo@", []),
        ("ines avila@exemplo.com.br", []),
        ("５２９９８２２４７２５", []),
        ("' OR 1=1 --", []),
        ("<b>0012345678</b>", []),
        ("\u202e0012345678", []),
        ("\ud800", []),
        ("😀", []),
        ("1" * 10_000, []),
    ],
)
def test_what_was_typed_is_classified(
    typed: str, readings: list[tuple[IdentifierKind, str]]
) -> None:
    assert classify(typed, CardFormat()) == tuple(Identifier(*reading) for reading in readings)


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("0012345678", [CARD]),
        ("52998224725", [CPF]),
        ("529.982.247-25", [CPF]),
        ("52998224724", []),
    ],
)
def test_a_cpf_that_fits_no_card_is_a_cpf(typed: str, kinds: list[IdentifierKind]) -> None:
    assert [reading.kind for reading in classify(typed, TEN_DIGITS)] == kinds


@given(st.text() | st.from_regex(r"[0-9.@ a-]{0,25}", fullmatch=True))
def test_no_text_is_too_much(text: str) -> None:
    kinds = [reading.kind for reading in classify(text, CardFormat())]
    assert kinds in ([], [CARD], [CPF], [CARD, CPF], [EMAIL])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Joana@Exemplo.BR ", "joana@exemplo.br"),
        ("529.982.247-25", "52998224725"),
        ("nada disso", "nadadisso"),
        ("", ""),
    ],
)
def test_what_is_typed_is_counted_in_one_spelling(typed: str, kept: str) -> None:
    assert canonical(typed) == kept
