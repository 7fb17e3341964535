"""Files that come from elsewhere, or that a dying disk has changed."""

import csv
import json
import sqlite3
from contextlib import ExitStack, closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from kiosk.complaints import Complaint
from kiosk.custody.custodies import read_keys
from kiosk.domain import cpfs, emails
from kiosk.domain.cards import CardFormat
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.operations import Operations
from kiosk.registry.outbox_imports import import_outbox
from kiosk.registry.rejections import write_rejections
from kiosk.registry.rosters import HEADER, BadRow, Roster, RosterRow, Unreadable, split
from kiosk.registry.snapshot_files import SnapshotFiles
from kiosk.registry.tables import audit
from kiosk.store.copy_loads import CopyLoad, DamagedSnapshot
from kiosk.store.snapshot_parts import SnapshotParts, is_sound
from kiosk.wire.messages import (
    OperationMessage,
    PushRequest,
    PushResponse,
    SnapshotResponse,
    encode,
)
from tests.fuzz.choices import SEPARATOR, Choices, text_of
from tests.fuzz.targets import Check, Target, new_folder, target
from tests.kiosk.registry.outbox_files import content_of, sealed
from tests.kiosk.registry.rosters import line

_TODAY = date(2026, 3, 1)
_HEADER = ",".join(HEADER).encode()
_ID = "0" * 32


def check_roster(path: Path, data: bytes) -> None:
    choices = Choices(data)
    content = choices.rest() if choices.flag() else _HEADER + b"\n" + choices.rest()
    path.write_bytes(content)
    roster = Roster(path, CardFormat(), _TODAY)
    try:
        rows = list(roster.rows())
    except Complaint as complaint:
        _is_one_line(complaint, path)
        return
    for row in rows:
        if isinstance(row, RosterRow):
            _check_row(path.with_suffix(".again"), row)
        else:
            assert row.reason
            assert row.line > 1
    bad = [(row.line, row.reason) for row in rows if isinstance(row, BadRow)]
    rejected = path.with_suffix(".rejected")
    write_rejections(rejected, roster, bad)
    with rejected.open(encoding="utf-8", newline="") as file:
        # Whoever opens the file sees every line that was left out, under its number.
        again = list(csv.reader(file))
    assert [int(one[0]) for one in again[1:]] == [number for number, _ in bad]


def _check_row(path: Path, row: RosterRow) -> None:
    assert 0 < len(row.person_id) <= 64
    assert CardFormat().matches(row.card_number)
    assert row.cpf is None or cpfs.is_valid(row.cpf)
    assert date.fromisoformat(row.birth_date) <= _TODAY
    assert 0 < len(row.full_name) <= 300
    assert (row.email is None) == (row.email_key is None)
    assert row.email is None or row.email_key == emails.key(row.email)
    # Written again as it was read, it is the same person.
    values = row._asdict()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerow([values[name] or "" for name in HEADER])
    (again,) = Roster(path, CardFormat(), _TODAY).rows()
    assert isinstance(again, RosterRow)
    assert again == row._replace(line=2, email_left_out=False)


def check_line(data: bytes) -> None:
    try:
        fields = split(data)
    except Unreadable as odd:
        assert odd.reason
        return
    # The other reader of the same format sees the same fields.
    (expected,) = csv.reader([data.decode()], strict=True) if data else ([""],)
    assert fields == expected


def check_outbox_file(engine: Engine, path: Path, data: bytes) -> None:
    choices = Choices(data)
    is_mended = choices.flag()
    content = choices.rest()
    if is_mended:
        lines = content.split(b"\n")
        content = sealed(lines, choices.byte() or len(lines) - 1)
    path.write_bytes(content)
    taking = _Taking()
    try:
        report = import_outbox(
            engine, path, cast("Operations", taking), lambda: 0, lambda _receipt, _part: None
        )
    except Complaint as complaint:
        _is_one_line(complaint, path)
        # All or nothing: a file that is refused has delivered nothing.
        assert not taking.taken
        return
    assert all(one.receipt.startswith(report.device) for one in taking.taken)
    whole, _, trailer = content.removesuffix(b"\n").rpartition(b"\n")
    said = json.loads(trailer)
    assert said["sha256"] == sha256(whole + b"\n").hexdigest()
    assert said["count"] == len(taking.taken) == whole.count(b"\n")


class _Taking:
    """Takes everything and decides nothing."""

    def __init__(self) -> None:
        self.taken: list[OperationMessage] = []

    def take(self, request: PushRequest) -> PushResponse:
        self.taken += [one.operation for one in request.deliveries]
        return PushResponse(answers=[])


def check_snapshot(folder: Path, data: bytes) -> None:
    """Load a snapshot whose digest is right, whatever is in it."""
    choices = Choices(data)
    count = choices.byte()
    content = choices.rest()
    lines = content.split(b"\n")[:-1]
    facts = SnapshotResponse(
        ready=True,
        id=_ID,
        cursor="c",
        count=count % 4 if count > 200 else len(lines),
        size=len(content),
        sha256=sha256(content).hexdigest(),
    )
    source, copy = folder / "snapshot", folder / "copy"
    source.write_bytes(content)
    load = CopyLoad(source, copy, facts)
    try:
        while not load.go_on(60.0):
            pass
    except DamagedSnapshot:
        return
    finally:
        load.close()
    with closing(sqlite3.connect(copy)) as connection:
        rows = connection.execute("SELECT * FROM accounts ORDER BY 1").fetchall()
    # Another reader of JSON finds the same accounts, one a line.
    assert rows == sorted(tuple(json.loads(one)) for one in lines)


def check_snapshot_facts(folder: Path, data: bytes) -> None:
    """Find on disk whatever a power cut or a bad block has left of what was said of a snapshot."""
    (folder / f"snapshot-{_ID}.json").write_bytes(data)
    (folder / f"snapshot-{_ID}.part").write_bytes(b"")
    facts = SnapshotParts(folder).facts
    if facts is not None:
        assert is_sound(facts)
        assert facts.id == _ID
    cards = folder / "cards"
    cards.mkdir(exist_ok=True)
    (cards / f"{_ID}.json").write_bytes(data)
    (cards / f"{_ID}.ndjson").write_bytes(b"")
    for card in SnapshotFiles(cards).cards(0):
        assert (card.id, card.size) == (_ID, 0)


def check_key_file(data: bytes) -> None:
    try:
        keys = read_keys(text_of(data), "no arquivo")
    except Complaint as complaint:
        _is_one_line(complaint, Path("nenhum"))
        return
    for key in keys:
        assert read_keys(f"# comentário\n\n{key.written()}\n", "no arquivo") == (key,)


def _is_one_line(complaint: Complaint, path: Path) -> None:
    assert str(complaint)
    assert "\n" not in str(complaint).replace(str(path), "")


def _rosters(stack: ExitStack) -> Check:
    path = new_folder(stack) / "roster.csv"
    return lambda data: check_roster(path, data)


def _outbox_files(stack: ExitStack) -> Check:
    path = new_folder(stack) / "outbox"
    engine = create_engine("sqlite://", poolclass=StaticPool)
    stack.callback(engine.dispose)
    audit.create(engine)
    return lambda data: check_outbox_file(engine, path, data)


def _snapshots(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    return lambda data: check_snapshot(folder, data)


def _snapshot_facts(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    return lambda data: check_snapshot_facts(folder, data)


_OPERATION = OperationMessage(
    id="01890000000070008000000000000000",
    kind="register",
    receipt=str(ReceiptNumber("K7Q2MT", 42)),
    sequence=1,
    seen=None,
    made_at=1,
    body=b"body",
)
_OUTBOX = content_of([_OPERATION])
_FACTS = SnapshotResponse(ready=True, id=_ID, cursor="c", count=0, size=0, sha256="0" * 64)
_CARD = {"id": _ID, "made_at": 1, "cursor": "c", "count": 0, "size": 0, "sha256": "0" * 64}
_ACCOUNT = b'["00","active","none","usable"]\n'

TARGETS = (
    Target(
        "rosters",
        _rosters,
        (
            b"\x00" + line(email="joana@exemplo.com.br", full_name='"Sá, ""Zé"""').encode() + b"\n",
            b"\x00" + f"{line()}\n{line(2, cpf='1')}\n{line(3)}".encode(),
            b"\x00" + line(full_name="a" * 301).encode(),
            b"\x01\xef\xbb\xbf" + _HEADER + b"\r\n" + line().encode(),
        ),
        words=(b'"', b",", b"\r\n", b"\xe2\x80\xa8", b"\x00", b"portal", b"$2b$06$"),
        longest=8192,
    ),
    target("roster-lines", check_line, line().encode(), b'"a ""b""",c,"d,e"', b"", words=(b'"',)),
    Target(
        "outbox-files",
        _outbox_files,
        (
            b"\x00" + _OUTBOX,
            b"\x01" + b"\n".join(_OUTBOX.splitlines()[:2]),
            b"\x00" + content_of([_OPERATION], "AAAAAA"),
            b"\x01" + b"\n".join([*_OUTBOX.splitlines()[:2], encode(_OPERATION)]),
            b"\x01" + _OUTBOX.replace(b'"version":1', b'"version":' + b"9" * 40),
            b"\x00" + b'{"format":' + b"[" * 2000,
        ),
        longest=4096,
    ),
    Target(
        "snapshots",
        _snapshots,
        (
            b"\x00" + _ACCOUNT + _ACCOUNT.replace(b"00", b"01"),
            b"\x00" + _ACCOUNT + _ACCOUNT,
            b"\x00" + _ACCOUNT.replace(b"]", b"") + b"[" + _ACCOUNT,
        ),
        words=(b"]\n[", b'["', b'","'),
    ),
    Target(
        "snapshot-facts",
        _snapshot_facts,
        (
            encode(_FACTS),
            msgspec.json.encode(_CARD),
            encode(_FACTS).replace(b'"c"', b'"\xff"'),
            b'{"more":' + b"[" * 2000,
        ),
        longest=4096,
    ),
    target(
        "key-files",
        check_key_file,
        b"# chave\n" + b"0123456789abcdef" * 4 + b"\n",
        SEPARATOR + b"A" * 64,
        b"0" * 63,
        longest=512,
    ),
)
