import os
import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.custody.choices import Wish
from kiosk.custody.custodies import CustodyKind
from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes, grouped
from kiosk.enrolment_commands import enrol_command
from kiosk.store.files import open_store
from kiosk.store.unlockings import unlock
from tests.enrolments import enrol_store
from tests.servers import ScriptedServer, response

CODE = grouped(from_bytes(b"c" * CODE_BYTES))
PROBLEM = "content-type: application/problem+json"


def run(data: Path, *words: str, typed: str = CODE) -> Result:
    app = typer.Typer()
    app.command()(enrol_command)
    words = ("--data", str(data), *words)
    return CliRunner().invoke(app, words, input=f"{typed}\n", catch_exceptions=False)


@pytest.fixture(autouse=True)
def custody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_KEY_CUSTODY", "file")
    monkeypatch.setenv("KIOSK_KEY_FILE", str(tmp_path_factory.mktemp("custody") / "store.key"))


def complaint(data: Path, *words: str, typed: str = CODE) -> str:
    with pytest.raises(Complaint) as said:
        run(data, *words, typed=typed)
    assert "\n" not in str(said.value)
    assert not typed.strip() or typed not in str(said.value)
    return str(said.value)


@pytest.fixture
def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_the_address_has_to_be_said(tmp_path: Path) -> None:
    assert "--registry" in complaint(tmp_path)


@pytest.mark.parametrize("typed", ["", "errado", CODE[:-1], CODE.replace("C", "D", 1), CODE * 2])
def test_a_code_that_was_mistyped_is_told_before_anything_is_sent(
    tmp_path: Path, nowhere: str, typed: str
) -> None:
    said = complaint(tmp_path, "--registry", nowhere, typed=typed or " ")
    assert "não confere" in said


def test_a_code_may_come_from_a_file(tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / "code.txt"
    words = ("--registry", nowhere, "--code-file", str(file))
    assert "não pôde ser lido" in complaint(tmp_path, *words)
    file.write_text("nada")
    assert "não confere" in complaint(tmp_path, *words)
    file.write_text(f"{CODE}\n")
    assert "ninguém atende" in complaint(tmp_path, *words)


@pytest.mark.parametrize(
    ("status", "said"),
    [("403 No", "Peça outro"), ("409 No", "--device"), ("429 No", "Espere"), ("401 No", "assina")],
)
def test_what_the_registry_says_is_told(tmp_path: Path, status: str, said: str) -> None:
    with ScriptedServer([response(status, b"{}", PROBLEM, "retry-after: 61")]) as server:
        told = complaint(tmp_path, "--registry", server.address)
    assert said in told
    if status.startswith("429"):
        assert "2 min" in told


def test_plain_http_beyond_this_machine_is_refused(tmp_path: Path) -> None:
    assert "https" in complaint(tmp_path, "--registry", "http://192.0.2.1")


def test_an_authority_has_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    words = ("--registry", "https://127.0.0.1:9", "--ca", str(file))
    assert "não pôde ser lido" in complaint(tmp_path, *words)
    for content in ("nada", "", " \n\t\n"):
        file.write_text(content)
        assert "PEM" in complaint(tmp_path, *words)


def test_an_enrolled_machine_is_not_enrolled_by_mistake(tmp_path: Path, nowhere: str) -> None:
    store = open_store(tmp_path)
    enrol_store(store, "K7Q2MT")
    store.dispose()
    assert "--again" in complaint(tmp_path, "--registry", nowhere)
    assert "ninguém atende" in complaint(tmp_path, "--registry", nowhere, "--again")


@pytest.fixture
def enrolled(tmp_path: Path) -> Path:
    key = unlock(tmp_path, Wish(CustodyKind.FILE, Path(os.environ["KIOSK_KEY_FILE"])))
    store = open_store(tmp_path, key)
    enrol_store(store, "K7Q2MT")
    store.dispose()
    return tmp_path


def test_a_machine_remembers_where_it_is_enrolled(enrolled: Path) -> None:
    assert "127.0.0.1:9" in complaint(enrolled, "--again")


def test_a_machine_stays_the_device_it_is(enrolled: Path) -> None:
    refusal = response("409 No", b"{}", PROBLEM)
    with ScriptedServer([refusal]) as server:
        said = complaint(enrolled, "--again", "--registry", server.address)
    assert "--device K7Q2MT" in said


def test_the_custody_of_a_demonstration_is_none_for_a_device(tmp_path: Path, nowhere: str) -> None:
    said = complaint(tmp_path, "--registry", nowhere, "--key-custody", "demo")
    assert "demonstração" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://nada.invalid", "não existe na rede"),
        ("http://127.0.0.1:9", "ninguém atende em 127.0.0.1:9"),
    ],
)
def test_what_is_wrong_with_the_line_is_told(tmp_path: Path, address: str, said: str) -> None:
    assert said in complaint(tmp_path, "--registry", address)
