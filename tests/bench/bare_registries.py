"""The least that takes operations in: a body, a row for each of its lines, one commit, an answer.

As a process (word: the database file) it serves until its standard input ends.
"""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from fastapi import FastAPI

from kiosk.registry.server import serve
from kiosk.wire.messages import Answer, PushResponse, encode
from tests.bench.accepted_actions import connect

_ROOT = Path(__file__).resolve().parents[2]
_MARKED = "SELECT count(*) FROM said"


class BareRegistry:
    """That process.

    Args:
        path: Its database, which must not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(path)],
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


def main(path: Path) -> None:
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
    main(Path(sys.argv[1]))
