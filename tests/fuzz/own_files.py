"""Files that a program wrote itself, and a power cut or a dying disk has changed."""

import json
import sqlite3
from contextlib import ExitStack, closing, suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from kiosk.complaints import Complaint
from kiosk.custody.choices import FILE_NAME, keep_choice, load_choice
from kiosk.custody.custodies import CustodyKind, read_keys
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import (
    PAGE_BYTES,
    PageSeal,
    first_page,
    holds_nothing,
    is_plain,
    log_opens_with,
    looks_plain,
    opens_with,
    seal_again,
)
from kiosk.registry.snapshot_files import SnapshotFiles
from kiosk.store.copy_loads import CopyLoad, DamagedSnapshot
from kiosk.store.snapshot_parts import SnapshotParts, is_sound
from kiosk.wire.messages import (
    SnapshotResponse,
    encode,
)
from tests.fuzz.choices import SEPARATOR, Choices, text_of
from tests.fuzz.targets import Check, Target, is_one_line, new_folder, target

_ID = "0" * 32
_STORE_KEY = StoreKey(bytes(range(32)))


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
        is_one_line(complaint, Path("nenhum"))
        return
    for key in keys:
        assert read_keys(f"# comentário\n\n{key.written()}\n", "no arquivo") == (key,)


def check_custody_choice(folder: Path, data: bytes) -> None:
    """Read whatever the disk has left of what was chosen for a data directory."""
    (folder / FILE_NAME).write_bytes(data)
    try:
        choice = load_choice(folder)
    except Complaint as complaint:
        is_one_line(complaint, folder)
        return
    assert choice is not None
    keep_choice(folder, choice)
    assert load_choice(folder) == choice
    with suppress(Complaint):
        # Whoever keeps the key is asked for it, or says in one line that it is not there.
        if choice.kind in (CustodyKind.FILE, CustodyKind.DEMO):
            choice.custody(folder).load()


def check_sealed_file(path: Path, data: bytes) -> None:
    """Look into a file of which nothing need be what it was."""
    choices = Choices(data)
    size = choices.number(2)
    content = choices.rest()
    path.write_bytes((content + bytes(size))[: 3 * PAGE_BYTES + size % PAGE_BYTES])
    before = path.read_bytes()
    is_plain(path)
    looks_plain(path)
    opens_with(path, _STORE_KEY)
    log_opens_with(path, _STORE_KEY)
    whole = before[: len(before) // PAGE_BYTES * PAGE_BYTES]
    assert holds_nothing(path) == (not whole.strip(b"\0"))
    first_page(path, _STORE_KEY)
    seal_again(path, _STORE_KEY)
    after = path.read_bytes()
    assert len(after) % PAGE_BYTES == 0
    seal = PageSeal(_STORE_KEY)
    for number in range(1, len(after) // PAGE_BYTES + 1):
        page = after[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]
        assert page == bytes(PAGE_BYTES) or seal.is_whole(page, number)


def _custody_choices(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    return lambda data: check_custody_choice(folder, data)


def _sealed_files(stack: ExitStack) -> Check:
    path = new_folder(stack) / "file"
    return lambda data: check_sealed_file(path, data)


def _snapshots(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    return lambda data: check_snapshot(folder, data)


def _snapshot_facts(stack: ExitStack) -> Check:
    folder = new_folder(stack)
    return lambda data: check_snapshot_facts(folder, data)


_FACTS = SnapshotResponse(ready=True, id=_ID, cursor="c", count=0, size=0, sha256="0" * 64)
_CARD = {"id": _ID, "made_at": 1, "cursor": "c", "count": 0, "size": 0, "sha256": "0" * 64}
_CHOICE = {"kind": "file", "place": "/no/such/folder/key", "owner": "0" * 16}
_ACCOUNT = b'["00","active","none","usable"]\n'

TARGETS = (
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
    Target(
        "custody-choices",
        _custody_choices,
        (
            json.dumps(_CHOICE).encode(),
            json.dumps(_CHOICE | {"kind": "demo", "place": "demo-store.key"}).encode(),
            json.dumps(_CHOICE | {"place": 5}).encode(),
            json.dumps(_CHOICE | {"place": "a\0b"}).encode(),
            json.dumps(_CHOICE | {"place": "a\ud800b"}).encode(),
            json.dumps(_CHOICE | {"check": ["a"]}).encode(),
            b'{"kind":' + b"[" * 5000,
            b'["kind"]',
        ),
        longest=6000,
    ),
    Target(
        "sealed-files",
        _sealed_files,
        (
            b"\x00\x00" + b"SQLite format 3\0" + bytes(100),
            b"\x10\x00" + bytes(16),
            b"\x10\x00" + PageSeal(_STORE_KEY).closed(b"x" * PAGE_BYTES, 1),
            b"\x00\x01" + PageSeal(_STORE_KEY).closed(b"x" * PAGE_BYTES, 1) + bytes(PAGE_BYTES),
        ),
        longest=3 * PAGE_BYTES,
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
