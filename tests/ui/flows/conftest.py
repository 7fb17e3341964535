import pytest

from tests.ui.drivers import Driver


@pytest.fixture
def panel(driver: Driver) -> Driver:
    """The desk with the queue in view and read."""
    driver.window.resize(1280, 800)
    driver.press("startQueue")
    assert driver.page == "queueScreen"
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") != "")
    return driver
