import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from ui.base.imports import LiveImports


@pytest.fixture
def imports() -> Iterator[LiveImports]:
    live = LiveImports()
    live.begin()
    yield live
    live.end()


@pytest.fixture
def slow_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    package = tmp_path / "slowly_imported"
    package.mkdir()
    busy = "import time\nend = time.perf_counter() + 0.02\nwhile time.perf_counter() < end: pass\n"
    (package / "__init__.py").write_text(f"{busy}import slowly_imported.inner\n")
    (package / "inner.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield package.name
    for name in (package.name, f"{package.name}.inner"):
        sys.modules.pop(name, None)


def test_timers_run_between_one_module_and_the_next(
    qtbot: QtBot, imports: LiveImports, slow_package: str
) -> None:
    beats: list[bool] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(f"{slow_package}.inner" in sys.modules))
    timer.start(1)
    __import__(slow_package)
    timer.stop()
    assert beats
    assert not any(beats)


def test_another_thread_imports_undisturbed(
    qtbot: QtBot, imports: LiveImports, slow_package: str
) -> None:
    beats: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(1))
    timer.start(1)
    thread = Thread(target=__import__, args=(slow_package,))
    thread.start()
    thread.join()
    timer.stop()
    assert f"{slow_package}.inner" in sys.modules
    assert not beats


def test_it_begins_once_and_ends_for_good(qtbot: QtBot, imports: LiveImports) -> None:
    imports.begin()
    assert sum(one is imports for one in sys.meta_path) == 1
    imports.end()
    imports.end()
    assert imports not in sys.meta_path


def test_the_gui_thread_imports_nothing_that_only_the_services_need() -> None:
    # What a person presses is not heard meanwhile: the database library alone takes longer than
    # everything the screens need.
    script = (
        "import sys; from ui.app import paint_first; import ui.commands, ui.sessions;"
        "print(sorted({'sqlalchemy', 'alembic', 'httpx', 'pydantic', 'argon2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
