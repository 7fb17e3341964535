"""Drives a device through every journey with marked people, and dies of it.

``python -m tests.journeys.canary_program FOLDER first|second``: the first ends by SIGSEGV while a
person's password is hashed, the second by SIGKILL. What the test looks into lies in FOLDER.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QMimeData, QSettings, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from kiosk.crashes import guard_process
from kiosk.domain import cpfs
from kiosk.domain.forms import ResetForm, SignInForm
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.services.front_desk import FrontDesk
from tests.journeys.canaries import (
    GIVES_UP,
    NOTE,
    REGISTERS,
    RESETS,
    WAITS,
    Marked,
    write_roster,
)
from ui.tour.hands import enter, fill_registration, fill_reset, go_to, leave, sign_in, submit
from ui.tour.stages import Stage

PROGRAM = Path(__file__).parents[2] / "main.py"
_ASK_EVERY_SECONDS = 1.0


class HeardRegistry(EmbeddedRegistry):
    """A registry process whose standard error is kept."""

    def __init__(self, program: Path, data_dir: Path, errors: Path) -> None:
        super().__init__(program, data_dir)
        self._errors = errors

    def _command(self, *words: str) -> list[str]:
        command = super()._command(*words)
        return ["sh", "-c", f'exec "$@" 2>>"{self._errors}"', "sh", *command]


def first(stage: Stage, folder: Path) -> None:
    """Every journey, and everything that can go wrong on the way."""
    (folder / "input").mkdir()
    write_roster(str(folder / "input" / "people.csv"))
    stage.import_roster(folder / "input" / "people.csv")
    stage.start_registry()
    stage.open_window()
    desk = stage.front_desk_when_open()
    with_line(stage)
    stumbles(stage, desk, folder)
    clipboard(stage)
    without_line(stage, desk, folder)
    dump(folder, "first")
    die_with_a_password_in_hand(desk, folder)


def second(stage: Stage, folder: Path) -> None:
    """Opens what was damaged meanwhile, delivers the rest, and is killed."""
    stage.start_registry()
    stage.open_window()
    desk = stage.front_desk_when_open()
    # It is made when there is something to say, and shown a moment later.
    stage.wait_until(lambda: _is_told(stage), "the report of the start")
    desk.try_now()
    stage.wait_until(lambda: desk.line_status().waiting == 0, "the answers")
    stage.press("startNoticeRead")
    enter(stage, WAITS.person.cpf or "", WAITS.new_password)
    dump(folder, "second")
    os.kill(os.getpid(), signal.SIGKILL)


def _is_told(stage: Stage) -> bool:
    button = stage.window.findChild(QAbstractButton, "startNoticeRead")
    return button is not None and button.isVisible() and button.isEnabled()


def with_line(stage: Stage) -> None:
    who = REGISTERS.person
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, who, REGISTERS.new_password)
    submit(stage, "registrationSubmit")
    stage.expect("cadastro concluído")
    stage.press("outcomeDone")
    enter(stage, who.cpf or "", REGISTERS.new_password)
    stage.expect(who.full_name)
    leave(stage)
    who = RESETS.person
    go_to(stage, "startSignIn", "signInScreen")
    # The right password of somebody else.
    sign_in(stage, who.email or "", REGISTERS.new_password)
    stage.wait_until(lambda: "não conferem" in stage.visible_text(), "the generic answer")
    stage.press("signInBack")
    go_to(stage, "startReset", "resetScreen")
    fill_reset(stage, who, who.email or "", RESETS.new_password)
    submit(stage, "resetSubmit")
    stage.expect("senha redefinida")
    receipt = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    enter(stage, who.card_number, RESETS.new_password)
    stage.expect(who.social_name or "")
    leave(stage)
    go_to(stage, "startHelp", "helpScreen")
    stage.press("helpReceiptQuery")
    stage.wait_for_screen("receiptScreen")
    stage.fill("receiptNumber", receipt)
    stage.fill("receiptProof", who.birth_date.strftime("%d%m%Y"))
    stage.press("receiptSubmit")
    stage.wait_until(lambda: stage.text_of("receiptAnswer") != "", "an answer")
    stage.press("receiptBack")
    stage.press("helpBack")


def stumbles(stage: Stage, desk: FrontDesk, folder: Path) -> None:
    """Faults whose words are a person, in every place from which a fault can come."""
    who = WAITS.person
    said = f"{who.full_name} {who.cpf} {who.card_number} {who.birth_date} {who.password}"

    def fail(*_: object) -> Any:
        raise ValueError(said) from KeyError(said)

    fields: Any = desk
    # In a service, behind a screen.
    fields.sign_in = fail
    go_to(stage, "startSignIn", "signInScreen")
    sign_in(stage, who.cpf or "", who.password or "")
    stage.wait_for_screen("failureScreen")
    del fields.sign_in
    stage.press("failureBack")
    stage.press("signInBack")
    # In a slot.
    QTimer.singleShot(0, fail)
    stage.wait_for_screen("failureScreen")
    stage.press("failureBack")
    stage.wait_for_screen("startScreen")
    # In the worker.
    worker = fields._tools.worker
    push = worker._pusher.push_once
    heard = threading.Event()

    def push_once() -> Any:
        worker._pusher.push_once = push
        heard.set()
        fail()

    worker._pusher.push_once = push_once
    desk.try_now()
    stage.wait_until(heard.is_set, "the worker")
    # In a thread of its own, and where nobody can catch it.
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Unraisable(fail)
    # In the registry.
    change_birth_date(folder, f"{who.birth_date:%d/%m/%Y}")
    desk.sign_in(SignInForm(who.card_number, who.password or ""), threading.Event())
    change_birth_date(folder, who.birth_date.isoformat())


class Unraisable:
    """Fails when it is taken away."""

    def __init__(self, fail: Callable[[], object]) -> None:
        self._fail = fail

    def __del__(self) -> None:
        self._fail()


def change_birth_date(folder: Path, text: str) -> None:
    with closing(sqlite3.connect(folder / "registry" / "registry.sqlite3")) as connection:
        values = (text, WAITS.person.person_id)
        connection.execute("UPDATE people SET birth_date = ? WHERE person_id = ?", values)
        connection.commit()


def clipboard(stage: Stage) -> None:
    """Copy what is in a form, and leave the form."""
    who = GIVES_UP.person
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, who, GIVES_UP.new_password)
    for name in ("registrationPassword", "registrationCard"):
        edit = stage.find(name, QLineEdit)
        edit.selectAll()
        edit.copy()
    assert QGuiApplication.clipboard().text() == who.card_number
    stage.press("registrationBack")
    stage.wait_for_screen("startScreen")


def without_line(stage: Stage, desk: FrontDesk, folder: Path) -> None:
    stage.stop_registry()
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, GIVES_UP.person, GIVES_UP.new_password)
    submit(stage, "registrationSubmit")
    stage.expect("recebido, aguardando confirmação")
    withdrawn = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    go_to(stage, "startReset", "resetScreen")
    fill_reset(stage, WAITS.person, WAITS.person.card_number, WAITS.new_password)
    submit(stage, "resetSubmit")
    waits = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    run(folder, "export", "outbox", "export", str(folder / "queue.export"))
    stage.start_odd_registry()
    asked_at = 0.0

    def are_parked() -> bool:
        nonlocal asked_at
        if monotonic() - asked_at > _ASK_EVERY_SECONDS:
            # What failed on the dead line meanwhile waits for its turn.
            asked_at = monotonic()
            desk.try_now()
        return len(desk.queue_page(None, parked=True).entries) == 2

    stage.wait_until(are_parked, "both of them")
    desk.hand_over(withdrawn, NOTE)
    desk.withdraw(withdrawn, NOTE)
    stage.stop_odd_registry()
    desk.send_again(waits)


def run(folder: Path, name: str, *words: str) -> None:
    """Run a command on the device's folder, and keep what it says."""
    with (folder / "said" / f"{name}.txt").open("wb") as said:
        subprocess.run(
            [sys.executable, str(PROGRAM), *words, "--data", str(folder / "device")],
            stdout=said,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=60,
        )


def dump(folder: Path, name: str) -> None:
    """Keep what only the process itself can see."""
    clipboard = QGuiApplication.clipboard()
    # There is none once it was cleared.
    data: QMimeData | None = clipboard.mimeData()
    formats = [] if data is None else data.formats()
    seen = {
        "clipboard": {one: bytes(data.data(one).data()).hex() for one in formats if data},
        "clipboard text": clipboard.text(),
        "environment": dict(os.environ),
        "settings": {one: str(QSettings().value(one)) for one in QSettings().allKeys()},
    }
    (folder / "said" / f"{name}.json").write_text(json.dumps(seen, ensure_ascii=False))


def die_with_a_password_in_hand(desk: FrontDesk, folder: Path) -> None:
    who: Marked = WAITS
    form = ResetForm(
        card_or_email=who.person.email or "",
        cpf=cpfs.format_partial(who.person.cpf or ""),
        birth_date=f"{who.person.birth_date:%d/%m/%Y}",
        password=who.new_password,
        confirmation=who.new_password,
    )
    thread = threading.Thread(
        target=desk.reset_password, args=(form, threading.Event()), daemon=True
    )
    thread.start()
    while thread.is_alive() and not list((folder / "device" / "in-hand").glob("*.*")):
        pass
    os.kill(os.getpid(), signal.SIGSEGV)


def main(folder: Path, which: str) -> None:
    # As main.py does.
    guard_process()
    stage = Stage(PROGRAM, folder)
    stage.registry = HeardRegistry(
        PROGRAM, folder / "registry", folder / "said" / "registry-errors.txt"
    )
    {"first": first, "second": second}[which](stage, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
