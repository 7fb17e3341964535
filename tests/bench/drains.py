"""A queue running empty over loopback, beside the least that brings the same bytes across."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.wire.messages import (
    MAX_BATCH,
    MEDIA_TYPE,
    PUSH_PATH,
    Answer,
    PushRequest,
    PushResponse,
    encode,
)
from tests.bench.accepted_actions import connect
from tests.bench.bare_registries import BareRegistry, signed
from tests.bench.comparisons import Comparison, alternate
from tests.bench.first_paints import PROGRAM
from tests.bench.loaded_desks import DEVICE, REGISTRY, connected, copied, drain, opened
from tests.bench.pouchdbs import PouchDB
from tests.enrolments import signer_of
from tests.fakes import FakeRegistry

BARE_AIM = 0.6
POUCHDB_AIM = 4.0


def said(desk: Path) -> list[bytes]:
    """Return what a loaded desk sends, a delivery each.

    Args:
        desk: As ``loaded_desks.prepare`` left it.
    """
    listener = _Listener()
    with copied(desk, DEVICE) as copy, opened(copy / DEVICE) as store:
        drain(store, listener)
    return listener.said


def measure(desk: Path, lines: list[bytes], rounds: int) -> Iterator[Comparison]:
    """Drain in turn with the bare path, each time from files that are new.

    On the bare path the client takes a hundred rows, sends them as they are and deletes them in one
    commit; the server keeps a row of each in one commit and answers with as many bytes. On the one
    that is to be trusted the client signs what it sends, and the server verifies that and opens
    what each operation is sealed to.

    Args:
        desk: As ``loaded_desks.prepare`` left it.
        lines: What it says.
        rounds: How often each of them has its turn.
    """
    beside = "os mesmos bytes por http.client, uvicorn e sqlite3"
    for key, words, aim in (
        (Ed25519PrivateKey.generate(), f"{beside}, assinados e abertos", BARE_AIM),
        (None, beside, None),
    ):
        rates = alternate(lambda: _ours(desk, len(lines)), partial(_bare, desk, lines, key), rounds)
        yield Comparison(_name(lines), words, "mil/s", *rates, aim, at_least=True)


def measure_pouchdb(desk: Path, lines: list[bytes], rounds: int, peer: PouchDB) -> Comparison:
    """Drain in turn with PouchDB, which sends documents of the same bytes in batches as large."""
    source = desk / "lines"
    source.write_bytes(b"\n".join(lines))

    def theirs() -> float:
        with copied(desk) as copy:
            return len(lines) / peer.drain(copy, source) / 1000

    rates = alternate(lambda: _ours(desk, len(lines)), theirs, rounds)
    beside = "PouchDB nos dois lados, LevelDB sem esperar o disco"
    return Comparison(_name(lines), beside, "mil/s", *rates, POUCHDB_AIM, at_least=True)


def _name(lines: list[bytes]) -> str:
    return f"Entrega de {len(lines):_} operações".replace("_", ".")


class _Listener(FakeRegistry):
    """Says yes to everything and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []

    def push(self, request: PushRequest) -> PushResponse:
        self.said += (encode(one) for one in request.deliveries)
        answers = [
            Answer(
                id=one.operation.id,
                outcome="accepted",
                reason=None,
                decided_at=one.operation.made_at,
            )
            for one in request.deliveries
        ]
        return PushResponse(answers=answers)


def _ours(desk: Path, size: int) -> float:
    with (
        copied(desk, DEVICE, REGISTRY) as copy,
        EmbeddedRegistry(PROGRAM, copy / REGISTRY) as process,
        connected(process.start(), signer_of(copy / DEVICE)) as registry,
        opened(copy / DEVICE) as store,
    ):
        begun = perf_counter()
        accepted = drain(store, registry)
        taken = perf_counter() - begun
    assert accepted == size
    return size / taken / 1000


def _bare(desk: Path, lines: list[bytes], key: Ed25519PrivateKey | None) -> float:
    with (
        copied(desk) as copy,
        BareRegistry(copy / "taken.sqlite3", None if key is None else key.public_key()) as server,
        closing(connect(copy / "waiting.sqlite3")) as queue,
        closing(http.client.HTTPConnection(server.address.removeprefix("http://"))) as line,
    ):
        queue.execute("CREATE TABLE said (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
        queue.execute("BEGIN")
        queue.executemany("INSERT INTO said VALUES (NULL, ?)", ((one,) for one in lines))
        queue.execute("COMMIT")
        begun = perf_counter()
        while rows := queue.execute(
            "SELECT sequence, bytes FROM said ORDER BY sequence LIMIT ?", (MAX_BATCH,)
        ).fetchall():
            content = b"\n".join(row[1] for row in rows)
            said = {} if key is None else signed(content, key)
            line.request("POST", PUSH_PATH, content, {"content-type": MEDIA_TYPE, **said})
            line.getresponse().read()
            queue.execute("BEGIN IMMEDIATE")
            queue.execute("DELETE FROM said WHERE sequence <= ?", (rows[-1][0],))
            queue.execute("COMMIT")
        taken = perf_counter() - begun
        assert server.count() == len(lines)
    return len(lines) / taken / 1000
