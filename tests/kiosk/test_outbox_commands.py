from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.domain.receipts import ReceiptNumber
from kiosk.outbox_commands import LEFT_OUT_EXIT_CODE, outbox_app
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from tests.enrolments import enrol_store
from tests.factories import new_operation, person


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "dados"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fila.kiosk"


def run(data: Path, file: Path, *words: str) -> Result:
    return CliRunner().invoke(outbox_app, ["export", str(file), "--data", str(data), *words])


def queue(data: Path, operations: int, spoil: str = "SELECT 1") -> None:
    data.mkdir()
    engine = open_store(data)
    outbox = Outbox(engine, enrol_store(engine, "K7Q2MT").code)
    news = [new_operation(person(number)) for number in range(operations)]
    for new in news:
        outbox.record(new)
    for new in news[:1]:
        outbox.park(new.id, "no_answer", 1)
    with engine.begin() as connection:
        connection.exec_driver_sql(spoil)
    engine.dispose()


def test_what_was_exported_is_told_and_what_to_do_with_it(data: Path, file: Path) -> None:
    queue(data, 3)
    result = run(data, file)
    assert result.exit_code == 0
    told = result.stdout.splitlines()
    assert told[:2] == ["Pedidos exportados: 3", "  dos quais precisam de um atendente: 1"]
    assert "registry import-outbox" in told[2]
    assert str(file) in told[2]
    assert "***" not in result.stdout


def test_what_the_disk_has_changed_is_told_aloud(data: Path, file: Path) -> None:
    queue(data, 3, "UPDATE outbox SET made_at = 0 WHERE sequence = 3")
    result = run(data, file)
    assert result.exit_code == LEFT_OUT_EXIT_CODE
    assert "ficaram de fora: 1" in result.stdout
    assert f"Recibos deles: {ReceiptNumber('K7Q2MT', 3)}\n" in result.stdout


def test_only_so_many_are_named(data: Path, file: Path) -> None:
    queue(data, 22, "UPDATE outbox SET made_at = 0")
    assert f"{ReceiptNumber('K7Q2MT', 20)} e outros" in run(data, file).stdout


def test_an_empty_queue_writes_nothing(data: Path, file: Path) -> None:
    queue(data, 0)
    result = run(data, file)
    assert (result.exit_code, file.exists()) == (0, False)
    assert result.stdout.startswith("Não há nada para exportar")


def test_force_is_asked_for(data: Path, file: Path) -> None:
    queue(data, 1)
    run(data, file)
    refused = run(data, file).exception
    assert isinstance(refused, Complaint)
    assert "--force" in str(refused)
    assert run(data, file, "--force").exit_code == 0
