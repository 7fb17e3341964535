"""Colours, sizes, fonts and the style sheet.

Everything here runs before the first paint, so the tokens are named tuples: the module
``dataclasses`` alone would cost more than the whole theme.
"""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

Face = Literal["kiosk", "desk"]

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
FONT_FAMILY = "Atkinson Hyperlegible Next"
# Said on the command line: ``setStyle`` hands out an object whose type costs 5 ms to prepare.
STYLE_ARGUMENTS = ("-style", "fusion")
_FONT_FILES = (
    "AtkinsonHyperlegibleNext_400Regular.ttf",
    "AtkinsonHyperlegibleNext_600SemiBold.ttf",
)
_TOKEN = re.compile(r"@([a-z_]+)@")


class Colours(NamedTuple):
    """The gov.br design system's values, as ``#rrggbb``."""

    primary: str = "#1351b4"
    primary_pressed: str = "#0c326f"
    primary_hover: str = "#0f449a"
    primary_tint: str = "#edf3fd"
    dark: str = "#071d41"
    dark_tint: str = "#15305c"
    on_dark: str = "#ffffff"
    on_dark_quiet: str = "#d3dff2"
    text: str = "#333333"
    quiet: str = "#555555"
    ground: str = "#ffffff"
    alternate: str = "#f0f0f0"
    line: str = "#d9d9d9"
    field_border: str = "#888888"
    disabled: str = "#c9c9c9"
    disabled_text: str = "#595959"
    success: str = "#168821"
    success_ground: str = "#e3f5e1"
    danger: str = "#e52207"
    danger_ground: str = "#fde0db"
    warning: str = "#ffcd07"
    warning_text: str = "#5c4a00"
    warning_ground: str = "#fff5c2"
    info: str = "#155bcb"
    info_ground: str = "#d4e5ff"
    focus: str = "#c2850c"
    focus_on_dark: str = "#ffbe2e"


class Sizes(NamedTuple):
    """Lengths in device-independent pixels."""

    text: int
    quiet: int
    entry: int
    heading: int
    result: int
    title: int
    display: int
    target: int
    gap: int
    column: int
    aside: int
    icon: int


class Theme(NamedTuple):
    """How one face of the program looks."""

    face: Face
    colours: Colours
    sizes: Sizes


_KIOSK = Sizes(
    text=20,
    quiet=20,
    entry=24,
    heading=28,
    result=34,
    title=40,
    display=44,
    target=56,
    gap=12,
    column=680,
    aside=392,
    icon=28,
)
_DESK = Sizes(
    text=17,
    quiet=16,
    entry=19,
    heading=23,
    result=28,
    title=32,
    display=36,
    target=48,
    gap=10,
    column=600,
    aside=336,
    icon=24,
)


def theme_for(face: Face) -> Theme:
    """Return the look of the self-service kiosk or of the staffed desk."""
    return Theme(face, Colours(), _KIOSK if face == "kiosk" else _DESK)


def stylesheet(theme: Theme) -> str:
    """Return the style sheet with the theme's values in place of its ``@tokens@``.

    Raises:
        KeyError: The style sheet names a token that the theme does not have.
    """
    target = theme.sizes.target
    values: dict[str, object] = {
        **theme.colours._asdict(),
        **theme.sizes._asdict(),
        "pill": target // 2,
        "inner": target - 4,
        "indicator": target * 4 // 7,
        "icons": (RESOURCES / "icons").as_posix(),
    }
    source = (RESOURCES / "qss" / "theme.qss").read_text(encoding="utf-8")
    return _TOKEN.sub(lambda match: str(values[match[1]]), source)


def apply(app: QApplication, theme: Theme) -> None:
    """Give the application its fonts, palette, language of numbers and style sheet.

    The style below the sheet is Fusion, the same everywhere; see ``STYLE_ARGUMENTS``.
    """
    QLocale.setDefault(QLocale("pt_BR"))
    for file in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / file))
    app.setPalette(_palette(theme.colours))
    app.setFont(font(theme.sizes.text))
    app.setStyleSheet(stylesheet(theme))


def font(pixels: int, *, semibold: bool = False) -> QFont:
    """Return the product's font.

    Args:
        pixels: Height in device-independent pixels.
        semibold: For titles, labels and buttons.
    """
    made = QFont(FONT_FAMILY)
    made.setPixelSize(pixels)
    if semibold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def _palette(colours: Colours) -> QPalette:
    """Return a palette that does not change with the system's dark mode."""
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, colours.ground),
        (QPalette.ColorRole.Base, colours.ground),
        (QPalette.ColorRole.Button, colours.ground),
        (QPalette.ColorRole.WindowText, colours.text),
        (QPalette.ColorRole.Text, colours.text),
        (QPalette.ColorRole.ButtonText, colours.text),
        (QPalette.ColorRole.Highlight, colours.primary),
        (QPalette.ColorRole.HighlightedText, colours.ground),
    ):
        palette.setColor(role, QColor(colour))
    palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(colours.quiet))
    palette.setColor(
        QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text, QColor(colours.disabled_text)
    )
    return palette
