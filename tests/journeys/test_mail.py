"""Mail from the real process: out of the demonstration, and over a kill while it sends."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

import pytest

from kiosk import settings
from kiosk.domain.forms import ResetForm
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.demonstrations import Journey, demo_people
from tests.kiosk.registry.workbench import StandingClock, Workbench
from tests.mail_servers import Behaviour, OddMailServer
from ui.demonstrations import MAIL_FOLDER, open_demonstration

PATIENCE = 60.0
TO = "joana@exemplo.br"


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    waiting = Event()
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        waiting.wait(0.05)


def rows_in(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "registry.sqlite3")) as connection:
        count: int = connection.execute("SELECT count(*) FROM outgoing").fetchone()[0]
        return count


def test_who_tries_the_demonstration_can_read_the_mails(
    program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = next(one for one in demo_people() if one.journey is Journey.RESET)
    assert person.email is not None
    loaded = settings.load(None, data_dir=tmp_path)
    folder = tmp_path / MAIL_FOLDER
    with ExitStack() as closing_all:
        desk = open_demonstration(program, loaded, None, None, closing_all)
        closing_all.callback(desk.close)
        form = ResetForm(
            card_or_email=person.card_number,
            cpf=person.cpf or "",
            birth_date=f"{person.birth_date:%d/%m/%Y}",
            password="um-jacarandá-à-janela",
            confirmation="um-jacarandá-à-janela",
        )
        desk.reset_password(form, Event())
        wait_until(lambda: folder.is_dir() and any(folder.glob("*.eml")))
    assert str(folder) in capsys.readouterr().out
    (file,) = folder.glob("*.eml")
    text = file.read_text("utf-8")
    assert f"To: {person.email}" in text
    assert "A sua senha do PAS/SERPRO foi redefinida" in text
    assert "Onde: Demonstração, Esta máquina" in text
    for secret in (person.card_number, person.cpf or "", "jacarandá"):
        assert secret not in text
    assert f"{person.birth_date:%d/%m/%Y}" not in text


def test_a_kill_between_sending_and_noting_sends_the_same_mail_again_and_loses_none(
    program: Path, tmp_path: Path, migrated_registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(migrated_registry, tmp_path)
    engine = open_database(default_url(tmp_path))
    registry = Workbench(engine, clock=StandingClock(time.time_ns() // 1_000_000))
    registry.add_person(email=TO)
    registry.push(registry.message())
    engine.dispose()
    # The mail is taken, and its answer takes longer than the process lives.
    with OddMailServer(behaviours=[Behaviour(trickles="END")]) as server:
        monkeypatch.setenv("KIOSK_MAIL_SERVER", f"plain://127.0.0.1:{server.port}")
        monkeypatch.setenv("KIOSK_MAIL_FROM", "avisos@plano.exemplo")
        monkeypatch.setenv("KIOSK_MAIL_SECONDS", "3")
        with EmbeddedRegistry(program, tmp_path) as process:
            process.start()
            server.wait_for(lambda: len(server.received) == 1, PATIENCE)
            process.kill()
            assert rows_in(tmp_path) == 1
            process.start()
            server.wait_for(lambda: len(server.received) == 2, PATIENCE)
            wait_until(lambda: rows_in(tmp_path) == 0)
        first, second = server.received
        assert first.id == second.id
        assert first.content == second.content
        assert second.recipients == (TO,)
    log = (tmp_path / "logs" / "registry.log").read_text("utf-8")
    assert '"event":"mail_sent"' in log.replace(": ", ":")
    assert TO not in log
