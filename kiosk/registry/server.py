"""Running the service: one process, one line on standard output when it takes connections."""

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kiosk.complaints import Complaint

GRACE_SECONDS = 3
_LAST_RESORT_SECONDS = GRACE_SECONDS + 5
_BACKLOG = 512
# How many more objects there are before it is looked for cycles among them. A batch makes some
# thousands, and every one is gone when it is answered.
_NEW_OBJECTS = 20_000


def serve(app: FastAPI, host: str, port: int, *, exit_with_stdin: bool = False) -> None:
    """Answer requests until the process is told to end by SIGTERM or SIGINT.

    Prints ``http://HOST:PORT`` once connections are taken.

    Args:
        app: The service.
        host: Address or name of the interface.
        port: 0 takes any free one.
        exit_with_stdin: End also when standard input does, which a parent that holds its other end
            brings about by closing it, or by dying in whatever way.

    Raises:
        Complaint: The address is taken or is not this machine's.
    """
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=75,
        )
        server = _Server(config, listener)
        if exit_with_stdin:
            threading.Thread(target=server.end_with_stdin, name="stdin", daemon=True).start()
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self._listener = listener
        self._ended = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to take connections, and say so."""
        await super().startup(sockets)
        # What is there now stays: leaving it out of every later collection saves long pauses.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        print(_address(self._listener), flush=True)  # noqa: T201

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is under way and stop."""
        await super().shutdown(sockets)
        self._ended.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGTERM and SIGINT, without raising them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def end_with_stdin(self) -> None:
        """Wait for the end of standard input, then end the server, kindly or not."""
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        self.should_exit = True
        if not self._ended.wait(_LAST_RESORT_SECONDS):
            os._exit(1)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise Complaint(f"O endereço {host}:{port} não existe nesta máquina.") from None
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise Complaint(
            f"O endereço {host}:{port} está ocupado, não é desta máquina ou não é permitido. "
            "Escolha outro com --host ou --port."
        ) from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
