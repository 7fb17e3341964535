import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.commands import REJECTED_EXIT_CODE, registry_app
from kiosk.registry.databases import FILE_NAME, open_database
from kiosk.registry.holds import ServiceHold
from kiosk.registry.tables import people
from kiosk.wire.messages import OperationMessage, PullRequest
from tests.factories import operation_id
from tests.kiosk.registry.outbox_files import content_of
from tests.kiosk.registry.rosters import line, write
from tests.kiosk.registry.workbench import DEVICE, Workbench


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = ("--data", str(folder / "dados"))

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(registry_app, words, input=typed)

    def complains(self, *words: str, typed: str | None = None) -> str:
        result = self(*words, typed=typed)
        assert isinstance(result.exception, Complaint)
        message = str(result.exception)
        assert "\n" not in message
        return message


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_sample_import_and_status(shell: Shell) -> None:
    file = str(shell.folder / "amostra.csv")
    assert shell("sample", file, "--people", "40", "--seed", "2").exit_code == 0
    imported = shell("import", file, *shell.data)
    assert imported.exit_code == 0
    assert "Pessoas novas: 40" in imported.stdout
    assert "Linhas recusadas: 0" in imported.stdout
    assert "mais de uma pessoa" in imported.stdout
    assert "Pessoas novas: 0" in shell("import", file, *shell.data).stdout
    status = shell("status", *shell.data)
    assert status.exit_code == 0
    assert "Pessoas: 40" in status.stdout
    assert "Última mudança: 40" in status.stdout
    assert "Esquema: 0011" in status.stdout


def test_rejected_lines_have_an_exit_code_of_their_own(shell: Shell) -> None:
    file = write(
        shell.folder / "pessoas.csv",
        line(1, cpf="1"),
        line(2, email="nada"),
        line(3, card_number="11144477735"),
    )
    result = shell("import", str(file), *shell.data)
    assert result.exit_code == REJECTED_EXIT_CODE
    assert "Linhas recusadas: 1" in result.stdout
    assert str(shell.folder / "pessoas.rejected.csv") in result.stdout
    assert "não são endereços e ficaram de fora: 1 (linha 3)" in result.stdout
    assert "Cartões iguais ao CPF de outra pessoa: 1 (linha 4)" in result.stdout
    assert "11144477735" not in result.stdout


def test_what_lies_outside_the_file_has_no_lines(shell: Shell) -> None:
    file = shell.folder / "pessoas.csv"
    both = [line(number, email="casa@exemplo.com.br") for number in (1, 2)]
    assert "(linhas 2, 3)" in shell("import", str(write(file, *both)), *shell.data).stdout
    result = shell("import", str(write(file, line(3))), *shell.data)
    assert "não servem no Login: 1\n" in result.stdout
    assert "que o arquivo não traz (ficam como estão): 2" in result.stdout


def test_the_database_may_lie_elsewhere(shell: Shell) -> None:
    file = write(shell.folder / "pessoas.csv", line())
    url = f"sqlite:///{shell.folder / 'outro' / 'banco.sqlite3'}"
    assert shell("import", str(file), "--database", url).exit_code == 0
    assert (shell.folder / "outro" / "banco.sqlite3").exists()
    assert not (shell.folder / "dados").exists()
    assert "Pessoas: 1" in shell("status", "--database", url).stdout


def test_a_configuration_file_is_read(shell: Shell) -> None:
    config = shell.folder / "kiosk.toml"
    config.write_text(f"data_dir = {str(shell.folder / 'dali')!r}\ncard_pattern = '[0-9]{{3}}'\n")
    file = write(shell.folder / "pessoas.csv", line(card_number="123"))
    assert shell("import", str(file), "--config", str(config)).exit_code == 0
    assert (shell.folder / "dali" / FILE_NAME).exists()


def test_mistakes_are_told_in_one_line(shell: Shell) -> None:
    assert "registry import" in shell.complains("status", *shell.data)
    nothing = str(shell.folder / "nada.csv")
    assert "não pôde ser lido" in shell.complains("import", nothing, *shell.data)
    assert "sqlite" in shell.complains("import", nothing, "--database", "oracle://x")
    assert "--people" in shell.complains("sample", nothing, "--people", "0")
    assert "config" in shell.complains("status", "--config", nothing).lower()
    assert "não existe" in shell.complains("serve", "--host", "::gg", *shell.data)


def test_wrong_clocks_are_told_by_the_code_of_the_device(shell: Shell) -> None:
    url = f"sqlite:///{shell.folder / 'dados' / FILE_NAME}"
    engine = open_database(url)
    registry = Workbench(engine)
    hour = 3_600_000
    for device, skew in (("K7Q2MT", 26 * hour), ("9ZX4BC", -hour), ("AAAAAA", 1000)):
        registry.enrol(device)
        registry.devices.note(
            PullRequest(device=device, after=None, sent_at=registry.clock.now + skew)
        )
    engine.dispose()
    told = shell("status", *shell.data).stdout.splitlines()
    assert [line for line in told if "parelho" in line or "relógio" in line] == [
        "Aparelhos ouvidos: 3",
        "  9ZX4BC: relógio atrasado 1 h 0 min",
        "  K7Q2MT: relógio adiantado 1 d 2 h",
    ]


def test_an_exported_queue_is_taken_in(shell: Shell, tmp_path: Path) -> None:
    shell("import", str(write(tmp_path / "pessoas.csv", line())), *shell.data)
    message = OperationMessage(
        id=operation_id().hex,
        kind="register",
        receipt=str(ReceiptNumber(DEVICE, 1)),
        sequence=1,
        seen=None,
        made_at=1,
        body=b"{}",
    )
    file = tmp_path / "fila.kiosk"
    file.write_bytes(content_of([message]))
    result = shell("import-outbox", str(file), *shell.data)
    assert result.exit_code == REJECTED_EXIT_CODE
    told = result.stdout.splitlines()
    assert told[0] == f"Não entendido: {message.receipt} (o conteúdo)"
    assert told[-1] == "Não entendidos: 1"
    file.write_bytes(content_of([]))
    assert shell("import-outbox", str(file), *shell.data).exit_code == 0


@pytest.mark.parametrize("is_there", [True, False])
def test_no_queue_is_taken_in_where_there_are_no_people(shell: Shell, is_there: bool) -> None:
    file = shell.folder / "fila.kiosk"
    file.write_bytes(content_of([]))
    if is_there:
        open_database(f"sqlite:///{shell.folder / 'dados' / FILE_NAME}").dispose()
    assert "com pessoas" in shell.complains("import-outbox", str(file), *shell.data)
    assert (shell.folder / "dados").exists() == is_there


def test_a_registry_that_is_busy_is_told_in_one_line(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.database.engines.BUSY_TIMEOUT_MS", 50)
    file = str(write(shell.folder / "pessoas.csv", line()))
    shell("import", file, *shell.data)
    with closing(sqlite3.connect(shell.folder / "dados" / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "nada foi" in shell.complains("import", file, *shell.data)


def test_a_folder_in_the_place_of_the_rejected_lines_is_told_in_one_line(shell: Shell) -> None:
    file = write(shell.folder / "pessoas.csv", line())
    (shell.folder / "pessoas.rejected.csv").mkdir()
    assert "pessoas.rejected.csv" in shell.complains("import", str(file), *shell.data)
    assert "Pessoas: 0" in shell("status", *shell.data).stdout


def test_the_attempts_of_a_person_are_opened_by_card(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "com pessoas" in shell.complains("unlock", "-", *shell.data, typed="000000000001")
    shell("import", str(write(shell.folder / "pessoas.csv", line())), *shell.data)
    engine = open_database(f"sqlite:///{shell.folder / 'dados' / FILE_NAME}")
    registry = Workbench(engine)
    (person,) = registry.rows(people)
    for _ in range(6):
        registry.sign_in(person["card_number"], "palpite")
    card = person["card_number"]
    assert "Aberto" in shell("unlock", "-", *shell.data, typed=f" {card} \n").stdout
    assert "unlock -" in shell.complains("unlock", *shell.data, typed=f"{card}\n")
    monkeypatch.setattr("kiosk.registry.commands._has_terminal", lambda: True)
    prompted = shell("unlock", *shell.data, typed=f"{card}\n")
    assert "não havia" in prompted.stdout
    assert card not in prompted.stdout
    assert registry.throttle.begin(DEVICE, person["card_number"], person["person_id"]).hold is None
    assert "cartão" in shell.complains("unlock", "-", *shell.data, typed="999999999999")
    assert "Nenhum cartão" in shell.complains("unlock", "-", *shell.data, typed="")
    engine.dispose()


def test_a_card_on_the_command_line_is_refused_and_not_repeated(shell: Shell) -> None:
    told = shell.complains("unlock", "000000000001", *shell.data)
    assert "linha de comando" in told
    assert "000000000001" not in told


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was served; had it really been, the test would not end."""
    calls: list[object] = []
    monkeypatch.setattr("kiosk.registry.server.serve", lambda app, *_, **__: calls.append(app))
    return calls


def test_a_wrong_folder_makes_no_registry(shell: Shell, served: list[object]) -> None:
    assert "com pessoas" in shell.complains("serve", *shell.data)
    assert not (shell.folder / "dados").exists()
    assert served == []


def test_two_services_on_one_database_are_refused(
    shell: Shell, served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("import", str(write(shell.folder / "pessoas.csv", line())), *shell.data)
    monkeypatch.setattr("kiosk.registry.holds.PREDECESSOR_SECONDS", 0.0)
    with ServiceHold(shell.folder / "dados" / FILE_NAME):
        assert "já atende" in shell.complains("serve", *shell.data)
        assert "Pessoas: 1" in shell("status", *shell.data).stdout
    assert served == []
    assert shell("serve", *shell.data).exit_code == 0
    assert len(served) == 1


def test_whoever_serves_behind_a_gate_is_told_what_the_screens_lack(
    shell: Shell, served: list[object]
) -> None:
    shell("import", str(write(shell.folder / "pessoas.csv", line())), *shell.data)
    config = shell.folder / "kiosk.toml"
    config.write_text('[device_gates]\n"*" = "attendant"\n')
    result = shell("serve", *shell.data, "--config", str(config))
    assert "campo do código" in result.stderr
    assert len(served) == 1


def test_a_key_without_its_certificate_does_not_serve_in_the_clear(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Had it been served, the test would not end.
    monkeypatch.setattr("kiosk.registry.server.serve", lambda *_, **__: None)
    result = shell("serve", "--tls-key", str(shell.folder / "key.pem"), *shell.data)
    assert isinstance(result.exception, Complaint)
    assert "--tls-cert" in str(result.exception)
    assert result.exception.exit_code == 2
    assert not (shell.folder / "dados").exists()


def test_numbers_of_ports_are_checked(shell: Shell) -> None:
    assert shell("serve", "--port", "70000", *shell.data).exit_code == 2


def test_the_commands_show_themselves_without_loading_the_service() -> None:
    assert isinstance(registry_app, typer.Typer)
    result = CliRunner().invoke(registry_app, ["--help"])
    assert {"serve", "import", "import-outbox", "sample", "status"} <= set(result.stdout.split())
    source = sys.modules[registry_app.registered_commands[0].callback.__module__]
    assert not {"FastAPI", "Engine"} & set(vars(source))
