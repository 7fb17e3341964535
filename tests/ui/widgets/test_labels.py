"""Text on a screen."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ui.widgets.labels import HELP_PHONE, Label

WORDS = f"Se não der certo, ligue para {HELP_PHONE}, a qualquer hora."


def shown(label: Label) -> str:
    return QLabel.text(label)


def test_the_phone_does_not_break_where_text_wraps(qtbot: QtBot) -> None:
    label = Label(WORDS, "text")
    qtbot.addWidget(label)
    assert "0800\N{NO-BREAK SPACE}888\N{NO-BREAK SPACE}9504" in shown(label)
    assert label.text() == WORDS
    label.setText(f"{HELP_PHONE}.")
    assert HELP_PHONE not in shown(label)
    assert label.text() == f"{HELP_PHONE}."


def test_a_label_in_one_line_is_left_as_it_is(qtbot: QtBot) -> None:
    label = Label(HELP_PHONE, "phone", wraps=False)
    qtbot.addWidget(label)
    assert shown(label) == HELP_PHONE
