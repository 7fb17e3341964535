"""``registry mail list|retry|test``."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.registry.commands import registry_app
from kiosk.registry.databases import FILE_NAME, open_database
from kiosk.registry.mail_commands import SET_ASIDE_EXIT_CODE
from kiosk.registry.outgoing_mails import PUT
from kiosk.settings import Settings
from tests.certificates import make_authority
from tests.mail_servers import Behaviour, OddMailServer

TO = "joana@exemplo.br"
HOUR_MS = 3_600_000


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self.config = folder / "registry.toml"

    def __call__(self, *words: str) -> Result:
        more = ["--data", str(self.folder)]
        if self.config.exists():
            more += ["--config", str(self.config)]
        return CliRunner().invoke(registry_app, ["mail", *words, *more])

    def said(self, *words: str) -> str:
        """Return what a command complains of."""
        error = self(*words).exception
        assert isinstance(error, Complaint)
        assert "\n" not in str(error)
        return str(error)

    def set_up(self, **settings: object) -> None:
        values = {"mail_from": "PAS/SERPRO <avisos@plano.exemplo>"} | settings
        self.config.write_text(
            "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        )

    def put(self, what: str = "registered", ago_ms: int = 0, **columns: object) -> int:
        now = time.time_ns() // 1_000_000
        with closing(sqlite3.connect(self.path)) as connection, connection:
            row = (now - ago_ms, what, "P1", TO, "{}", now + HOUR_MS)
            number = connection.execute(PUT, row).lastrowid
            for name, value in columns.items():
                connection.execute(f"UPDATE outgoing SET {name} = ? WHERE id = ?", (value, number))
        assert number is not None
        return number

    def column(self, name: str) -> list[object]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [row[name] for row in connection.execute("SELECT * FROM outgoing ORDER BY id")]


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KIOSK_{name.upper()}", raising=False)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    open_database(f"sqlite:///{made.path}").dispose()
    return made


def test_without_a_server_the_list_says_that_nothing_sends(shell: Shell) -> None:
    shell.put(ago_ms=3 * HOUR_MS)
    shell.put("email_code")
    said = shell("list")
    assert said.exit_code == 0
    assert said.stdout.splitlines() == [
        "Envio: nenhum servidor configurado (mail_server): nada é enviado, os e-mails esperam",
        "Esperando: 2, o mais antigo há 3 h",
        "  código: 1",
        "  aviso de cadastro: 1",
        "Postos de lado: 0",
    ]


def test_the_list_names_what_was_refused_and_never_the_address(shell: Shell) -> None:
    shell.set_up(mail_server="smtps://correio.exemplo")
    aside: dict[str, Any] = {"set_aside_at": time.time_ns() // 1_000_000, "attempts": 1}
    number = shell.put(last_error="recipient 550 5.1.1", **aside)
    shell.put(last_error="lost", attempts=2)
    shell.put("email_code", last_error="expired", address="", content="", **aside)
    said = shell("list")
    assert said.exit_code == SET_ASIDE_EXIT_CODE
    assert "Envio: por smtps://correio.exemplo" in said.stdout
    assert "Postos de lado: 2" in said.stdout
    assert (
        f"{number}: aviso de cadastro de há 0 min, pessoa P1, j•••a@exemplo.br; posto de lado há "
        "0 min, 1 tentativa: o servidor recusou o destinatário. (resposta 550 5.1.1)"
    ) in said.stdout
    assert "espera, 2 tentativas: a conexão caiu no meio." in said.stdout
    assert "endereço já apagado" in said.stdout
    assert TO not in said.stdout


def test_a_line_that_fails_is_in_the_list(shell: Shell) -> None:
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.outgoing_mails import OutgoingMails
    from kiosk.registry.times import RegistryTimes

    engine = open_database(f"sqlite:///{shell.path}")
    mails = OutgoingMails(engine, RegistryTimes(system_clock))
    mails.note_line("password 535 5.7.8")
    assert "Última conexão, há 0 min: o servidor não aceitou mail_user" in shell("list").stdout
    mails.note_line(None)
    assert "Última conexão" not in shell("list").stdout
    engine.dispose()


def test_retry_wants_to_know_which(shell: Shell) -> None:
    aside: dict[str, Any] = {
        "set_aside_at": 1,
        "last_error": "recipient 550",
        "not_before": 5,
        "attempts": 3,
    }
    first, _second = shell.put(**aside), shell.put(**aside)
    assert "--all" in shell.said("retry")
    assert "--all" in shell.said("retry", "1", "--all")
    assert shell("retry", str(first)).stdout == "E-mails que serão tentados de novo: 1\n"
    assert shell.column("set_aside_at") == [None, 1]
    assert shell("retry", "--all").stdout == "E-mails que serão tentados de novo: 1\n"
    assert shell.column("attempts") == [0, 0]
    assert shell.column("last_error") == [None, None]


@pytest.mark.parametrize("words", [("list",), ("retry", "--all")])
def test_without_a_registry_there_are_no_mails(tmp_path: Path, words: tuple[str, ...]) -> None:
    nowhere = Shell(tmp_path / "nada")
    assert isinstance(nowhere(*words).exception, Complaint)
    assert not (tmp_path / "nada").exists()


def test_a_test_arrives(shell: Shell) -> None:
    with OddMailServer() as server:
        shell.set_up(mail_server=f"plain://127.0.0.1:{server.port}")
        said = shell("test", TO)
        assert said.exit_code == 0
        assert said.stdout.startswith(f"Entregue a plain://127.0.0.1:{server.port}.")
        (mail,) = server.received
    assert str(mail.message["Subject"]) == "PAS/SERPRO: teste"


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(hangs_up=True), "a conexão caiu no meio."),
        (
            Behaviour(recipients={TO: "550 5.1.1 no"}),
            "recusou o destinatário. (resposta 550 5.1.1)",
        ),
        (Behaviour(replies={"MAIL": "550 5.7.1 no"}), "não aceitou o remetente mail_from."),
        (Behaviour(trickles="EHLO"), "não respondeu a tempo."),
    ],
)
def test_a_test_says_what_is_wrong(shell: Shell, behaviour: Behaviour, words: str) -> None:
    with OddMailServer(usually=behaviour) as server:
        shell.set_up(mail_server=f"plain://127.0.0.1:{server.port}", mail_seconds=1.0)
        assert words in shell.said("test", TO)


def test_a_test_says_what_is_wrong_with_tls_and_with_the_password(
    shell: Shell, tmp_path: Path
) -> None:
    authority = make_authority()
    secret = tmp_path / "senha"
    secret.write_text("certa\n")
    secret.chmod(0o600)
    (tmp_path / "ca.pem").write_text(authority.pem)
    with OddMailServer(authority.write(tmp_path), passwords={"avisos": "certa"}) as server:
        way = {
            "mail_server": f"smtp://127.0.0.1:{server.port}",
            "mail_user": "avisos",
            "mail_password_file": str(secret),
        }
        shell.set_up(**way)
        assert "não é de uma autoridade em que esta máquina confia" in shell.said("test", TO)
        shell.set_up(**way, mail_ca=str(tmp_path / "ca.pem"))
        assert shell("test", TO).exit_code == 0
        secret.write_text("errada")
        said = shell.said("test", TO)
        assert "não aceitou mail_user e a senha" in said
        assert "errada" not in said
        assert TO not in said
    assert "recusou a conexão" in shell.said("test", TO)


def test_a_name_that_is_nowhere(shell: Shell) -> None:
    shell.set_up(mail_server="smtp://nenhum.invalid")
    assert "não foi encontrado" in shell.said("test", TO)


def test_a_test_needs_an_address_and_a_server(shell: Shell) -> None:
    assert "mail_server" in shell.said("test", TO)
    shell.set_up(mail_server="smtp://correio.exemplo")
    assert "não é um endereço" in shell.said("test", "sem arroba")


@pytest.fixture
def secret(tmp_path: Path) -> Callable[[int], str]:
    def make(mode: int) -> str:
        file = tmp_path / "senha"
        file.write_text("certa")
        file.chmod(mode)
        return str(file)

    return make


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mail_server": "http://correio.exemplo"}, "mail_server"),
        ({"mail_server": "plain://correio.exemplo"}, "sem TLS"),
        ({"mail_from": "ninguém"}, "mail_from"),
        ({"mail_from": "a@b.br\r\nBcc: c@d.br"}, "mail_from"),
        ({"mail_user": "avisos"}, "só servem juntos"),
        ({"mail_password": "segredo"}, "só servem juntos"),
        ({"mail_user": "avisos", "mail_password": "ç"}, "acentos"),
        ({"mail_password": "segredo", "mail_password_file": "x"}, "num lugar só"),
        ({"mail_password_file": "nenhum"}, "não pôde ser lido"),
        ({"mail_ca": "nenhum"}, "mail_ca"),
        ({"mail_seconds": 0.0}, "mail_seconds"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(
    shell: Shell, changes: dict[str, object], said: str
) -> None:
    shell.set_up(**({"mail_server": "smtp://correio.exemplo"} | changes))
    words = shell.said("test", TO)
    assert said in words
    assert "segredo" not in words


def test_a_server_needs_somebody_whom_mails_come_from(shell: Shell) -> None:
    shell.config.write_text("mail_server = 'smtp://correio.exemplo'\n")
    assert "falta o remetente" in shell.said("test", TO)


def test_a_password_that_everybody_can_read_is_refused(
    shell: Shell, secret: Callable[[int], str]
) -> None:
    way = {"mail_server": "smtp://127.0.0.1:9", "mail_user": "avisos"}
    shell.set_up(**way, mail_password_file=secret(0o604))
    assert "chmod 600" in shell.said("test", TO)
    shell.set_up(**way, mail_password_file=secret(0o440))
    assert "recusou a conexão" in shell.said("test", TO)


def test_a_folder_keeps_a_server_from_being_used(shell: Shell) -> None:
    shell.set_up(mail_server="smtps://correio.exemplo", mail_folder=str(shell.folder / "e-mails"))
    assert "não enviados" in shell("list").stdout
