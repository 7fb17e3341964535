"""By keyboard alone, by touch alone, and with a screen reader."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from tests.ui.drivers import Driver
from ui.flows.carried import Carried
from ui.widgets.form_pages import FormPage
from ui.widgets.pages import Page

SIZES = [(1280, 800), (1366, 768), (1920, 1080), (1080, 1920), (1024, 720)]
PAGES = [
    "startScreen",
    "registrationScreen",
    "signInScreen",
    "resetScreen",
    "helpScreen",
    "receiptScreen",
    "accountScreen",
    "outcomeScreen",
    "privacyScreen",
    "failureScreen",
]


def show(driver: Driver, name: str) -> Page:
    page = driver.find(name)
    assert isinstance(page, Page)
    driver.window.show_page(page)
    return page


def targets(page: Page) -> list[QWidget]:
    return [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.isHidden()
    ]


def settle() -> None:
    QApplication.sendPostedEvents()
    QApplication.processEvents()


def test_everything_that_takes_the_focus_has_names(built: Driver) -> None:
    for name in PAGES:
        page = show(built, name)
        assert targets(page)
        for widget in targets(page):
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()


def test_every_label_shows_plain_text(built: Driver) -> None:
    labels = built.window.findChildren(QLabel)
    assert len(labels) > 100
    for label in labels:
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()


def test_tab_goes_in_reading_order_and_reaches_everything(built: Driver) -> None:
    for name in PAGES:
        assert_tab_goes_in_reading_order_and_reaches_everything(built, show(built, name))


def assert_tab_goes_in_reading_order_and_reaches_everything(built: Driver, page: Page) -> None:
    expected = [widget for widget in targets(page) if widget.isEnabled()]
    page.setFocus()
    reached: list[QWidget] = []
    for _ in range(len(expected) + 3):
        QTest.keyClick(built.window.focusWidget(), Qt.Key.Key_Tab)
        focused = built.window.focusWidget()
        if focused in reached or not page.isAncestorOf(focused):
            break
        reached.append(focused)
    assert {widget.objectName() for widget in reached} == {
        widget.objectName() for widget in expected
    }
    assert page.back is None or reached[0] is page.back, page.objectName()

    def place(widget: QWidget) -> tuple[bool, int, int]:
        at = widget.mapTo(page, QPoint(0, 0))
        aside = widget in (page.back, page.help)
        return (not aside, (at.y() + widget.height() // 2) // 20, at.x())

    assert reached == sorted(reached, key=place)


def test_touch_targets_are_large_and_apart(built: Driver) -> None:
    for name in PAGES:
        page = show(built, name)
        settle()
        rects = [
            (widget.objectName(), widget.rect().translated(widget.mapTo(page, QPoint(0, 0))))
            for widget in targets(page)
        ]
        for index, (one_name, one) in enumerate(rects):
            assert one.height() >= 56, one_name
            assert one.width() >= 56, one_name
            for other_name, other in rects[index + 1 :]:
                grown = one.adjusted(-8, -8, 8, 8)
                assert not grown.intersects(other), (one_name, other_name)


def test_no_label_or_button_is_cut(built: Driver) -> None:
    outcome = built.session.navigation.outcome
    outcome.show_outcome(
        "refused", "Redefinição de senha", "Os dados não conferem", "Texto. " * 40, "K7Q2MT"
    )
    outcome.show_ways("Ir para o login", "Redefinir a senha")
    for size in SIZES:
        built.window.resize(*size)
        for name in PAGES:
            page = show(built, name)
            settle()
            settle()
            assert_labels_fit(page, size)
            for button in page.findChildren(QAbstractButton):
                if button.isVisible() and button.text():
                    where = (size, button.objectName())
                    right = button.mapTo(page, QPoint(button.width(), 0)).x()
                    assert right <= page.width(), where
                    text = button.fontMetrics().horizontalAdvance(button.text())
                    assert button.width() >= text, where


@pytest.mark.parametrize("name", ["registrationScreen", "signInScreen", "resetScreen"])
def test_nothing_is_cut_while_a_request_runs(built: Driver, name: str) -> None:
    page = show(built, name)
    assert isinstance(page, FormPage)
    for size in SIZES:
        built.window.resize(*size)
        before = [button for button in page.findChildren(QAbstractButton) if button.isVisible()]
        page.show_busy()
        built.qtbot.waitUntil(page.cancel.isVisible)
        settle()
        settle()
        for button in page.findChildren(QAbstractButton):
            if button.isVisible():
                assert button.width() >= button.sizeHint().width(), (size, button.text())
        assert_labels_fit(page, size)
        page.show_idle()
        after = [button for button in page.findChildren(QAbstractButton) if button.isVisible()]
        assert after == before, size


@pytest.mark.parametrize("size", SIZES)
def test_a_form_stands_right_before_its_first_paint(driver: Driver, size: tuple[int, int]) -> None:
    assert driver.session.navigation.registration
    driver.window.resize(*size)
    settle()
    driver.session.navigation.to_registration(Carried(card="0012345678"), "Um aviso. " * 6)
    page = driver.find("registrationScreen")
    assert isinstance(page, FormPage)
    area = page.column
    assert area.verticalScrollBar().value() == 0
    assert page.notice.isVisible()
    now = (area.geometry(), page.submit.geometry(), area.verticalScrollBar().maximum())
    settle()
    settle()
    assert now == (area.geometry(), page.submit.geometry(), area.verticalScrollBar().maximum())


def assert_labels_fit(page: Page, size: tuple[int, int]) -> None:
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.text():
            where = (size, label.text())
            if label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()), where
            else:
                assert label.height() >= label.sizeHint().height(), where
                assert label.width() >= label.sizeHint().width(), where


@pytest.mark.parametrize("size", SIZES)
def test_focused_field_and_its_message_are_in_view(driver: Driver, size: tuple[int, int]) -> None:
    driver.session.navigation.to_registration(Carried(), "Um aviso comprido. " * 12)
    driver.window.resize(*size)
    settle()
    driver.press("registrationSubmit")
    settle()
    area = driver.find("registrationScreen").findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    for name in ("Card", "Cpf", "BirthDate", "Password", "Confirmation"):
        edit = driver.edit(f"registration{name}")
        edit.setFocus(Qt.FocusReason.TabFocusReason)
        settle()
        for widget in (edit, driver.find(f"registration{name}Message")):
            top = widget.mapTo(area.viewport(), QPoint(0, 0)).y()
            assert top >= 0, name
            assert top + widget.height() <= area.viewport().height(), name
    assert driver.button("registrationSubmit").isVisible()


def test_label_is_the_buddy_of_its_edit(built: Driver) -> None:
    for page in PAGES:
        for edit in built.find(page).findChildren(QLineEdit):
            buddies = [
                label for label in built.find(page).findChildren(QLabel) if label.buddy() is edit
            ]
            assert [label.text() for label in buddies] == [edit.accessibleName()]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("startScreen", ["Cadastro", "Login", "Esqueci minha senha", "Preciso de ajuda"]),
        (
            "registrationScreen",
            [
                "Número do cartão",
                "CPF",
                "Não possui CPF",
                "Data de nascimento",
                "Digite uma senha",
                "Confirme a senha",
                "Cadastrar",
                "Voltar",
            ],
        ),
        (
            "signInScreen",
            ["Cartão beneficiário, CPF ou e-mail", "Senha", "Entrar", "Voltar"],
        ),
        (
            "resetScreen",
            [
                "Número do cartão ou e-mail",
                "CPF",
                "Data de nascimento",
                "Digite uma senha",
                "Confirme a senha",
                "Redefinir senha",
                "Ir para o login",
                "Voltar",
            ],
        ),
        ("helpScreen", ["Consultar recibo", "Voltar"]),
        ("accountScreen", ["Encerrar"]),
    ],
)
def test_exact_words_are_visible_and_are_the_accessible_names(
    built: Driver, page: str, names: list[str]
) -> None:
    shown = show(built, page)
    accessible = [widget.accessibleName() for widget in targets(shown)]
    visible = [label.text() for label in shown.findChildren(QLabel) if label.isVisible()]
    visible += [button.text() for button in shown.findChildren(QAbstractButton)]
    for name in names:
        assert accessible.count(name) == 1, name
        assert name in visible, name
    assert shown.accessibleName() or page == "outcomeScreen"


def test_masked_entry_is_hinted_as_sensitive(built: Driver) -> None:
    for name in ("registrationPassword", "registrationConfirmation", "signInPassword"):
        edit = built.edit(name)
        assert edit.echoMode() == QLineEdit.EchoMode.Password
        for hint in (
            Qt.InputMethodHint.ImhSensitiveData,
            Qt.InputMethodHint.ImhHiddenText,
            Qt.InputMethodHint.ImhNoPredictiveText,
            Qt.InputMethodHint.ImhNoAutoUppercase,
        ):
            assert edit.inputMethodHints() & hint
        assert edit.maxLength() == 32767


def test_show_password_shows_and_hides(built: Driver) -> None:
    show(built, "signInScreen")
    toggle = built.button("signInPasswordShow")
    assert toggle.text() == "Mostrar senha"
    built.press("signInPasswordShow")
    assert built.edit("signInPassword").echoMode() == QLineEdit.EchoMode.Normal
    assert toggle.accessibleName() == "Ocultar senha: Senha"
    assert not built.edit("signInPassword").inputMethodHints() & Qt.InputMethodHint.ImhHiddenText
    built.press("signInPasswordShow")
    assert built.edit("signInPassword").echoMode() == QLineEdit.EchoMode.Password
