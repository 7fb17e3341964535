import re

import pytest
from PySide6.QtGui import QFontInfo, QRawFont
from PySide6.QtWidgets import QApplication

from ui.base import icons
from ui.base import theme as themes
from ui.base.theme import RESOURCES, Face, Theme


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("face", ["kiosk", "desk"])
def test_style_sheet_has_no_token_left(face: Face) -> None:
    assert not re.search(r"@\w", themes.stylesheet(themes.theme_for(face)))


@pytest.mark.parametrize(("face", "text", "target"), [("kiosk", 20, 56), ("desk", 16, 48)])
def test_sizes_are_large_enough_for_the_face(face: Face, text: int, target: int) -> None:
    sizes = themes.theme_for(face).sizes
    assert min(sizes.text, sizes.quiet, sizes.entry, sizes.heading, sizes.title) >= text
    assert sizes.target >= target
    assert sizes.gap >= 8


@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("text", "ground", 4.5),
        ("quiet", "ground", 4.5),
        ("primary", "ground", 4.5),
        ("primary", "alternate", 4.5),
        ("ground", "primary", 4.5),
        ("ground", "primary_pressed", 4.5),
        ("on_dark", "dark", 4.5),
        ("on_dark_quiet", "dark", 4.5),
        ("text", "danger_ground", 4.5),
        ("text", "warning", 4.5),
        ("text", "warning_ground", 4.5),
        ("text", "info_ground", 4.5),
        ("text", "success_ground", 4.5),
        ("disabled_text", "disabled", 3.0),
        ("field_border", "ground", 3.0),
        ("danger", "ground", 4.5),
        ("focus", "ground", 3.0),
        ("focus_on_dark", "dark", 3.0),
    ],
)
def test_contrast(ink: str, ground: str, least: float) -> None:
    colours = themes.theme_for("kiosk").colours
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= least


def test_shipped_font_is_used_and_has_every_letter(theme: Theme) -> None:
    assert QFontInfo(QApplication.font()).family() == themes.FONT_FAMILY
    for semibold in (False, True):
        raw = QRawFont.fromFont(themes.font(20, semibold=semibold))
        missing = [
            c
            for c in "áâãàéêíóôõúüçÁÂÃÀÉÊÍÓÔÕÚÜÇ“”–·•…0123456789@"
            if not raw.supportsCharacter(ord(c))
        ]
        assert not missing


def test_licences_are_shipped_beside_fonts_and_icons() -> None:
    assert "SIL OPEN FONT LICENSE" in (RESOURCES / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "ISC License" in (RESOURCES / "icons" / "LICENSE.txt").read_text(encoding="utf-8")


def test_every_icon_can_be_drawn(theme: Theme) -> None:
    for file in (RESOURCES / "icons").glob("*.svg"):
        image = icons.pixmap(file.stem, "#ff0000", 24, 2.0, after=4).toImage()
        assert (image.width(), image.height()) == (56, 48)
        inked = any(image.pixelColor(x, y).alpha() for x in range(48) for y in range(48))
        assert inked, file.name
        empty = not any(image.pixelColor(x, y).alpha() for x in range(49, 56) for y in range(48))
        assert empty, file.name
