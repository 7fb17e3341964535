"""Something that answers in a registry's place, and has no answer to any operation."""

import hashlib
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

_ANSWER = b'{"answers": []}'
# RFC 9530: without it a device believes no answer.
_DIGEST = f"sha-256=:{b64encode(hashlib.sha256(_ANSWER).digest()).decode()}:"


class OddRegistry:
    """A server on loopback, until it is closed. What is delivered to it has no effect anywhere.

    Args:
        port: On which it listens.
    """

    def __init__(self, port: int) -> None:
        self._server = HTTPServer(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """End its thread and free its port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(_ANSWER)))
        self.send_header("content-digest", _DIGEST)
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
