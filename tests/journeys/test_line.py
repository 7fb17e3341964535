"""Journeys on real processes beyond those of the tour: lost lines, killed programs, odd input."""

import csv
import os
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from kiosk.registry.demonstrations import DemoPerson, Journey
from kiosk.sync.client import HttpRegistry
from kiosk.wire.messages import Delivery, OperationMessage, PushRequest
from tests.device_stores import open_device_file, read_device_file
from tests.enrolments import enrol_folders, signer_of
from tests.servers import ScriptedServer, response
from ui.tour.hands import (
    NEW_PASSWORD,
    enter,
    fill_registration,
    fill_reset,
    go_to,
    leave,
    sample,
    sign_in,
    submit,
)
from ui.tour.stages import Stage

WHO = sample(Journey.REGISTER)
NewStage = Callable[[], Stage]


def register(stage: Stage, who: DemoPerson, password: str = NEW_PASSWORD) -> str:
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, who, password)
    submit(stage, "registrationSubmit")
    return stage.text_of("outcomeReceipt")


def ask(stage: Stage, receipt: str, proof: str) -> str:
    go_to(stage, "startHelp", "helpScreen")
    stage.press("helpReceiptQuery")
    stage.wait_for_screen("receiptScreen")
    stage.fill("receiptNumber", receipt)
    stage.fill("receiptProof", proof)
    stage.press("receiptSubmit")
    stage.wait_until(lambda: stage.text_of("receiptAnswer") != "", "an answer")
    return stage.text_of("receiptAnswer")


def until_settled(stage: Stage) -> None:
    desk = stage.front_desk_when_open()
    desk.try_now()
    stage.wait_until(lambda: desk.line_status().waiting == 0, "the answers")


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    # Whoever reads else brings a dead program's log into the file and takes it away.
    with closing(read_device_file(file)) as connection:
        return connection.execute(query).fetchall()


def registry_file(folder: Path) -> Path:
    return folder / "registry" / "registry.sqlite3"


def device_file(folder: Path) -> Path:
    return folder / "device" / "device.sqlite3"


PASSWORDS = {
    "emoji": "pássaro 🦜 verde",
    "combining": "e\u0301 um acento solto",
    "SQL": "' OR 1=1; DROP TABLE people; --",
    "HTML": "<b>negrito</b> & <script>",
    "bidirectional": "\u202edireita para a esquerda",
    "full width": "ｊａｎｅｌａ de vidro larga",
    "as long as may be": "um muro comprido! " * 56 + "até o fim dele 1",
}


def test_a_password_is_kept_exactly(stage: Stage, filled_registry: Path) -> None:
    with (filled_registry / "sample.csv").open(encoding="utf-8", newline="") as file:
        people = [row for row in csv.DictReader(file) if row["origin"] == "none" and row["cpf"]]
    for (name, password), row in zip(PASSWORDS.items(), people, strict=False):
        sys.stdout.write(f"{name}\n")
        who = replace(
            WHO,
            card_number=row["card_number"],
            cpf=row["cpf"],
            birth_date=date.fromisoformat(row["birth_date"]),
        )
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, who, "")
        for field in ("registrationPassword", "registrationConfirmation"):
            stage.paste(field, password)
        submit(stage, "registrationSubmit")
        stage.expect("cadastro concluído")
        stage.press("outcomeDone")
        go_to(stage, "startSignIn", "signInScreen")
        stage.fill("signInIdentifier", who.card_number)
        stage.paste("signInPassword", unicodedata.normalize("NFC", password))
        stage.press("signInSubmit")
        stage.wait_for_screen("accountScreen")
        leave(stage)
    assert len(people) >= len(PASSWORDS)


def test_a_shared_email_does_not_open_but_serves_in_the_reset(stage: Stage) -> None:
    who = sample(Journey.SHARED_EMAIL)
    go_to(stage, "startSignIn", "signInScreen")
    sign_in(stage, who.email or "", who.password or "")
    stage.wait_until(lambda: "não conferem" in stage.visible_text(), "the generic answer")
    stage.press("signInBack")
    go_to(stage, "startReset", "resetScreen")
    fill_reset(stage, who, who.email or "", NEW_PASSWORD)
    submit(stage, "resetSubmit")
    stage.expect("senha redefinida")
    stage.press("outcomeDone")
    enter(stage, who.cpf or "", NEW_PASSWORD)
    stage.expect(who.full_name)


def test_a_reset_by_somebody_without_account_leads_to_cadastro(stage: Stage) -> None:
    go_to(stage, "startReset", "resetScreen")
    fill_reset(stage, WHO, WHO.card_number, NEW_PASSWORD)
    submit(stage, "resetSubmit")
    stage.expect("falta fazer o cadastro")
    stage.press("outcomeNext")
    stage.wait_for_screen("registrationScreen")
    assert stage.text_of("registrationCard") == WHO.card_number
    assert stage.text_of("registrationBirthDate") == WHO.birth_date.strftime("%d/%m/%Y")
    assert stage.text_of("registrationPassword") == ""


def test_the_nome_social_is_shown(stage: Stage) -> None:
    who = sample(Journey.SOCIAL_NAME)
    enter(stage, who.card_number, who.password or "")
    stage.expect(who.social_name or "")
    assert who.full_name not in stage.visible_text()
    leave(stage)
    assert (who.social_name or "") not in stage.visible_text()


def test_registry_stopped_reset_registry_back(stage: Stage) -> None:
    who = sample(Journey.RESET)
    stage.stop_registry()
    go_to(stage, "startReset", "resetScreen")
    fill_reset(stage, who, who.card_number, NEW_PASSWORD)
    submit(stage, "resetSubmit")
    stage.expect("recebido, aguardando confirmação")
    receipt = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    stage.start_registry()
    until_settled(stage)
    assert "A senha nova já vale" in ask(stage, receipt, who.card_number)
    stage.press("receiptBack")
    stage.press("helpBack")
    enter(stage, who.cpf or "", NEW_PASSWORD)


def test_a_second_wish_without_line_is_noticed(stage: Stage) -> None:
    stage.stop_registry()
    first = register(stage, WHO)
    stage.press("outcomeDone")
    assert register(stage, WHO) == first
    stage.expect("já fez este pedido")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\x00\xff nothing anybody speaks\r\n\r\n", id="garbage"),
        pytest.param(response("500 Oops", b"oops"), id="500"),
        pytest.param(response("302 Found", b"", "location: /elsewhere"), id="redirect"),
        pytest.param(response("200 OK", b'{"answers":[', length=400), id="half a body"),
    ],
)
def test_a_registry_that_talks_nonsense_counts_as_no_line(
    new_stage: NewStage, answer: bytes, tmp_path: Path
) -> None:
    enrol_folders(tmp_path / "registry", tmp_path / "device", "K7Q2MT")
    stage = new_stage()
    with ScriptedServer([answer]) as server:
        stage.use_registry_at(server.address)
        stage.open_window()
        register(stage, WHO)
        stage.expect("recebido, aguardando confirmação", "sem linha")
        stage.press("outcomeDone")
        go_to(stage, "startSignIn", "signInScreen")
        sign_in(stage, WHO.card_number, NEW_PASSWORD)
        stage.wait_until(lambda: "precisa da linha" in stage.visible_text(), "the way on")
        stage.close_window()


def test_a_second_program_on_the_same_data_steps_back(
    stage: Stage, program: Path, tmp_path: Path
) -> None:
    stage.front_desk_when_open()
    done = subprocess.run(
        [
            *(sys.executable, str(program), "kiosk"),
            *("--data", str(tmp_path / "device"), "--registry", stage.address),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Outro programa já usa a pasta" in done.stderr
    register(stage, WHO)
    stage.expect("cadastro concluído")


def test_the_same_batch_twice_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.stop_registry()
    register(stage, WHO)
    (row,) = rows(
        device_file(tmp_path),
        "SELECT lower(hex(id)), kind, receipt, sequence, seen, made_at, body FROM outbox",
    )
    stage.start_registry()
    until_settled(stage)
    names = ("id", "kind", "receipt", "sequence", "seen", "made_at", "body")
    operation = OperationMessage(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
    before = _everything(registry_file(tmp_path))
    registry = HttpRegistry(stage.address, 60.0, signer_of(tmp_path / "device"))
    request = PushRequest(
        device=operation.receipt[:6], deliveries=[Delivery(operation=operation)] * 2
    )
    answers = registry.push(request).answers
    registry.close()
    assert [(one.outcome, one.duplicate) for one in answers] == [("accepted", True)] * 2
    assert _everything(registry_file(tmp_path)) == before


def _everything(file: Path) -> dict[str, list[tuple[object, ...]]]:
    tables = ("people", "operations", "changes")
    return {table: rows(file, f"SELECT * FROM {table} ORDER BY 1") for table in tables}


_ACT_AND_DIE = """
import os, sys
from pathlib import Path
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from ui.tour.hands import (
    NEW_PASSWORD,
    fill_registration,
    go_to,
    sample,
    submit,
)
from kiosk.registry.demonstrations import Journey
from ui.tour.stages import Stage
stage = Stage(Path(sys.argv[1]), Path(sys.argv[2]))
stage.use_registry_at(sys.argv[3])
stage.open_window()
go_to(stage, "startRegistration", "registrationScreen")
fill_registration(stage, sample(Journey.REGISTER), NEW_PASSWORD)
submit(stage, "registrationSubmit")
print(stage.text_of("outcomeReceipt"), flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_program_killed_between_commit_and_delivery_delivers_when_it_is_back(
    new_stage: NewStage, program: Path, tmp_path: Path
) -> None:
    enrol_folders(tmp_path / "registry", tmp_path / "device", "K7Q2MT")
    died = subprocess.run(
        [sys.executable, "-c", _ACT_AND_DIE, str(program), str(tmp_path), "http://127.0.0.1:1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=program.parent,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    receipt = died.stdout.strip()
    assert rows(device_file(tmp_path), "SELECT receipt FROM outbox") == [(receipt,)]
    stage = new_stage()
    stage.start_registry()
    stage.open_window()
    until_settled(stage)
    assert "Sua senha já vale" in ask(stage, receipt, WHO.card_number)
    assert rows(registry_file(tmp_path), "SELECT count(*) FROM operations") == [(1,)]
    stage.press("receiptBack")
    stage.press("helpBack")
    enter(stage, WHO.cpf or "", NEW_PASSWORD)


def test_an_answer_that_was_lost_is_heard_again(new_stage: NewStage, tmp_path: Path) -> None:
    stage = new_stage()
    stage.start_registry()
    stage.open_window()
    register(stage, WHO)
    stage.close_window()
    # As if the program had died after the registry's effect and before it heard the answer.
    with closing(open_device_file(device_file(tmp_path))) as connection:
        (kept,) = connection.execute("SELECT * FROM receipts").fetchall()
        columns = [one[1] for one in connection.execute("PRAGMA table_info(receipts)")]
        known = dict(zip(columns, kept, strict=True))
        connection.execute("UPDATE receipts SET outcome=NULL, reason=NULL, decided_at=NULL")
        connection.execute("DELETE FROM meta WHERE key = 'cursor'")
        connection.commit()
    stage.open_window()
    desk = stage.front_desk_when_open()
    desk.try_now()
    stage.wait_until(
        lambda: rows(device_file(tmp_path), "SELECT outcome FROM receipts") == [("accepted",)],
        "the outcome through the feed",
    )
    assert known["outcome"] == "accepted"


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_the_demonstrations_registry_ends_with_its_window(
    program: Path, tmp_path: Path, how: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, str(program), "run"],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONUTF8": "1",
            "TMPDIR": str(tmp_path),
        },
    )
    children: set[int] = set()
    assert process.stdout is not None
    guide = process.stdout.readline()
    pause = Event()
    while not children:
        assert process.poll() is None
        pause.wait(0.02)
        children = serving(process.pid)
    process.send_signal(how)
    process.communicate()
    assert "DEMONSTRAÇÃO" in guide
    assert process.returncode == code
    patience = time.monotonic() + 60
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < patience
        pause.wait(0.02)
    if how is not signal.SIGKILL:
        assert list(tmp_path.glob("*-kiosk-demo")) == []


def serving(parent: int) -> set[int]:
    """Return the processes of a registry that serves under a parent."""
    found: set[int] = set()
    # Processes and threads come and go while they are listed.
    for listed in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in listed.read_text().split():
                if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.add(int(child))
    return found
