"""``registry keys list|rotate|prune``."""

import re
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.registry.commands import registry_app
from kiosk.registry.databases import FILE_NAME, open_database
from kiosk.registry.key_commands import KEPT_EXIT_CODE
from kiosk.registry.tables import devices, sealing_keys
from tests.kiosk.registry.workbench import DAY_MS, DEVICE

KEY = re.compile(r"^[0-9a-f]{16}", re.MULTILINE)


class Shell:
    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / FILE_NAME}"

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(registry_app, ["keys", *words, "--database", self.url])

    def listed(self) -> list[str]:
        return KEY.findall(self("list").stdout)

    def let_days_pass(self, days: int) -> None:
        engine = open_database(self.url)
        with engine.begin() as connection:
            for column in (sealing_keys.c.made_at, sealing_keys.c.retired_at):
                connection.execute(update(sealing_keys).values({column: column - days * DAY_MS}))
        engine.dispose()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    open_database(made.url).dispose()
    return made


def test_the_first_key_is_there_when_it_is_asked_for(shell: Shell) -> None:
    said = shell("list")
    assert said.exit_code == 0
    assert re.fullmatch(r"[0-9a-f]{16}, feita há 0 dias: em uso\n", said.stdout)


def test_a_key_is_changed_kept_and_forgotten(shell: Shell) -> None:
    (old,) = shell.listed()
    changed = shell("rotate")
    assert changed.exit_code == 0
    assert "cópia de segurança" in changed.stdout
    assert len(shell.listed()) == 2
    kept = shell("prune")
    assert kept.exit_code == KEPT_EXIT_CODE
    assert "Chaves apagadas: 0" in kept.stdout
    assert f"{old}, feita há 0 dias, trocada há 0 dias: fica até 45 dias" in kept.stdout
    shell.let_days_pass(45)
    assert f"{old}, feita há 45 dias, trocada há 45 dias: pode ser apagada" in shell("list").stdout
    pruned = shell("prune")
    assert pruned.exit_code == 0
    assert pruned.stdout.splitlines() == ["Chaves apagadas: 1", f"  {old}"]
    assert old not in shell.listed()
    assert len(shell.listed()) == 1


def test_a_device_that_was_not_heard_keeps_a_key(shell: Shell) -> None:
    shell("rotate")
    shell.let_days_pass(100)
    engine = open_database(shell.url)
    with engine.begin() as connection:
        heard_at = time.time_ns() // 1_000_000 - 101 * DAY_MS
        connection.execute(insert(devices).values(device=DEVICE, heard_at=heard_at))
    engine.dispose()
    kept = shell("prune")
    assert kept.exit_code == KEPT_EXIT_CODE
    assert f"não ouvidos desde então ({DEVICE})" in kept.stdout
    assert "Chaves apagadas: 1" in shell("prune", "--without", DEVICE).stdout


def test_a_device_that_seals_to_it_still_keeps_a_key(shell: Shell) -> None:
    (old,) = shell.listed()
    shell("rotate")
    shell.let_days_pass(100)
    engine = open_database(shell.url)
    with engine.begin() as connection:
        connection.execute(
            insert(devices).values(
                device=DEVICE,
                state="active",
                heard_at=time.time_ns() // 1_000_000,
                seals_to=old,
            )
        )
    engine.dispose()
    kept = shell("prune")
    assert kept.exit_code == KEPT_EXIT_CODE
    assert "ainda lacram com ela" in kept.stdout
    assert f"({DEVICE})" in kept.stdout
    assert "Chaves apagadas: 1" in shell("prune", "--without", DEVICE).stdout


@pytest.mark.parametrize("command", ["list", "rotate", "prune"])
def test_without_a_registry_there_are_no_keys(tmp_path: Path, command: str) -> None:
    nowhere = Shell(tmp_path / "nada")
    refused = nowhere(command)
    assert isinstance(refused.exception, Complaint)
    assert not (tmp_path / "nada").exists()
