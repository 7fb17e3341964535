"""Marked people go through both programs, and then everything that is left is searched for them."""

import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from kiosk.database.sealed_pages import PAGE_BYTES, PageSeal
from kiosk.store.unlockings import known_key
from tests.damages import flip, leaves_of
from tests.device_stores import open_device_file, read_device_file
from tests.journeys.canaries import Finding, Search, marks, spellings
from tests.log_lines import read_log

PROGRAM = Path(__file__).parents[2] / "main.py"
PATIENCE_SECONDS = 240
_WAL_HEADER, _FRAME_HEADER = 32, 24


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be found where, and why. A row that finds nothing is out of date, and fails too."""

    where: str
    kinds: tuple[str, ...]
    reason: str


PERSON = ("name", "social name", "CPF", "card", "birth date", "e-mail")
ALLOWED = (
    Allowed(
        "raw registry/registry.sqlite3*",
        PERSON,
        "the registry keeps the people, and its disk is the plan's; never a password",
    ),
    *(
        Allowed(f"column registry people.{column}", kinds, "the registry keeps the people")
        for column, kinds in (
            ("full_name", ("name",)),
            # Social names and addresses of the marked have a part of the name in them.
            ("social_name", ("social name", "name")),
            ("email", ("e-mail", "name")),
            ("email_key", ("e-mail", "name")),
            ("cpf", ("CPF",)),
            ("card_number", ("card",)),
            ("birth_date", ("birth date",)),
        )
    ),
    Allowed(
        "column registry outgoing.address",
        ("e-mail", "name"),
        "a mail that waits: the address on file, with a part of the name in it",
    ),
    Allowed(
        "column registry outgoing.content",
        ("name", "social name"),
        "a mail that waits: how the person is called",
    ),
    Allowed(
        "column device receipts.label", ("masked CPF",), "what staff tells a request in a list by"
    ),
    Allowed(
        "column device delivered.label",
        ("masked CPF",),
        "kept with what was delivered, should a registry lose it",
    ),
    Allowed("column device receipts.note", ("note",), "what staff wrote of a request, for staff"),
    Allowed("column device audit.detail", ("note",), "likewise: the act with its reason"),
    Allowed(
        "opened crashed/*",
        ("masked CPF", "note"),
        "labels and notes, also in pages that were freed; the files are encrypted",
    ),
    Allowed("opened device/*", ("masked CPF", "note"), "likewise, after the restoration"),
)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the programs once, for all that is looked for; return the folder with all they left."""
    folder = tmp_path_factory.mktemp("canary")
    for name in ("said", "home", "tmp"):
        (folder / name).mkdir()
    assert _drive(folder, "first") == -signal.SIGSEGV, _said(folder)
    _damage(folder)
    assert _drive(folder, "second") == -signal.SIGKILL, _said(folder)
    for name, words in {"logs": ("logs",), "doctor": ("doctor",)}.items():
        _run(folder, name, str(PROGRAM), *words, "--data", str(folder / "device"))
    return folder


def _drive(folder: Path, which: str) -> int:
    return _run(folder, which, "-m", "tests.journeys.canary_program", str(folder), which)


def _run(folder: Path, name: str, *words: str) -> int:
    with (folder / "said" / f"{name}.txt").open("wb") as said:
        done = subprocess.run(
            [sys.executable, *words],
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=PATIENCE_SECONDS,
            cwd=PROGRAM.parent,
            env={
                **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
                "PYTHONUTF8": "1",
                "QT_QPA_PLATFORM": "offscreen",
                "HOME": str(folder / "home"),
                "XDG_RUNTIME_DIR": str(folder / "home"),
                "TMPDIR": str(folder / "tmp"),
            },
        )
    return done.returncode


def _said(folder: Path) -> str:
    # The end of the log of a process that did not die of what it should.
    return (folder / "device" / "logs" / "device.log").read_text(encoding="utf-8")[-1500:]


def _damage(folder: Path) -> None:
    """Spoil a page of the dead device's store, its log first brought in; all of it can be saved."""
    shutil.copytree(folder / "device", folder / "crashed")
    file = folder / "device" / "device.sqlite3"
    key = known_key(file.parent)
    with closing(open_device_file(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page, *_) = leaves_of(file, "receipts_answered", key)
    flip(file, page)


def found_in(folder: Path) -> Iterator[Finding]:
    """Search everything that lies in a folder of a run."""
    search = Search(marks())
    seen: set[bytes] = set()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.startswith("input/"):
            continue
        yield from search.look(f"name {name}", name.encode())
        content = path.read_bytes()
        yield from search.look(f"raw {name}", content)
        if name.startswith(("device/", "crashed/")) and ".sqlite3" in name:
            pages = [page for page in _opened(path, folder) if page not in seen]
            seen.update(pages)
            yield from search.look(f"opened {name}", b"".join(pages))
    with closing(read_device_file(folder / "device" / "device.sqlite3")) as store:
        yield from _columns(search, "device", store)
    with closing(sqlite3.connect(folder / "registry" / "registry.sqlite3")) as registry:
        yield from _columns(search, "registry", registry)


def _opened(path: Path, folder: Path) -> Iterator[bytes]:
    """Yield every page of an encrypted file or of its log as it is in clear, the freed ones too."""
    key = known_key(folder / "device")
    assert key is not None
    seal = PageSeal(key)
    content = path.read_bytes()
    if path.name.endswith(("-shm", "-journal")):
        return
    if path.name.endswith("-wal"):
        step = _FRAME_HEADER + PAGE_BYTES
        for at in range(_WAL_HEADER, len(content) - step + 1, step):
            (number,) = struct.unpack_from(">I", content, at)
            yield seal.opened(content[at + _FRAME_HEADER : at + step], number)
        return
    for at in range(0, len(content) - PAGE_BYTES + 1, PAGE_BYTES):
        yield seal.opened(content[at : at + PAGE_BYTES], at // PAGE_BYTES + 1)


def _columns(search: Search, name: str, connection: sqlite3.Connection) -> Iterator[Finding]:
    connection.text_factory = bytes
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        rows = connection.execute(f'SELECT * FROM "{table.decode()}"')
        columns = [one[0] for one in rows.description]
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                content = value if isinstance(value, bytes) else str(value).encode()
                yield from search.look(f"column {name} {table.decode()}.{column}", content)


def is_allowed(finding: Finding, row: Allowed) -> bool:
    return fnmatch(finding.where, row.where) and finding.kind in row.kinds


@pytest.fixture(scope="module")
def findings(left: Path) -> set[Finding]:
    return set(found_in(left))


def test_nobody_is_left_anywhere_but_where_they_belong(findings: set[Finding]) -> None:
    odd = {one for one in findings if not any(is_allowed(one, row) for row in ALLOWED)}
    assert not odd, "\n".join(str(one) for one in sorted(odd))


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: row.where)
def test_the_table_allows_nothing_that_is_not_there(row: Allowed, findings: set[Finding]) -> None:
    assert {one.kind for one in findings if is_allowed(one, row)} == set(row.kinds)


def test_the_run_went_where_it_should(left: Path) -> None:
    device = read_log(left / "device" / "logs" / "device.log")
    registry = read_log(left / "registry" / "logs" / "registry.log")
    assert {
        "operation_recorded",
        "operation_parked",
        "operation_given_up",
        "operation_sent_again",
        "unforeseen_error",
        "exchange_stumbled",
        "uncaught_error",
        "line_lost",
        "store_restored",
        "crash_trace_found",
    } <= {line["event"] for line in device}
    assert {"operations_decided", "request_failed"} <= {line["event"] for line in registry}
    assert (left / "queue.export").stat().st_size > 0
    assert list(left.glob("device/quarantine/*/device.sqlite3"))
    (trace,) = left.glob("device/logs/device-crash-*.txt")
    assert "in reset_password" in trace.read_text()
    assert list(PROGRAM.parent.glob("core*")) == []


def test_an_operation_is_followed_from_the_device_to_the_registry_and_back(left: Path) -> None:
    device = read_log(left / "device" / "logs" / "device.log")
    registry = read_log(left / "registry" / "logs" / "registry.log")
    sent = next(line for line in device if line["event"] == "operation_sent_again")
    decided = next(
        line
        for line in registry
        if line["event"] == "operations_decided" and sent["operation"] in line["operations"]
    )
    answered = next(
        line
        for line in device
        if line["event"] == "operations_answered" and sent["operation"] in line["operations"]
    )
    assert decided["device"] == sent["device"]
    assert sent["receipt"] in decided["receipts"]
    assert decided["outcome"] == answered["outcome"] == "accepted"
    # It was parked, and recorded, under its first id and receipt.
    first = [line for line in device if line.get("operation") == sent["replaces"]]
    assert [line["event"] for line in first] == ["operation_recorded", "operation_parked"]
    # Each run of the program has a name of its own.
    assert answered["run"] != sent["run"]


def test_the_search_finds_each_mark_in_every_spelling() -> None:
    search = Search(marks())
    for mark in marks():
        for name, content in spellings(mark).items():
            around = b"\x00before" + content + b"after\xff"
            assert Finding("here", mark.kind, name) in search.look("here", around), (
                mark.kind,
                name,
            )


def test_what_is_planted_in_a_run_is_found(
    left: Path, tmp_path: Path, findings: set[Finding]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(left, folder)
    planted = [mark for mark in marks() if mark.kind in ("password", "CPF")]
    places = ("home/.cache/x", "tmp/x", "device/logs/device.log", "queue.export", "core")
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        with (folder / place).open("ab") as file:
            file.write(b"\n".join(mark.value.encode() for mark in planted))
    more = {(one.where, one.kind) for one in set(found_in(folder)) - findings}
    assert more == {(f"raw {place}", mark.kind) for place in places for mark in planted}
