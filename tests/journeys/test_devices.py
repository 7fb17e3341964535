"""A machine from its code to its theft: real commands, a real registry process, real files."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from kiosk import bootstrap, settings
from kiosk.complaints import Complaint, NotEnrolled
from kiosk.custody.choices import Wish, chosen_for, keep_choice, wish_of
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.forms import RegistrationForm
from kiosk.domain.operations import Outcome, Reason
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.demonstrations import Journey
from kiosk.services.answers import Decided
from kiosk.store.files import open_store
from kiosk.store.unlockings import unlock
from tests.enrolments import enrol_store
from ui.tour.hands import NEW_PASSWORD, sample


def command(program: Path, *words: str | Path, typed: str = "") -> str:
    done = subprocess.run(
        [sys.executable, str(program), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        input=typed,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def form(journey: Journey) -> RegistrationForm:
    who = sample(journey)
    born = f"{who.birth_date:%d/%m/%Y}"
    return RegistrationForm(who.card_number, who.cpf or "", False, born, NEW_PASSWORD, NEW_PASSWORD)


def test_from_the_code_to_the_theft(program: Path, tmp_path: Path, filled_registry: Path) -> None:
    there, here = tmp_path / "registry", tmp_path / "device"
    registry = EmbeddedRegistry(program, there)
    registry.import_roster(filled_registry / "sample.csv")
    devices = ("registry", "devices")
    with registry:
        address = registry.start()
        said = command(
            program,
            *(*devices, "enrol-code", "--name", "Quiosque 1", "--site", "Sede"),
            *("--face", "kiosk", "--data", there),
        )
        (code,) = re.findall(r"^  (\S{34})$", said, re.MULTILINE)
        said = command(
            program,
            *("enrol", "--registry", address, "--data", here),
            *("--key-custody", "file", "--key-file", tmp_path / "store.key"),
            typed=f"{code}\n",
        )
        assert "Inscrita: “Quiosque 1” (Sede), quiosque." in said
        assert "Conferido" in said
        assert f"main.py kiosk --data {here}" in said
        (device,) = re.findall(r"começam com (\w{6})", said)
        assert re.search(
            rf"^{device}  Quiosque 1.*ouvido em", _listed(program, there), re.MULTILINE
        )

        # The address is known from the enrolment.
        desk = bootstrap.open_front_desk(
            settings.load(None, data_dir=here, answer_wait_seconds=60.0)
        )
        try:
            answer = desk.register(form(Journey.REGISTER), Event())
            assert isinstance(answer, Decided)
            assert (answer.outcome, answer.receipt[:6]) == (Outcome.ACCEPTED, device)
            said = command(program, *devices, "report-stolen", device, "--data", there)
            assert re.search(r"^  D0000001: 1, ", said, re.MULTILINE)
            answer = desk.register(form(Journey.LEGACY), Event())
            assert isinstance(answer, Decided)
            assert (answer.outcome, answer.reason) == (
                Outcome.QUARANTINED,
                Reason.DEVICE_REVOKED,
            )
        finally:
            desk.close()
        assert "dado como roubado" in _listed(program, there)
    for folder in (there, here):
        for file in folder.rglob("*"):
            if file.is_file():
                assert code.encode() not in file.read_bytes(), file.name
                assert code.replace("-", "").encode() not in file.read_bytes(), file.name


def _listed(program: Path, there: Path) -> str:
    return command(program, "registry", "devices", "list", "--data", there)


def test_a_demonstration_enrols_itself_once(program: Path, tmp_path: Path) -> None:
    loaded = settings.load(None, data_dir=tmp_path, key_custody="demo")
    codes = []
    for _ in range(2):
        registry = EmbeddedRegistry(program, tmp_path)
        with registry:
            address = registry.start()
            bootstrap.open_front_desk(loaded, address, registry.code).close()
        with closing(sqlite3.connect(tmp_path / "registry.sqlite3")) as connection:
            codes.append(connection.execute("SELECT device, state FROM devices").fetchall())
    assert codes[0] == codes[1]
    assert [state for _, state in codes[0]] == ["active"]


@pytest.mark.parametrize(("face", "other"), [("kiosk", "desk"), ("desk", "kiosk")])
def test_a_machine_opens_with_its_own_face_only(tmp_path: Path, face: str, other: str) -> None:
    loaded = settings.load(
        None, data_dir=tmp_path / "device", key_custody="file", key_file=tmp_path / "store.key"
    )
    engine = open_store(loaded.data_dir, unlock(loaded.data_dir, wish_of(loaded)))
    enrol_store(engine, "K7Q2MT", face=face)
    engine.dispose()
    with pytest.raises(Complaint) as refused:
        bootstrap.open_front_desk(loaded, face=other)
    said = str(refused.value)
    assert f"main.py {face}." in said
    assert "--device K7Q2MT" in said
    assert "\n" not in said
    bootstrap.open_front_desk(loaded, face=face).close()


def test_a_machine_without_a_key_in_custody_is_new(tmp_path: Path) -> None:
    loaded = settings.load(None, data_dir=tmp_path)
    keep_choice(tmp_path, chosen_for(tmp_path, Wish(CustodyKind.KEYRING)))
    with pytest.raises(NotEnrolled):
        bootstrap.open_front_desk(loaded)
