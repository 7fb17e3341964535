"""Anything can be typed, pasted or scanned anywhere."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, SignInForm
from tests.ui.drivers import CPF, Driver

HOSTILE = {
    "long": "9" * 10_000,
    "long text": "a" * 10_000,
    "longer than Qt takes": "x" * 40_000,
    "controls": "a\x01\x07\x1b\x7f\t\r\nb",
    "nul": "a\x00b",
    "bidi": "\u202e529\u202c\u2066x\u2069\u200f",
    "emoji": "👩🏽‍⚕️🇧🇷",
    "full width": "５２９９８２２４７２５",
    "sql": "'; DROP TABLE people; --",
    "html": "<script>alert(1)</script><img src=x>&amp;<b>",
    "lone surrogate": "529.982.247-25\ud800",
    "lone surrogate in front": "\udfff0012345678",
    "spaces": " \u00a0\u2003 ",
    "percent": "%s%n{0}{card}",
    "combining": "a\u0301" * 300,
}
FORMS = {
    "registration": ("startRegistration", ["Card", "Cpf", "BirthDate", "Password", "Confirmation"]),
    "reset": ("startReset", ["CardOrEmail", "Cpf", "BirthDate", "Password", "Confirmation"]),
    "signIn": ("startSignIn", ["Identifier", "Password"]),
}
FIELDS = [(form, field) for form, (_, fields) in FORMS.items() for field in fields]


def fill(driver: Driver, form: str) -> None:
    if form == "registration":
        driver.fill_registration()
    elif form == "reset":
        driver.fill_reset()
    else:
        driver.fill_sign_in()


def value_sent(driver: Driver, field: str) -> str:
    form = driver.front_desk.asked[-1]
    assert isinstance(form, RegistrationForm | ResetForm | SignInForm)
    names = {
        "Card": "card",
        "CardOrEmail": "card_or_email",
        "Cpf": "cpf",
        "BirthDate": "birth_date",
        "Password": "password",
        "Confirmation": "confirmation",
        "Identifier": "identifier",
    }
    value = getattr(form, names[field])
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(("form", "field"), FIELDS)
def test_form_field_blames_it_or_sends_it_exactly(driver: Driver, form: str, field: str) -> None:
    name = f"{form}{field}"
    for kind, text in HOSTILE.items():
        driver.front_desk.asked.clear()
        driver.press(FORMS[form][0])
        fill(driver, form)
        driver.edit(name).setText(text)
        if field == "Password" and form != "signIn":
            driver.edit(f"{form}Confirmation").setText(text)
        driver.press(f"{form}Submit")
        if driver.message(name):
            assert driver.find(f"{name}Message").isVisible(), kind
            assert driver.edit(name).hasFocus(), kind
            assert not driver.front_desk.asked, kind
        else:
            driver.qtbot.waitUntil(driver.button(f"{form}Submit").isEnabled)
            assert value_sent(driver, field) == text, kind
        driver.session.navigation.to_start()


@pytest.mark.parametrize("field", ["receiptNumber", "receiptProof"])
def test_receipt_field_blames_it(driver: Driver, field: str) -> None:
    driver.press("startHelp")
    driver.press("helpReceiptQuery")
    for kind, text in HOSTILE.items():
        driver.edit("receiptNumber").setText("K7Q2MT-0042-B")
        driver.edit("receiptProof").setText("24/03/1957")
        driver.edit(field).setText(text)
        driver.press("receiptSubmit")
        assert driver.message(field), kind
        assert not driver.front_desk.asked, kind


def test_clipboard_can_hold_anything(driver: Driver) -> None:
    driver.open_registration()
    for kind, text in HOSTILE.items():
        QGuiApplication.clipboard().setText(text)
        for field in FORMS["registration"][1]:
            driver.edit(f"registration{field}").paste()
        driver.press("registrationSubmit")
        assert driver.message("registrationCard"), kind
        assert not driver.front_desk.asked, kind


def test_what_is_refused_stays_as_it_was_typed(driver: Driver) -> None:
    driver.open_registration()
    driver.edit("registrationCard").setText(HOSTILE["html"])
    driver.press("registrationSubmit")
    assert driver.edit("registrationCard").text() == HOSTILE["html"]


def test_leading_zeros_and_separators_of_a_card_are_kept_as_typed(driver: Driver) -> None:
    driver.press("startSignIn")
    driver.fill_sign_in("000.123-456 78")
    driver.key("signInPassword", Qt.Key.Key_Return)
    driver.qtbot.waitUntil(lambda: bool(driver.front_desk.asked))
    assert value_sent(driver, "Identifier") == "000.123-456 78"


def test_receipt_query_is_sent_as_typed(driver: Driver) -> None:
    driver.press("startHelp")
    driver.press("helpReceiptQuery")
    driver.edit("receiptNumber").setText(" k7q2mt 0042 b ")
    driver.edit("receiptProof").setText(CPF)
    driver.press("receiptSubmit")
    driver.qtbot.waitUntil(lambda: bool(driver.front_desk.asked))
    assert driver.front_desk.asked == [ReceiptQuery(" k7q2mt 0042 b ", CPF)]
