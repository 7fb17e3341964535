"""The commands of a device's keeper, on a directory that has lived."""

import errno
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.custody.choices import Wish
from kiosk.custody.custodies import CustodyKind
from kiosk.database.drivers import connect
from kiosk.database.keys import StoreKey
from kiosk.registry.device_lists import shut_out
from kiosk.registry.tables import DeviceState
from kiosk.store.backups import Backups
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.unlockings import known_key, unlock
from kiosk.sync.registries import LineTrouble, Unreachable
from kiosk.sync.troubles import trouble_words
from tests.damages import flip
from tests.enrolments import add_to_registry, enrol_store, system_ms
from tests.factories import new_operation, person
from tests.registry_services import Service, served
from ui.commands import app

Run = Callable[..., Result]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    key = unlock(data_dir, Wish(CustodyKind.FILE, tmp_path / "store.key"))
    engine = open_store(data_dir, key)
    Outbox(engine, load_identity(engine).code).record(new_operation(person()))
    engine.dispose()
    return data_dir


@pytest.fixture
def run(data_dir: Path) -> Run:
    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--data", str(data_dir)])

    return run


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with served(tmp_path / "registry") as service:
        yield service


@pytest.fixture
def enrolled(data_dir: Path, service: Service) -> Path:
    """A directory whose device the registry knows, as K7Q2MT."""
    engine = open_store(data_dir, known_key(data_dir))
    key = add_to_registry(service.engine, "K7Q2MT")
    enrol_store(engine, "K7Q2MT", key)
    engine.dispose()
    return data_dir


def test_the_doctor_names_the_custody_and_finds_nothing_amiss(
    run: Run, enrolled: Path, service: Service, tmp_path: Path
) -> None:
    left = (enrolled / FILE_NAME).read_bytes()
    done = run("doctor", "--registry", service.address)
    assert done.exit_code == 0, done.output
    for words in ("arquivo que só este usuário lê", str(tmp_path / "store.key"), "abre os dados"):
        assert words in done.output
    assert f"{service.address} respondeu a um pedido assinado" in done.output
    assert (
        "Inscrição: “Quiosque de teste” (Sala de testes), quiosque; recibos K7Q2MT" in done.output
    )
    assert re.search(r"Chave de assinatura: feita em ../../....; troca-se", done.output)
    key = known_key(enrolled)
    assert key is not None
    assert key.written() not in done.output
    assert (enrolled / FILE_NAME).read_bytes() == left


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.STOLEN])
def test_the_doctor_tells_a_device_that_has_lost_its_access(
    run: Run, enrolled: Path, service: Service, state: DeviceState
) -> None:
    shut_out(service.engine, "K7Q2MT", state, system_ms())
    done = run("doctor", "--registry", service.address)
    assert done.exit_code == 1
    assert "tirou o acesso" in done.output
    assert "--device K7Q2MT" in done.output


def test_the_doctor_tells_a_key_that_the_registry_does_not_know(
    run: Run, data_dir: Path, service: Service
) -> None:
    engine = open_store(data_dir, known_key(data_dir))
    enrol_store(engine, "K7Q2MT")
    engine.dispose()
    done = run("doctor", "--registry", service.address)
    assert done.exit_code == 1
    assert "não conhece a chave" in done.output


def test_the_doctor_of_a_machine_that_is_none_knows_only_that_somebody_listens(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        done = run("doctor", "--registry", f"http://127.0.0.1:{port}")
    assert done.exit_code == 1
    assert "Inscrição: nenhuma" in done.output
    assert f"alguém atende em 127.0.0.1:{port}" in done.output


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (LineTrouble.NAME_UNKNOWN, "não existe na rede"),
        (LineTrouble.REFUSED, "ninguém atende em cadastro:443"),
        (LineTrouble.NO_TLS, "não usa https"),
        (LineTrouble.CERTIFICATE_UNTRUSTED, "--ca"),
        (LineTrouble.CERTIFICATE_EXPIRED, "venceu"),
        (LineTrouble.CERTIFICATE_NOT_YET, "relógio"),
        (LineTrouble.CERTIFICATE_OF_ANOTHER, "outro endereço"),
        (None, "ReadTimeout"),
    ],
)
def test_every_trouble_of_the_line_has_words(trouble: LineTrouble | None, said: str) -> None:
    failure = Unreachable("ReadTimeout", trouble=trouble)
    assert said in trouble_words("https://cadastro", failure)


def test_the_doctor_tells_a_demonstration_from_a_custody(tmp_path: Path) -> None:
    unlock(tmp_path, Wish(CustodyKind.DEMO))
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert "DEMONSTRAÇÃO" in done.output


def test_the_doctor_names_what_is_not_encrypted_and_who_does_not_answer(
    run: Run, data_dir: Path
) -> None:
    open_store(data_dir / "quarantine" / "1").dispose()
    done = run("doctor", "--registry", "http://127.0.0.1:1")
    assert done.exit_code == 1
    assert f"quarantine/1/{FILE_NAME}" in done.output
    assert "ninguém atende" in done.output


def test_the_doctor_asks_at_the_address_this_machine_was_enrolled_with(
    run: Run, data_dir: Path
) -> None:
    engine = open_store(data_dir, known_key(data_dir))
    enrol_store(engine, "K7Q2MT")
    engine.dispose()
    left = (data_dir / FILE_NAME).read_bytes()
    done = run("doctor")
    assert "127.0.0.1:9" in done.output
    # As in the program, what is said goes before what was agreed.
    assert "127.0.0.1:1\n" in run("doctor", "--registry", "http://127.0.0.1:1").output
    assert (data_dir / FILE_NAME).read_bytes() == left


def test_the_doctor_knows_no_address_before_there_is_one(run: Run) -> None:
    assert "nenhum endereço" in run("doctor").output


@pytest.mark.parametrize("name", [FILE_NAME, "backups"])
def test_the_doctor_says_so_of_files_that_are_not_this_users(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shut = data_dir / name
    if not shut.exists():
        shut.mkdir()
        (shut / FILE_NAME).write_bytes(b"")
    opened = Path.open

    def open_own(path: Path, *words: Any, **more: Any) -> Any:
        # The modes of a file do not hold for the administrator, who may be running the tests.
        if path == shut or shut in path.parents:
            raise PermissionError(errno.EACCES, "not yours")
        return opened(path, *words, **more)

    monkeypatch.setattr(Path, "open", open_own)
    done = run("doctor")
    assert isinstance(done.exception, Complaint)
    assert str(data_dir) in str(done.exception)
    assert "\n" not in str(done.exception)


def test_the_key_of_files_that_are_not_this_users_is_not_looked_for(data_dir: Path) -> None:
    (data_dir / FILE_NAME).unlink()
    (data_dir / FILE_NAME).mkdir()
    with pytest.raises(Complaint, match="não pode ser usada"):
        known_key(data_dir)


def test_the_doctor_says_what_to_do_about_a_key_that_is_gone(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "store.key").unlink()
    left = (data_dir / FILE_NAME).read_bytes()
    done = run("doctor")
    assert done.exit_code == 1
    assert "Custódia da chave: arquivo que só este usuário lê" in done.output
    # Not that another key lies there: none does.
    assert "não está na custódia “file”" in done.output
    assert "nada foi tocado" in done.output
    assert (data_dir / FILE_NAME).read_bytes() == left


def test_the_doctor_knows_a_directory_where_nobody_has_chosen(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "nenhuma custódia" in done.output
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path / "none")])
    assert done.exit_code == 1


def waiting(data_dir: Path) -> int:
    engine = open_store(data_dir, unlock(data_dir, None))
    try:
        with engine.connect() as connection:
            count: int = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
        return count
    finally:
        engine.dispose()


def test_a_new_key_takes_the_place_of_the_old_one(run: Run, data_dir: Path) -> None:
    old = known_key(data_dir)
    done = run("rekey")
    assert done.exit_code == 0, done.output
    new = known_key(data_dir)
    assert new not in (None, old)
    assert new is not None
    assert new.written() not in done.output
    assert waiting(data_dir) == 1


def test_a_new_key_goes_into_another_custody(run: Run, data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "store.key"
    done = run("rekey", "--custody", "file", "--key-file", str(other))
    assert done.exit_code == 0, done.output
    (tmp_path / "store.key").unlink()
    assert waiting(data_dir) == 1
    assert str(other) in run("doctor").output
    # Where the old one still lies is said, and that it may go.
    assert f"A chave antiga ficou: arquivo que só este usuário lê ({tmp_path / 'store.key'})" in (
        done.output
    )
    assert "apague-a" in done.output
    assert "apague" not in run("rekey").output


def test_with_systemd_the_new_key_is_the_administrators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    data_dir, credential = tmp_path / "data", tmp_path / "kiosk-store-key"
    data_dir.mkdir()
    drawn = CliRunner().invoke(app, ["store-key", "new"])
    credential.write_text(drawn.output)
    old = unlock(data_dir, Wish(CustodyKind.SYSTEMD))
    assert old == StoreKey.read(drawn.output)
    open_store(data_dir, old).dispose()
    refused = CliRunner().invoke(app, ["rekey", "--data", str(data_dir)])
    assert isinstance(refused.exception, Complaint)
    new = StoreKey.draw()
    credential.write_text(f"{old.written()}\n{new.written()}\n")
    done = CliRunner().invoke(app, ["rekey", "--data", str(data_dir)])
    assert done.exit_code == 0, done.output
    credential.write_text(new.written())
    assert waiting(data_dir) == 0


def test_the_option_is_called_as_that_of_enrolling(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "store.key"
    done = run("rekey", "--key-custody", "file", "--key-file", str(other))
    assert done.exit_code == 0, done.output
    assert other.exists()
    assert "--key-custody" in CliRunner().invoke(app, ["rekey", "--help"]).output
    assert "--custody " not in CliRunner().invoke(app, ["rekey", "--help"]).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--key-custody", "demo"], "keyring, systemd ou file"),
        (["--custody", "demo"], "keyring, systemd ou file"),
        (["--custody", "none"], "keyring, systemd ou file"),
    ],
)
def test_what_cannot_keep_a_new_key_is_refused(run: Run, words: list[str], said: str) -> None:
    assert said in str(run("rekey", *words).exception)


def test_a_store_that_is_found_damaged_only_now_keeps_its_key(
    run: Run, data_dir: Path, tmp_path: Path, expected_stumbles: None
) -> None:
    before = (tmp_path / "store.key").read_bytes()
    file, key = data_dir / FILE_NAME, known_key(data_dir)
    Backups(file, lambda: 0.0, key=key).make_if_due()
    flip(file, 1)
    refused = run("rekey")
    assert isinstance(refused.exception, Complaint)
    assert "--leave-quarantine" in str(refused.exception)
    assert any((data_dir / "quarantine").iterdir())
    assert (tmp_path / "store.key").read_bytes() == before


def test_damaged_files_keep_the_key_from_being_changed(run: Run, data_dir: Path) -> None:
    (data_dir / "quarantine" / "1").mkdir(parents=True)
    old = known_key(data_dir)
    refused = run("rekey")
    assert "--leave-quarantine" in str(refused.exception)
    assert known_key(data_dir) == old
    assert run("rekey", "--leave-quarantine").exit_code == 0
    assert known_key(data_dir) != old


def test_there_is_no_key_to_change_where_nothing_is_encrypted(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["rekey", "--data", str(tmp_path)])
    assert "não há dados cifrados" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_audit_of_this_machine_is_verified_against_an_end_that_was_written_down(
    run: Run, data_dir: Path
) -> None:
    done = run("audit", "verify")
    assert (done.exit_code, "inteira. Linhas: 1" in done.output) == (0, True)
    head = done.output.partition("Fim: ")[2].partition("\n")[0]
    assert f"Auditoria: inteira, fim {head}" in run("doctor").output
    assert run("audit", "verify", "--head", head).exit_code == 0
    cut = run("audit", "verify", "--head", head, "--head", f"9:{'ab' * 32}")
    assert (cut.exit_code, "cortado a partir da linha 2" in cut.output) == (3, True)
    assert isinstance(run("audit", "verify", "--head", "9").exception, Complaint)


def test_the_doctor_says_that_the_audit_is_broken(run: Run, data_dir: Path) -> None:
    with closing(connect(data_dir / FILE_NAME, known_key(data_dir))) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET at = at + 1")
        connection.commit()
    assert "Auditoria: QUEBRADA, a linha 1 " in run("doctor").output
    assert run("audit", "verify").exit_code == 3


def test_a_machine_without_an_audit_is_told(run: Run, data_dir: Path) -> None:
    (data_dir / FILE_NAME).unlink()
    done = run("audit", "verify")
    assert isinstance(done.exception, Complaint)
    assert "não há auditoria" in str(done.exception)
