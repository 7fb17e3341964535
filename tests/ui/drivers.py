"""Drives the window as a person does: by the names that docs/widgets.md lists."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.front_desks import FakeFrontDesk
from ui.sessions import Session
from ui.window import Window

CPF = "52998224725"
PASSWORD = "cavalo correto bateria"


class Driver:
    """One window in front of one fake front desk."""

    def __init__(
        self, qtbot: QtBot, window: Window, session: Session, front_desk: FakeFrontDesk
    ) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = session
        self.front_desk = front_desk

    @property
    def page(self) -> str:
        assert self.window.page is not None
        return self.window.page.objectName()

    def find(self, name: str) -> QWidget:
        found = self.window.findChildren(QWidget, name)
        assert len(found) == 1, f"{name}: {len(found)} widgets"
        return found[0]

    def edit(self, name: str) -> QLineEdit:
        found = self.find(name)
        assert isinstance(found, QLineEdit)
        return found

    def button(self, name: str) -> QAbstractButton:
        found = self.find(name)
        assert isinstance(found, QAbstractButton)
        return found

    def text(self, name: str) -> str:
        found = self.find(name)
        assert isinstance(found, QLabel)
        return found.text()

    def message(self, name: str) -> str:
        return self.text(f"{name}Message")

    def press(self, name: str) -> None:
        button = self.button(name)
        assert button.isVisible(), f"{name} is hidden"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def key(self, name: str, key: Qt.Key) -> None:
        QTest.keyClick(self.find(name), key)

    def wait_page(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.page == name)

    def wait_idle(self, submit: str) -> None:
        self.qtbot.waitUntil(self.button(submit).isEnabled)

    def open_registration(self) -> None:
        self.press("startRegistration")
        assert self.page == "registrationScreen"

    def fill_registration(self, card: str = "0012345678", password: str = PASSWORD) -> None:
        self.edit("registrationCard").setText(card)
        self.edit("registrationCpf").setText(CPF)
        self.edit("registrationBirthDate").setText("24031957")
        self.edit("registrationPassword").setText(password)
        self.edit("registrationConfirmation").setText(password)

    def fill_reset(self, card_or_email: str = "0012345678") -> None:
        self.edit("resetCardOrEmail").setText(card_or_email)
        self.edit("resetCpf").setText(CPF)
        self.edit("resetBirthDate").setText("24031957")
        self.edit("resetPassword").setText(PASSWORD)
        self.edit("resetConfirmation").setText(PASSWORD)

    def fill_sign_in(self, identifier: str = "0012345678") -> None:
        self.edit("signInIdentifier").setText(identifier)
        self.edit("signInPassword").setText(PASSWORD)

    def end(self) -> None:
        self.front_desk.gate.set()
        self.session.end()
