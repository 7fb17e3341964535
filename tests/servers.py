"""A server of the tests' own that answers with whatever bytes it is told to."""

import socket
import threading
from collections.abc import Iterable
from types import TracebackType

from kiosk.wire.messages import DIGEST_HEADER, content_digest


class ScriptedServer:
    """Answers each connection's first request with scripted pieces, then closes.

    Args:
        pieces: Sent one after another, with ``pause`` seconds between them.
        pause: Between two pieces.
        port: On which it listens; 0 for any that is free.
        holds: Keep the connection open and silent afterwards, until the server is closed.
    """

    def __init__(
        self, pieces: Iterable[bytes], pause: float = 0.0, holds: bool = False, *, port: int = 0
    ) -> None:
        self._pieces = list(pieces)
        self._pause = pause
        self._holds = holds
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._answer, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                for piece in self._pieces:
                    connection.sendall(piece)
                    if self._closing.wait(self._pause):
                        return
                if self._holds:
                    self._closing.wait()
            except OSError:
                return


def response(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """Return an HTTP/1.1 response as bytes; it says the digest of its body unless it is told to."""
    if not any(header.startswith(DIGEST_HEADER) for header in headers):
        headers += (f"{DIGEST_HEADER}: {content_digest(body)}",)
    lines = [
        f"HTTP/1.1 {status}",
        f"content-length: {len(body) if length is None else length}",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
