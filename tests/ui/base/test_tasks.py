"""Work off the GUI thread."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ui.base.tasks import Tasks

Failures = list[BaseException]


@pytest.fixture
def failures() -> Failures:
    return []


@pytest.fixture
def tasks(qtbot: QtBot, failures: Failures) -> Iterator[Tasks]:
    tasks = Tasks(failures.append)
    yield tasks
    tasks.close()


def test_result_arrives_in_the_gui_thread_and_work_is_done_elsewhere(
    tasks: Tasks, qtbot: QtBot
) -> None:
    seen: list[tuple[int, int]] = []
    tasks.run(threading.get_ident).on_success(
        lambda worker: seen.append((worker, threading.get_ident()))
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, receiver = seen[0]
    assert receiver == threading.get_ident()
    assert worker != receiver


def test_error_takes_the_default_path(tasks: Tasks, failures: Failures, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ValueError

    tasks.run(fail).on_success(lambda _: pytest.fail("succeeded"))
    qtbot.waitUntil(lambda: len(failures) == 1)
    assert isinstance(failures[0], ValueError)


def test_error_takes_its_own_path_after_the_end(
    tasks: Tasks, failures: Failures, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise ValueError

    order: list[str] = []
    task = tasks.run(fail)
    task.on_end(lambda: order.append("end")).on_failure(lambda _: order.append("failure"))
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == ["end", "failure"]
    assert not failures


def test_dropped_result_goes_nowhere(tasks: Tasks, qtbot: QtBot) -> None:
    heard: list[str] = []
    dropped = tasks.run(lambda: "dropped").on_success(heard.append).on_end(lambda: heard.append(""))
    dropped.drop()
    tasks.run(lambda: "kept").on_success(heard.append)
    tasks.run(lambda: None)
    qtbot.waitUntil(lambda: heard == ["kept"])


def test_close_waits_drops_and_leaves_no_thread(qtbot: QtBot) -> None:
    before = set(threading.enumerate())
    tasks = Tasks(lambda _: pytest.fail("failed"))
    begun, gate = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return gate.wait(60)

    tasks.run(work).on_success(lambda _: pytest.fail("delivered"))
    assert begun.wait(60)
    threading.Timer(0.02, gate.set).start()
    tasks.close()
    assert gate.is_set()
    with qtbot.waitSignal(tasks.destroyed):
        tasks.deleteLater()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)


def test_cancelled_before_it_began_is_not_begun(qtbot: QtBot) -> None:
    tasks = Tasks(lambda _: pytest.fail("failed"))
    gate, done = threading.Event(), []
    for _ in range(3):
        tasks.run(lambda: gate.wait(60))
    tasks.run(lambda: done.append(1))
    threading.Timer(0.02, gate.set).start()
    tasks.close()
    assert not done
