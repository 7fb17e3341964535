import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kiosk.audit_verdicts import BROKEN_EXIT_CODE, break_words
from kiosk.complaints import Complaint
from kiosk.database.statements import driver_of
from kiosk.domain.audit_chains import Break, BreakKind
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.commands import registry_app
from kiosk.registry.databases import FILE_NAME
from tests.kiosk.registry.workbench import Workbench


def run(folder: Path, *words: str) -> Result:
    url = f"sqlite:///{folder / FILE_NAME}"
    return CliRunner().invoke(
        registry_app, ["audit", *words, "--database", url], catch_exceptions=False
    )


def fill(registry: Workbench) -> str:
    events = (
        Event(0, "sign_in_tried", "K7Q2MT", person_id="P1"),
        Event(0, "reset_rejected", "K7Q2MT", bytes(16), None, "stale"),
        Event(0, "something_new", detail="x=1"),
    )
    with registry.engine.begin() as connection:
        return str(append(driver_of(connection), events))


def test_a_whole_audit_is_told_with_the_end_to_write_down(
    registry: Workbench, tmp_path: Path
) -> None:
    head = fill(registry)
    done = run(tmp_path, "verify")
    assert (done.exit_code, "inteira. Linhas: 3" in done.stdout) == (0, True)
    assert f"Fim: {head}\n" in done.stdout
    assert run(tmp_path, "verify", "--head", head, "--head", head.upper()).exit_code == 0


def test_the_first_broken_line_is_named(registry: Workbench, tmp_path: Path) -> None:
    fill(registry)
    registry.engine.dispose()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE id = 2")
        connection.commit()
    done = run(tmp_path, "verify")
    assert done.exit_code == BROKEN_EXIT_CODE
    assert "falta a linha 2" in done.stdout
    assert "Linhas que conferem: 1" in done.stdout


def test_a_head_of_another_registry_is_a_fork_and_a_later_one_a_truncation(
    registry: Workbench, tmp_path: Path
) -> None:
    fill(registry)
    done = run(tmp_path, "verify", "--head", f"2:{'ab' * 32}")
    assert (done.exit_code, "outra cadeia" in done.stdout) == (BROKEN_EXIT_CODE, True)
    done = run(tmp_path, "verify", "--head", f"9:{'ab' * 32}")
    assert (done.exit_code, "cortado a partir da linha 4" in done.stdout) == (3, True)


@pytest.mark.parametrize("head", ["", "3", "3:abc", f"x:{'ab' * 32}"])
def test_a_head_that_is_none_is_told(registry: Workbench, tmp_path: Path, head: str) -> None:
    with pytest.raises(Complaint, match="--head"):
        run(tmp_path, "verify", "--head", head)


def test_the_last_lines_are_read_in_plain_words(registry: Workbench, tmp_path: Path) -> None:
    fill(registry)
    said = run(tmp_path, "list").stdout.splitlines()
    assert len(said) == 3
    assert said[0].endswith("tentativa de Login, aparelho K7Q2MT, pessoa P1")
    assert said[1].endswith("pedido de senha nova: recusado, aparelho K7Q2MT, stale")
    assert said[2].endswith("something_new, x=1")
    assert run(tmp_path, "list", "--last", "1").stdout.startswith("3  ")


def test_a_registry_that_is_not_there_is_told(tmp_path: Path) -> None:
    for words in ("verify", "list"):
        with pytest.raises(Complaint, match="Ainda não há"):
            run(tmp_path / "a", words)


@pytest.mark.parametrize("kind", BreakKind)
def test_every_break_has_its_words(kind: BreakKind) -> None:
    assert "17" in break_words(Break(kind, 17))
