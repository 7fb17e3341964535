"""CPF and date while they are typed, pasted, deleted and undone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.widgets.cpf_edits import CpfEdit
from ui.widgets.date_edits import DateEdit
from ui.widgets.digit_edits import caret_after, digits_of


@pytest.fixture
def cpf(qtbot: QtBot) -> CpfEdit:
    edit = CpfEdit("cpf")
    qtbot.addWidget(edit)
    return edit


@pytest.fixture
def born(qtbot: QtBot) -> DateEdit:
    edit = DateEdit("born")
    qtbot.addWidget(edit)
    return edit


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("5", "5"),
        ("5299", "529.9"),
        ("5299822", "529.982.2"),
        ("52998224725", "529.982.247-25"),
        ("529.982.247-25", "529.982.247-25"),
    ],
)
def test_cpf_formats_itself(cpf: CpfEdit, qtbot: QtBot, typed: str, shown: str) -> None:
    QTest.keyClicks(cpf, typed)
    assert cpf.text() == shown
    assert cpf.cursorPosition() == len(shown)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("24", "24"),
        ("240", "24/0"),
        ("24031957", "24/03/1957"),
        ("24/03/1957", "24/03/1957"),
        ("1/2/1950", "01/02/1950"),
        ("1.2.1950", "01/02/1950"),
    ],
)
def test_date_formats_itself(born: DateEdit, qtbot: QtBot, typed: str, shown: str) -> None:
    QTest.keyClicks(born, typed)
    assert born.text() == shown
    assert born.cursorPosition() == len(shown)


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("1957-03-24", "24/03/1957"),
        ("24031957", "24/03/1957"),
        ("4/3/1957", "04/03/1957"),
        (" 24-03-1957 ", "24/03/1957"),
        ("24 03 1957", "24/03/1957"),
    ],
)
def test_date_reads_what_is_pasted(born: DateEdit, pasted: str, shown: str) -> None:
    QGuiApplication.clipboard().setText(pasted)
    born.paste()
    assert born.text() == shown


def test_cpf_reads_what_is_pasted_into_the_middle(cpf: CpfEdit) -> None:
    cpf.setText("52925")
    cpf.setCursorPosition(3)
    QGuiApplication.clipboard().setText("982.247")
    cpf.paste()
    assert cpf.text() == "529.982.247-25"
    assert cpf.cursorPosition() == len("529.982.247")


@pytest.mark.parametrize("text", ["529982247251", "0012345678901234", "5" * 10_000])
def test_more_digits_than_fit_are_never_cut_off(cpf: CpfEdit, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    cpf.paste()
    assert cpf.text() == text


def test_twelfth_digit_stands_unformatted_and_its_deletion_formats_again(
    cpf: CpfEdit, qtbot: QtBot
) -> None:
    QTest.keyClicks(cpf, "529982247251")
    assert digits_of(cpf.text()) == "529982247251"
    QTest.keyClick(cpf, Qt.Key.Key_Backspace)
    assert cpf.text() == "529.982.247-25"


@pytest.mark.parametrize("text", ["52a", "５２９", "٥٢٩", "529\u202e982", "<b>529", "529\ud800982"])
def test_what_is_no_digit_stays_as_it_is(cpf: CpfEdit, text: str) -> None:
    cpf.setText(text)
    assert cpf.typed() == text.replace("\ud800", "") + ("\ud800" if "\ud800" in text else "")


def test_typing_in_the_middle_keeps_the_caret_there(cpf: CpfEdit, qtbot: QtBot) -> None:
    cpf.setText("529247")
    cpf.setCursorPosition(3)
    QTest.keyClicks(cpf, "98")
    assert cpf.text() == "529.982.47"
    assert cpf.cursorPosition() == len("529.98")


def test_deleting_in_the_middle_keeps_the_caret_there(cpf: CpfEdit, qtbot: QtBot) -> None:
    cpf.setText("52998224725")
    cpf.setCursorPosition(len("529.98"))
    QTest.keyClick(cpf, Qt.Key.Key_Backspace)
    assert cpf.text() == "529.922.472-5"
    assert cpf.cursorPosition() == len("529.9")
    QTest.keyClick(cpf, Qt.Key.Key_Delete)
    assert cpf.text() == "529.924.725"
    assert cpf.cursorPosition() == len("529.9")


def test_backspace_over_a_separator_takes_the_digit_before(cpf: CpfEdit, qtbot: QtBot) -> None:
    cpf.setText("52998224725")
    cpf.setCursorPosition(len("529."))
    QTest.keyClick(cpf, Qt.Key.Key_Backspace)
    assert cpf.text() == "529.822.472-5"
    assert cpf.cursorPosition() == 2


def test_delete_before_a_separator_takes_the_digit_after(born: DateEdit, qtbot: QtBot) -> None:
    born.setText("24031957")
    born.setCursorPosition(2)
    QTest.keyClick(born, Qt.Key.Key_Delete)
    assert born.text() == "24/31/957"
    assert born.cursorPosition() == 2


def test_selection_is_replaced(cpf: CpfEdit, qtbot: QtBot) -> None:
    cpf.setText("52998224725")
    cpf.setSelection(3, 5)
    QTest.keyClicks(cpf, "1")
    assert cpf.text() == "529.124.725"
    assert cpf.cursorPosition() == len("529.1")


def test_all_is_replaced_by_a_scan(cpf: CpfEdit, qtbot: QtBot) -> None:
    cpf.setText("111")
    cpf.selectAll()
    QTest.keyClicks(cpf, "52998224725")
    assert cpf.text() == "529.982.247-25"


def test_undo_and_redo_go_through_what_was_seen(cpf: CpfEdit, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClicks(cpf, "5299")
    QTest.keyClick(cpf, Qt.Key.Key_Z, control)
    assert cpf.text() == "529"
    QTest.keyClick(cpf, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert cpf.text() == "529.9"
    for _ in range(20):
        QTest.keyClick(cpf, Qt.Key.Key_Z, control)
    assert cpf.text() == ""
    QTest.keyClicks(cpf, "1")
    QTest.keyClick(cpf, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert cpf.text() == "1"


def test_wiped_edit_gives_nothing_back(cpf: CpfEdit, qtbot: QtBot) -> None:
    QTest.keyClicks(cpf, "52998224725")
    cpf.wipe()
    QTest.keyClick(cpf, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cpf.text() == ""


def test_input_method_text_is_formatted(cpf: CpfEdit) -> None:
    event = QInputMethodEvent()
    event.setCommitString("5299")
    QApplication.sendEvent(cpf, event)
    assert cpf.text() == "529.9"


def test_caret_after_digits() -> None:
    assert [caret_after("529.9", count) for count in (0, 1, 3, 4, 9)] == [0, 1, 3, 5, 5]


KEYS = st.lists(
    st.one_of(
        st.sampled_from("0123456789.-a"),
        st.sampled_from(["back", "delete", "left", "home", "undo", "all"]),
    ),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(keys=KEYS)
def test_any_typing_leaves_formatted_digits_or_the_raw_text(
    cpf: CpfEdit, qtbot: QtBot, keys: list[str]
) -> None:
    cpf.wipe()
    for key in keys:
        match key:
            case "back":
                QTest.keyClick(cpf, Qt.Key.Key_Backspace)
            case "delete":
                QTest.keyClick(cpf, Qt.Key.Key_Delete)
            case "left":
                cpf.cursorBackward(False)
            case "home":
                cpf.home(False)
            case "undo":
                QTest.keyClick(cpf, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            case "all":
                cpf.selectAll()
            case _:
                QTest.keyClicks(cpf, key)
        text = cpf.text()
        digits = digits_of(text)
        if "a" not in text and len(digits) <= 11:
            assert text == caret_free_form(digits)
        assert 0 <= cpf.cursorPosition() <= len(text)


def caret_free_form(digits: str) -> str:
    """The form of a CPF, said independently of the program."""
    groups = [digits[:3], digits[3:6], digits[6:9]]
    form = ".".join(group for group in groups if group)
    return form + (f"-{digits[9:]}" if digits[9:] else "")
