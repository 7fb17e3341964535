"""A machine is carried away, with and without the key of its files, and its access is taken."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from kiosk import bootstrap, settings
from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.domain.forms import RegistrationForm
from kiosk.domain.operations import Outcome, Reason
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.device_lists import shut_out
from kiosk.registry.tables import DeviceState
from kiosk.services.answers import Decided, Waiting
from kiosk.store.unlockings import known_key
from tests.drills.devices import Device, Site
from tests.factories import person

CODE = "K7Q2MT"
PASSWORD = "três palavras bem compridas"


def form(number: int) -> RegistrationForm:
    who = person(number)
    born = f"{who.birth_date:%d/%m/%Y}"
    return RegistrationForm(who.card_number, who.cpf or "", False, born, PASSWORD, PASSWORD)


def spellings(number: int) -> Iterator[bytes]:
    """Yield what names somebody, in the ways in which a file might say it."""
    who = person(number)
    cpf = who.cpf or ""
    born = who.birth_date
    for text in (
        who.card_number,
        cpf,
        f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}",
        who.full_name,
        f"{born:%d/%m/%Y}",
        born.isoformat(),
        PASSWORD,
        "$argon2id$",
    ):
        yield text.encode()
        yield text.encode("utf-16-le")


@pytest.fixture(params=["kiosk", "desk"])
def stolen(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return the data of a machine that took a wish in without line, and was carried off."""
    site = Site(tmp_path, CODE, face=request.param)
    data_dir = tmp_path / CODE
    loaded = settings.load(
        None,
        data_dir=data_dir,
        key_custody="file",
        key_file=tmp_path / "elsewhere.key",
        answer_wait_seconds=60.0,
        registry_url="http://127.0.0.1:9",
    )
    with site.running() as address:
        desk = bootstrap.open_front_desk(loaded, address)
        try:
            answer = desk.register(form(1), Event())
            assert isinstance(answer, Decided)
            assert answer.outcome is Outcome.ACCEPTED
        finally:
            desk.close()
    quick = loaded.model_copy(update={"answer_wait_seconds": 0.1})
    desk = bootstrap.open_front_desk(quick)
    try:
        assert isinstance(desk.register(form(2), Event()), Waiting)
    finally:
        desk.close()
    return data_dir


def test_without_the_key_a_stolen_disk_says_nothing(stolen: Path) -> None:
    databases = 0
    for file in (one for one in stolen.rglob("*") if one.is_file()):
        content = file.read_bytes()
        for number in (1, 2):
            assert not any(one in content for one in spellings(number)), file.name
        if file.suffix == ".sqlite3":
            databases += 1
            for module in (sqlite3.connect(file), connect(file)):
                with closing(module) as connection, pytest.raises(DATABASE_ERRORS):
                    connection.execute("SELECT * FROM sqlite_master").fetchall()
    assert databases >= 2


def test_with_the_key_a_stolen_disk_names_nobody(stolen: Path, tmp_path: Path) -> None:
    key = known_key(stolen)
    assert key is not None
    clear = tmp_path / "clear"
    clear.mkdir()
    for file in stolen.rglob("*.sqlite3"):
        with closing(connect(file, key)) as connection:
            # Every page as it lies, those that are free again included.
            connection.execute(f"ATTACH '{clear / file.name}' AS clear KEY ''")
            connection.execute("SELECT sqlcipher_export('clear')")
            rows = [
                row
                for (name,) in connection.execute(
                    "SELECT name FROM main.sqlite_master WHERE type = 'table'"
                ).fetchall()
                for row in connection.execute(f'SELECT * FROM main."{name}"')
            ]
            assert rows
        content = (clear / file.name).read_bytes()
        for number in (1, 2):
            assert not any(one in content for one in spellings(number)), file.name


def test_what_a_shut_out_machine_took_in_without_line_is_kept_aside(tmp_path: Path) -> None:
    site = Site(tmp_path, CODE)
    with site.running() as address, Device(site, CODE, address) as device:
        device.pull()
    engine = open_database(default_url(site.registry))
    # The line is down: the machine cannot know, and goes on taking in.
    with Device(site, CODE, "http://127.0.0.1:9") as device:
        new, _ = device.register(1)
    shut_out(engine, CODE, DeviceState.STOLEN, system_clock())
    engine.dispose()
    with site.running() as address, Device(site, CODE, address) as device:
        device.push()
        assert device.outcome(new) == Outcome.QUARANTINED
        with device.store.connect() as connection:
            row = connection.exec_driver_sql("SELECT reason FROM receipts").one()
        assert row.reason == Reason.DEVICE_REVOKED
    assert site.known("SELECT count(*) FROM changes WHERE what = 'credential'") == [(0,)]
