from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from tests.ui.drivers import Driver
from ui.widgets.focus_rings import FocusRing


def around(driver: Driver, name: str) -> QRect:
    widget = driver.find(name)
    at = widget.mapTo(driver.window, QPoint(0, 0))
    return QRect(at, widget.size()).adjusted(-8, -8, 8, 8)


def ring_of(driver: Driver) -> FocusRing:
    driver.qtbot.waitUntil(lambda: len(driver.window.findChildren(FocusRing)) == 1)
    return driver.window.findChildren(FocusRing)[0]


def place_of(ring: FocusRing, driver: Driver) -> QRect:
    return QRect(ring.mapTo(driver.window, QPoint(0, 0)), ring.size())


def test_ring_stands_around_what_has_the_focus(driver: Driver) -> None:
    ring = ring_of(driver)
    assert not ring.isVisible()
    driver.open_registration()
    for name in ("registrationCard", "registrationBack", "registrationSubmit"):
        driver.find(name).setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        assert ring.isVisible()
        assert place_of(ring, driver) == around(driver, name), name


def test_ring_follows_scrolling_and_resizing(driver: Driver) -> None:
    ring = ring_of(driver)
    driver.open_registration()
    driver.find("registrationPassword").setFocus(Qt.FocusReason.TabFocusReason)
    for size in ((1024, 720), (1280, 800)):
        driver.window.resize(*size)
        for _ in range(3):
            QApplication.processEvents()
        assert place_of(ring, driver) == around(driver, "registrationPassword")


def test_ring_goes_where_nothing_is_focused(driver: Driver) -> None:
    ring = ring_of(driver)
    driver.open_registration()
    driver.press("registrationBack")
    QApplication.processEvents()
    assert not ring.isVisible()


def test_ring_is_seen(driver: Driver) -> None:
    ring = ring_of(driver)
    driver.press("startSignIn")
    driver.find("signInSubmit").setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    rect = place_of(ring, driver)
    image = driver.window.grab().toImage()
    assert image.pixelColor(rect.center().x(), rect.top() + 2).name() == "#c2850c"
    assert image.pixelColor(rect.center().x(), rect.top() + 6).name() == "#ffffff"
    driver.find("signInBack").setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    rect = place_of(ring, driver)
    image = driver.window.grab().toImage()
    assert image.pixelColor(rect.center().x(), rect.top() + 2).name() == "#ffbe2e"
