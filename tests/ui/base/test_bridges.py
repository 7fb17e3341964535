import threading

from pytestqt.qtbot import QtBot

from ui.base.bridges import Bridge


def test_values_arrive_in_order_in_the_gui_thread(qtbot: QtBot) -> None:
    seen: list[tuple[int, int]] = []
    bridge: Bridge[int] = Bridge(lambda value: seen.append((value, threading.get_ident())))

    def publish() -> None:
        for value in range(5):
            bridge.publish(value)

    teller = threading.Thread(target=publish)
    teller.start()
    teller.join()
    assert not seen
    qtbot.waitUntil(lambda: len(seen) == 5)
    assert seen == [(value, threading.get_ident()) for value in range(5)]


def test_closed_bridge_delivers_nothing(qtbot: QtBot) -> None:
    seen: list[int] = []
    bridge: Bridge[int] = Bridge(seen.append)
    bridge.publish(1)
    bridge.close()
    bridge.publish(2)
    arrived: list[str] = []
    other: Bridge[str] = Bridge(arrived.append)
    other.publish("after")
    qtbot.waitUntil(lambda: arrived == ["after"])
    assert not seen
