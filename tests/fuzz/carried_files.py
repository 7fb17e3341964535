"""Files that somebody brings: the roster of the plan, the queue of a machine without line."""

import csv
import json
from contextlib import ExitStack
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from kiosk.complaints import Complaint
from kiosk.domain import cpfs, emails
from kiosk.domain.cards import CardFormat
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.operations import Operations
from kiosk.registry.outbox_imports import import_outbox
from kiosk.registry.rejections import write_rejections
from kiosk.registry.rosters import HEADER, BadRow, Roster, RosterRow, Unreadable, split
from kiosk.wire.messages import (
    OperationMessage,
    PushRequest,
    PushResponse,
    encode,
)
from tests.fuzz.choices import Choices
from tests.fuzz.targets import Check, Target, is_one_line, new_folder, target
from tests.kiosk.registry.outbox_files import content_of, sealed
from tests.kiosk.registry.rosters import line

_TODAY = date(2026, 3, 1)
_HEADER = ",".join(HEADER).encode()


def check_roster(path: Path, data: bytes) -> None:
    choices = Choices(data)
    content = choices.rest() if choices.flag() else _HEADER + b"\n" + choices.rest()
    path.write_bytes(content)
    roster = Roster(path, CardFormat(), _TODAY)
    try:
        rows = list(roster.rows())
    except Complaint as complaint:
        is_one_line(complaint, path)
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
        is_one_line(complaint, path)
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


def _rosters(stack: ExitStack) -> Check:
    path = new_folder(stack) / "roster.csv"
    return lambda data: check_roster(path, data)


def _outbox_files(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    engine = open_database(default_url(folder))
    stack.callback(engine.dispose)
    return lambda data: check_outbox_file(engine, folder / "outbox", data)


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
)
