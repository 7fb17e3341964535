"""What lies on the disk of a kiosk: its whole folder, opened with its own key, freed pages too."""

import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Event
from time import monotonic

from kiosk import bootstrap, settings
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import PAGE_BYTES, PageSeal
from kiosk.domain.forms import RegistrationForm, ResetForm
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.digests import digest_key
from kiosk.registry.keys import load_keys
from kiosk.services.answers import Decided, Mismatched, Waiting
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.store.account_copies import FILE_NAME, AccountCopy
from kiosk.store.unlockings import known_key
from kiosk.wire.identity_digests import card_digest
from ui.tour.hands import NEW_PASSWORD

PATIENCE = 60.0
LOG_HEADER, FRAME_HEADER = 32, 24
Row = dict[str, str]
NEVER = Event()


def needles(rows: list[Row]) -> Iterator[bytes]:
    """Everything that names one of them, in each spelling in which it may have been kept."""
    for row in rows:
        yield row["card_number"].encode()
        for name in ("full_name", "social_name", "email"):
            if row[name]:
                yield row[name].encode()
                yield row[name].split()[0].encode() + b" "
        if cpf := row["cpf"]:
            yield cpf.encode()
            yield f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}".encode()
        born = date.fromisoformat(row["birth_date"])
        for spelling in ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d%m%Y", "%d-%m-%Y", "%d.%m.%Y"):
            yield born.strftime(spelling).encode()


def opened(path: Path, key: StoreKey) -> bytes:
    """Return a file as its key opens it, page by page, in use or not."""
    raw = path.read_bytes()
    if not path.name.removesuffix("-wal").endswith(".sqlite3"):
        return raw
    seal = PageSeal(key)
    if path.name.endswith("-wal"):
        frames = range(
            LOG_HEADER, len(raw) - FRAME_HEADER - PAGE_BYTES + 1, FRAME_HEADER + PAGE_BYTES
        )
        starts = {at + FRAME_HEADER: int.from_bytes(raw[at : at + 4], "big") for at in frames}
    else:
        starts = {at: at // PAGE_BYTES + 1 for at in range(0, len(raw), PAGE_BYTES)}
    return b"".join(seal.opened(raw[at : at + PAGE_BYTES], starts[at]) for at in starts)


def assert_names_nobody(folder: Path, rows: list[Row]) -> bytes:
    key = known_key(folder)
    assert key is not None
    everything = b""
    wanted = dict.fromkeys(needles(rows))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = opened(path, key)
            for number, needle in enumerate(wanted):
                assert needle not in content, (path.name, number)
            everything += content
    return everything


def until(desk: LocalFrontDesk, fits: Callable[[], bool]) -> None:
    ends = monotonic() + PATIENCE
    while not fits():
        assert monotonic() < ends
        desk.try_now()
        Event().wait(0.05)


def registration(row: Row, **other: object) -> RegistrationForm:
    born = date.fromisoformat(row["birth_date"]).strftime("%d/%m/%Y")
    values = {"card": row["card_number"], "cpf": row["cpf"], "has_no_cpf": not row["cpf"]}
    values |= {"birth_date": born, "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    return RegistrationForm(**(values | other))  # type: ignore[arg-type]


def copied(desk: LocalFrontDesk) -> AccountCopy:
    return desk._tools.copy


def test_a_kiosk_that_served_people_holds_nothing_that_names_them(
    program: Path, tmp_path: Path, filled_registry: Path
) -> None:
    there, here = tmp_path / "registry", tmp_path / "kiosk"
    with (filled_registry / "sample.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    active = [row for row in rows if row["status"] == "active"]
    fresh = [row for row in active if row["origin"] == "none" and row["cpf"]]
    known = [row for row in active if row["origin"] == "app_2024" and row["cpf"]]
    registry = EmbeddedRegistry(program, there)
    registry.import_roster(filled_registry / "sample.csv")
    said = subprocess.run(
        [sys.executable, str(program), "registry", "digests", "--data", str(there)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        encoding="utf-8",
    ).stdout
    assert said.splitlines() == [
        f"Cartões que os quiosques conferem sem linha: {len(active)}",
        f"Calculados agora: {len(active)}",
    ]
    loaded = settings.load(None, data_dir=here, key_custody="demo", answer_wait_seconds=60.0)
    with registry:
        desk = bootstrap.open_front_desk(loaded, registry.start(), registry.code)
        try:
            until(desk, lambda: copied(desk).size() == len(active))
            assert isinstance(desk.register(registration(fresh[0]), NEVER), Decided)
            registry.stop()
            until(desk, lambda: desk.line_status().is_online is False)
            wrong = registration(fresh[1], birth_date="01/01/1901")
            assert desk.register(wrong, NEVER) == Mismatched()
            assert isinstance(desk.register(registration(fresh[1]), NEVER), Waiting)
            reset = ResetForm(
                known[0]["card_number"], known[0]["cpf"], "01/01/1901", NEW_PASSWORD, NEW_PASSWORD
            )
            assert desk.reset_password(reset, NEVER) == Mismatched()
            assert_names_nobody(here, rows)
        finally:
            desk.close()
    everything = assert_names_nobody(here, rows)
    # It has been opened, and what names nobody is there: masks, and the digests of the cards.
    engine = open_database(default_url(there))
    key = digest_key(load_keys(engine))
    engine.dispose()
    assert re.search(rb"\*\*\*\.\d{3}\.\d{3}-\*\*", everything)
    digests = [card_digest(key, row["card_number"]) for row in active]
    assert all(one in everything for one in digests)
    raw = (here / FILE_NAME).read_bytes()
    assert not any(one in raw for one in digests)
    assert key.key not in raw
