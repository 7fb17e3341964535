"""The least that takes operations in: a body, a row for each of its lines, one commit, an answer.

Where it is to be trusted, it also verifies the signature over the body's digest, and opens what
each line is sealed to, as any registry must that such a device speaks to.

As a process (words: the database file, and a public key of 64 hexadecimal digits where requests are
signed) it serves until its standard input ends.
"""

import hashlib
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import FastAPI

from kiosk.registry.server import serve
from kiosk.wire.messages import Answer, Delivery, PushResponse, encode
from tests.bench import loaded_desks
from tests.bench.accepted_actions import connect
from tests.seals import opened

_ROOT = Path(__file__).resolve().parents[2]
DIGEST, SIGNATURE = "x-digest", "x-signature"
_DELIVERY = msgspec.json.Decoder(Delivery)
_MARKED = "SELECT count(*) FROM said"


class BareRegistry:
    """That process.

    Args:
        path: Its database, which must not exist.
        key: Whose signatures it verifies before it opens what is sealed to the key of the tests;
            None takes whatever comes, unopened.
    """

    def __init__(self, path: Path, key: Ed25519PublicKey | None = None) -> None:
        self._path = path
        words = [] if key is None else [key.public_bytes_raw().hex()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(path), *words],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def __enter__(self) -> "BareRegistry":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait(20)

    def count(self) -> int:
        """Return how many rows it has taken in."""
        connection = connect(self._path)
        (counted,) = connection.execute(_MARKED).fetchone()
        connection.close()
        return int(counted)


def signed(content: bytes, key: Ed25519PrivateKey) -> dict[str, str]:
    """Return the headers of a request that is to be trusted."""
    digest = hashlib.sha256(content).digest()
    return {DIGEST: digest.hex(), SIGNATURE: key.sign(digest).hex()}


def _open(line: bytearray) -> None:
    operation = _DELIVERY.decode(line).operation
    opened(operation, loaded_desks.CODE)


def _require_signed(body: bytearray, headers: dict[bytes, bytes], key: Ed25519PublicKey) -> None:
    digest = hashlib.sha256(body).digest()
    assert bytes.fromhex(headers[DIGEST.encode()].decode()) == digest
    key.verify(bytes.fromhex(headers[SIGNATURE.encode()].decode()), digest)


def main(path: Path, key: Ed25519PublicKey | None) -> None:
    """Serve."""
    connection = connect(path)
    connection.execute("CREATE TABLE said (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
    one = Answer(id="0" * 32, outcome="accepted", reason=None, decided_at=1_700_000_000_000)

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        assert scope["type"] == "http"
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        lines = body.split(b"\n")
        if key is not None:
            _require_signed(body, dict(scope["headers"]), key)
            for line in lines:
                _open(line)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO said VALUES (NULL, ?)", ((line,) for line in lines))
        connection.execute("COMMIT")
        answer = encode(PushResponse(answers=[one] * len(lines)))
        length = str(len(answer)).encode()
        headers = [(b"content-length", length), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    serve(cast("FastAPI", app), "127.0.0.1", 0, exit_with_stdin=True)
    connection.close()


if __name__ == "__main__":
    whose = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(word)) for word in sys.argv[2:]]
    main(Path(sys.argv[1]), whose[0] if whose else None)
