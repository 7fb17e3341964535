"""A queue carried by hand: real device, real commands, real registry processes."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from kiosk.domain.forms import ReceiptQuery
from kiosk.domain.operations import Outcome
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.demonstrations import DemoPerson, Journey
from kiosk.services.answers import ReceiptFound
from kiosk.sync.client import HttpRegistry
from kiosk.sync.signers import RequestSigner
from kiosk.wire.messages import Delivery, OperationMessage, PushRequest
from tests.enrolments import enrol_folders, signer_of
from ui.tour.hands import NEW_PASSWORD, fill_registration, go_to, sample, submit
from ui.tour.stages import Stage

NewStage = Callable[[], Stage]
FIRST, SECOND = sample(Journey.REGISTER), sample(Journey.LEGACY)


def command(program: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(program), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def export(program: Path, folder: Path, name: str) -> Path:
    done = command(program, "outbox", "export", folder / name, "--data", folder / "device")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / name


def take_in(program: Path, folder: Path, file: Path) -> list[str]:
    done = command(program, "registry", "import-outbox", file, "--data", folder / "registry")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def register(stage: Stage, who: DemoPerson) -> str:
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, who, NEW_PASSWORD)
    submit(stage, "registrationSubmit")
    stage.expect("recebido, aguardando confirmação")
    receipt = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    return receipt


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "registry" / "registry.sqlite3")) as connection:
        return connection.execute(query).fetchall()


def effects(folder: Path) -> list[tuple[object, ...]]:
    return rows(folder, "SELECT person_id FROM changes WHERE what = 'credential'")


def until_settled(stage: Stage) -> None:
    desk = stage.front_desk_when_open()
    desk.try_now()
    stage.wait_until(lambda: desk.line_status().waiting == 0, "the answers")


def outcome_of(stage: Stage, receipt: str, who: DemoPerson) -> Outcome | None:
    found = stage.front_desk_when_open().query_receipt(ReceiptQuery(receipt, who.card_number))
    assert isinstance(found, ReceiptFound)
    return found.outcome


def test_a_queue_that_went_by_hand_has_its_effect_once(
    new_stage: NewStage, program: Path, tmp_path: Path
) -> None:
    stage = new_stage()
    stage.start_registry()
    stage.stop_registry()
    stage.open_window()
    first = register(stage, FIRST)
    file = export(program, tmp_path, "primeira.kiosk")
    assert take_in(program, tmp_path, file)[1] == "Aceitos: 1"
    assert len(effects(tmp_path)) == 1
    again = take_in(program, tmp_path, file)
    assert (again[1], again[4]) == ("Aceitos: 0", "Já conhecidos (nada mudou): 1")

    second = register(stage, SECOND)
    assert outcome_of(stage, first, FIRST) is None
    stage.close_window()
    kept = [one.read_bytes() for one in (tmp_path / "device").rglob("*") if one.is_file()]
    kept.append(file.read_bytes())
    for who in (FIRST, SECOND):
        typed = (who.card_number, who.cpf or "", who.birth_date.isoformat(), NEW_PASSWORD, "$argon")
        assert not [one for one in typed if any(one.encode() in content for content in kept)]
    # Exported once more by a machine that is off, and later, when one of the two was delivered.
    both = export(program, tmp_path, "segunda.kiosk")
    stage.start_registry()
    stage.open_window()
    until_settled(stage)
    for receipt, who in ((first, FIRST), (second, SECOND)):
        assert outcome_of(stage, receipt, who) is Outcome.ACCEPTED
    assert len(effects(tmp_path)) == 2
    # Beside the registry that serves.
    assert take_in(program, tmp_path, both)[4] == "Já conhecidos (nada mudou): 2"
    assert len(effects(tmp_path)) == 2
    assert len(rows(tmp_path, "SELECT id FROM operations")) == 2
    stage.close_window()
    signer = signer_of(tmp_path / "device")
    for line in both.read_bytes().splitlines()[1:-1]:
        operation = msgspec.json.decode(line, type=OperationMessage)
        assert pushed_again(stage, operation, signer) == ("accepted", True)


def pushed_again(
    stage: Stage, operation: OperationMessage, signer: RequestSigner
) -> tuple[str, bool]:
    registry = HttpRegistry(stage.address, 60.0, signer)
    request = PushRequest(device=operation.receipt[:6], deliveries=[Delivery(operation=operation)])
    (answer,) = registry.push(request).answers
    registry.close()
    return answer.outcome, answer.duplicate


_RECORD_AND_DIE = """
import os, sys
from pathlib import Path
from argon2 import PasswordHasher
from kiosk.store.files import open_store
from kiosk.store.outboxes import Outbox
from tests.enrolments import enrol_store
from tests.factories import credential_of, new_operation, operation_id, person
from tests.seals import sealed
hashed = PasswordHasher().hash("uma senha nova")
engine = open_store(Path(sys.argv[1]))
outbox = Outbox(engine, enrol_store(engine, sys.argv[2]).code)
for number in range(int(sys.argv[3])):
    who, operation = person(number), operation_id()
    body = sealed(credential_of(who, hashed), operation.hex, device=sys.argv[2])
    outbox.record(new_operation(who, id=operation, body=body))
outbox.claim(1, limit=5, max_bytes=9**9)
os.kill(os.getpid(), 9)
"""


def record_and_die(program: Path, data: Path, code: str, operations: int) -> None:
    data.mkdir()
    died = subprocess.run(
        [sys.executable, "-c", _RECORD_AND_DIE, str(data), code, str(operations)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=program.parent,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr


def test_what_a_killed_program_had_claimed_goes_too(program: Path, tmp_path: Path) -> None:
    record_and_die(program, tmp_path / "device", "K7Q2MT", 30)
    file = export(program, tmp_path, "fila.kiosk")
    assert len(file.read_bytes().splitlines()) == 32


def importer(program: Path, data: Path, file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, str(program), "registry", "import-outbox", str(file)),
            *("--data", str(data)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def test_files_of_several_devices_go_in_beside_a_registry_that_serves(
    program: Path, tmp_path: Path, filled_registry: Path
) -> None:
    files = []
    for code in ("K7Q2MT", "9ZX4BC"):
        folder = tmp_path / code
        folder.mkdir()
        record_and_die(program, folder / "device", code, 120)
        files.append(export(program, folder, "fila.kiosk"))
    shutil.copytree(filled_registry, tmp_path / "registry")
    registry = EmbeddedRegistry(program, tmp_path / "registry")
    lines = files[0].read_bytes().splitlines()[1:-1]
    deliveries = [
        Delivery(operation=msgspec.json.decode(line, type=OperationMessage)) for line in lines
    ]
    with registry, ExitStack() as closing_all:
        signer = enrol_folders(tmp_path / "registry", tmp_path / "other", "K7Q2MT")
        pushing = HttpRegistry(registry.start(), 60.0, signer)
        closing_all.callback(pushing.close)
        importing = [
            closing_all.enter_context(importer(program, tmp_path / "registry", file))
            for file in files
        ]
        while any(one.poll() is None for one in importing):
            for start in (0, 100):
                batch = deliveries[start : start + 100]
                pushing.push(PushRequest(device="K7Q2MT", deliveries=batch))
        said = [one.communicate()[0] for one in importing]
        assert [one.returncode for one in importing] == [0, 0], said
    found = rows(tmp_path, "SELECT device, count(*), count(DISTINCT id) FROM operations GROUP BY 1")
    assert found == [("9ZX4BC", 120, 120), ("K7Q2MT", 120, 120)]
