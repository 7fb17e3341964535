import pytest
from pytestqt.qtbot import QtBot

from ui.widgets.barcodes import PATTERNS, Barcode, symbols_of, widths_of


def test_patterns_are_those_of_the_standard() -> None:
    assert len(PATTERNS) == len(set(PATTERNS)) == 107
    for pattern in PATTERNS[:-1]:
        widths = [int(width) for width in pattern]
        assert sum(widths) == 11
        assert sum(widths[::2]) % 2 == 0, "bars of every symbol are even"
    assert sum(int(width) for width in PATTERNS[106]) == 13


def test_known_check_symbol() -> None:
    """The example that is printed everywhere, begun in code set B instead of A."""
    assert symbols_of("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("0012", [105, 0, 12]),
        ("123", [104, 17, 99, 23]),
        ("7", [104, 23]),
    ],
)
def test_digits_go_two_to_a_symbol(text: str, begin: list[int]) -> None:
    assert symbols_of(text)[:-2] == begin


@pytest.mark.parametrize("text", ["", "ação", "１２", "²³"])
def test_what_cannot_be_written_has_no_bars(text: str) -> None:
    assert symbols_of(text) == []
    assert widths_of(text) == []


def test_bars_are_drawn_as_they_are_written(qtbot: QtBot) -> None:
    code = Barcode()
    qtbot.addWidget(code)
    code.resize(600, 84)
    code.show_text("0012345678")
    image = code.grab().toImage()
    row = [image.pixelColor(x, 40).lightness() < 128 for x in range(image.width())]
    runs: list[int] = []
    inked = row[row.index(True) : len(row) - row[::-1].index(True)]
    last = False
    for is_black in inked:
        if is_black != last or not runs:
            runs.append(0)
        runs[-1] += 1
        last = is_black
    widths = widths_of("0012345678")
    module = runs[0] // widths[0]
    assert [run // module for run in runs] == widths


def test_no_bars_for_an_impossible_text(qtbot: QtBot) -> None:
    code = Barcode()
    qtbot.addWidget(code)
    code.show_text("ação")
    assert code.isHidden()
