import io
import os
import re
import stat
from pathlib import Path

import pytest
import segno
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from kiosk.complaints import Complaint
from kiosk.domain import enrolment_tickets as tickets
from kiosk.domain.enrolment_codes import grouped, read
from kiosk.registry.commands import registry_app
from kiosk.registry.databases import FILE_NAME
from kiosk.registry.device_lists import exposure_of
from kiosk.registry.enrolments import Enrolments
from kiosk.registry.tables import audit, device_chains, devices, enrolment_codes
from kiosk.wire.device_keys import make_key
from kiosk.wire.enrolments import EnrolRequest
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench
from tests.seals import word_of_a_registry

PLACE = ("--name", "Quiosque 2", "--site", "Sede", "--face", "kiosk")


class Shell:
    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / FILE_NAME}"

    def __call__(self, *words: str) -> Result:
        words = ("devices", *words, "--database", self.url)
        return CliRunner().invoke(registry_app, words, catch_exceptions=False)

    def complains(self, *words: str) -> str:
        with pytest.raises(Complaint) as complaint:
            self(*words)
        assert "\n" not in str(complaint.value)
        return str(complaint.value)


@pytest.fixture
def shell(registry: Workbench, tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_code_is_printed_for_typing(shell: Shell, registry: Workbench) -> None:
    said = shell("enrol-code", *PLACE).stdout
    shown = re.search(r"^  ((?:[0-9A-Z]{4}-){6}[0-9A-Z]{4})$", said, re.MULTILINE)
    assert shown is not None
    code = read(shown[1])
    assert code is not None
    assert "Quiosque 2" in said
    assert "15 minutos" in said
    (row,) = registry.rows(enrolment_codes)
    registry.clock.now = row["made_at"]
    enrolments = Enrolments(registry.engine, registry.keys, registry.clock)
    request = EnrolRequest(code=code, public_key=make_key().public, device=None)
    assert enrolments.enrol(request, "", word_of_a_registry()).name == "Quiosque 2"


ADDRESS = "https://cadastro.exemplo:8443"


def test_a_qr_code_carries_code_and_address(shell: Shell, tmp_path: Path) -> None:
    said = shell("enrol-code", *PLACE, "--registry", ADDRESS).stdout
    (text,) = re.findall(r"^O QR leva: (.*)$", said, re.MULTILINE)
    ticket = tickets.read(text)
    assert ticket is not None
    assert ticket.address == ADDRESS
    assert grouped(ticket.code) in said
    drawn = io.StringIO()
    segno.make_qr(text, error="m").terminal(drawn, compact=True)
    assert drawn.getvalue() in said


def test_without_an_address_the_qr_code_carries_the_code(shell: Shell) -> None:
    assert "leva só o código" in shell("enrol-code", *PLACE).stdout


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("b.SVG", b"<?xml")])
def test_a_qr_code_is_a_picture_that_others_cannot_read(
    shell: Shell, tmp_path: Path, name: str, begins: bytes
) -> None:
    file = tmp_path / name
    words = ("enrol-code", *PLACE, "--registry", ADDRESS, "--qr", str(file))
    assert str(file) in shell(*words).stdout
    assert file.read_bytes().startswith(begins)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "já existe" in shell.complains(*words)


def test_a_picture_that_cannot_be_is_told(
    shell: Shell, registry: Workbench, tmp_path: Path
) -> None:
    assert ".png ou .svg" in shell.complains("enrol-code", *PLACE, "--qr", str(tmp_path / "a.txt"))
    assert registry.rows(enrolment_codes) == []
    nowhere = tmp_path / "none" / "a.png"
    assert "não pôde ser gravado" in shell.complains("enrol-code", *PLACE, "--qr", str(nowhere))


def test_an_address_that_is_none_is_told(shell: Shell) -> None:
    assert "registry_url" in shell.complains("enrol-code", *PLACE, "--registry", "http://x")


def test_a_known_device_stays_what_it_is(shell: Shell, registry: Workbench) -> None:
    registry.enrol(DEVICE)
    (before,) = registry.rows(devices)
    done = shell("enrol-code", "--device", DEVICE)
    (code,) = registry.rows(enrolment_codes)
    for column in ("name", "site", "face"):
        assert code[column] == before[column]
    assert "ATENÇÃO" not in done.stderr
    done = shell("enrol-code", "--device", DEVICE, "--name", "Outro", "--face", "desk")
    assert "ATENÇÃO" in done.stderr
    assert f"“{before['name']}” ({before['site']}, quiosque) a “Outro”" in done.stderr
    (code,) = (one for one in registry.rows(enrolment_codes) if one["name"] == "Outro")
    assert (code["site"], code["face"]) == (before["site"], "desk")


def test_a_new_device_has_to_be_described(shell: Shell, registry: Workbench) -> None:
    assert "--face" in shell.complains("enrol-code", "--name", "A", "--site", "B")
    assert registry.rows(enrolment_codes) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x1bb"])
def test_a_name_is_a_line_of_letters(shell: Shell, name: str) -> None:
    assert "letras" in shell.complains("enrol-code", "--name", name, *PLACE[2:])


@pytest.mark.parametrize(
    "words",
    [
        ("enrol-code", *PLACE, "--device", DEVICE),
        ("rename", DEVICE, "Outro"),
        ("revoke", DEVICE),
        ("report-stolen", DEVICE),
    ],
)
def test_a_device_that_is_not_there_is_told(shell: Shell, words: tuple[str, ...]) -> None:
    assert "devices list" in shell.complains(*words)
    assert "seis caracteres" in shell.complains(*(word.replace(DEVICE, "?") for word in words))


@pytest.mark.parametrize(
    "words",
    [
        ("enrol-code", *PLACE),
        ("list",),
        ("rename", DEVICE, "Outro"),
        ("revoke", DEVICE),
        ("report-stolen", DEVICE),
    ],
)
def test_a_mistyped_place_is_told_and_no_registry_is_made_there(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    place = tmp_path / "none"
    assert "Confira --data" in Shell(place).complains(*words)
    assert not place.exists()


def test_devices_are_listed_with_their_state(shell: Shell, registry: Workbench) -> None:
    assert "Nenhum aparelho" in shell("list").stdout
    registry.enrol(DEVICE, OTHER_DEVICE)
    assert "sem acesso" not in shell("list").stdout
    shell("rename", DEVICE.lower(), "  Balcão   da   frente ")
    shell("revoke", DEVICE)
    lines = shell("list").stdout.splitlines()
    assert [line[:6] for line in lines] == sorted([DEVICE, OTHER_DEVICE])
    (line,) = [one for one in lines if one.startswith(DEVICE)]
    assert "Balcão da frente (Sala de testes, quiosque): sem acesso desde" in line
    assert "nunca ouvido" in line


def test_a_theft_tells_whom_it_may_expose(shell: Shell, registry: Workbench) -> None:
    registry.enrol(DEVICE, OTHER_DEVICE)
    for number in (1, 2, 3):
        registry.add_person(number)
    registry.push(
        registry.message(body=registry.credential(1)),
        registry.message(body=registry.credential(1)),
        registry.message(body=registry.credential(2)),
        registry.message(body=registry.credential(4)),
    )
    other = registry.message(body=registry.credential(3), device=OTHER_DEVICE)
    registry.push(other, device=OTHER_DEVICE)
    said = shell("report-stolen", DEVICE).stdout
    assert "entregou pedidos: 2\n" in said
    assert re.findall(r"^  (P\d): (\d)", said, re.MULTILINE) == [("P1", "2"), ("P2", "1")]
    assert "não eram de ninguém: 1" in said
    # Nothing of the people but what the plan calls them by.
    assert not re.search(r"Joana|\d{11}", said)
    states = {row["device"]: row["state"] for row in registry.rows(devices)}
    assert states == {DEVICE: "stolen", OTHER_DEVICE: "active"}


def test_a_theft_is_not_taken_back_by_a_revocation(shell: Shell, registry: Workbench) -> None:
    registry.enrol(DEVICE)
    shell("report-stolen", DEVICE)
    shell("revoke", DEVICE)
    assert registry.rows(devices)[0]["state"] == "stolen"
    assert "dado como roubado" in shell("list").stdout
    assert [row["what"] for row in registry.rows(audit)] == ["device_stolen", "exposure_listed"]


def test_a_device_that_delivered_nothing_exposes_nobody(registry: Workbench) -> None:
    registry.enrol(DEVICE)
    exposure = exposure_of(registry.engine, DEVICE, 1)
    assert (exposure.people, exposure.nobodys) == ((), 0)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("went_back", "a auditoria voltou atrás em"),
        ("forked", "a auditoria foi escrita de novo em"),
        ("restored", "foi recuperado de um backup em"),
    ],
)
def test_a_device_whose_audit_did_not_go_on_is_shown(
    shell: Shell, registry: Workbench, how: str, words: str
) -> None:
    registry.enrol(DEVICE, OTHER_DEVICE)
    row = {"device": DEVICE, "number": 1, "link": bytes(32), "restorations": 0, "heard_at": 1}
    with registry.engine.begin() as connection:
        connection.execute(insert(device_chains), {**row, "broken_how": how, "broken_at": 1})
    mine, other = sorted(shell("list").stdout.splitlines(), key=lambda line: DEVICE not in line)
    assert words in mine
    assert "auditoria" not in other
    assert "backup" not in other
