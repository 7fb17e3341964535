"""Running the service: one process, one line on standard output when it takes connections."""

import contextlib
import gc
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import anyio
import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from kiosk.complaints import Complaint

GRACE_SECONDS = 3
_LAST_RESORT_SECONDS = GRACE_SECONDS + 5
_BACKLOG = 512
# How many more objects there are before it is looked for cycles among them. A batch makes some
# thousands, and every one is gone when it is answered.
_NEW_OBJECTS = 20_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the service shows of itself over TLS: PEM files.

    Attributes:
        chain: Its certificate, and those between it and the authority.
        key: Its private key, without a password.
    """

    chain: Path
    key: Path


def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    exit_with_stdin: bool = False,
    certificate: Certificate | None = None,
) -> None:
    """Answer requests until the process is told to end by SIGTERM or SIGINT.

    Prints ``http://HOST:PORT``, or ``https://…``, once connections are taken.

    Args:
        app: The service.
        host: Address or name of the interface.
        port: 0 takes any free one.
        exit_with_stdin: End also when standard input does, which a parent that holds its other end
            brings about by closing it, or by dying in whatever way.
        certificate: None for plain HTTP, which is spoken on loopback alone.

    Raises:
        Complaint: The address is taken or is not this machine's, it is beyond loopback and there is
            no certificate, or the certificate cannot be used.
    """
    _require_usable(certificate)
    with _listen(host, port) as listener:
        if certificate is None and not ip_address(listener.getsockname()[0]).is_loopback:
            raise Complaint(
                f"Sem TLS o cadastro central só atende nesta máquina (127.0.0.1), e {host} é "
                "vista de fora. Dê um certificado com --tls-cert e --tls-key, ou ponha um proxy "
                "com TLS na frente, nesta máquina.",
                2,
            )
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=75,
            ssl_certfile=None if certificate is None else certificate.chain,
            ssl_keyfile=None if certificate is None else certificate.key,
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
        # What the first request would otherwise wait for: the modules, and a thread.
        await anyio.to_thread.run_sync(gc.collect)
        await super().startup(sockets)
        # What is there now stays: leaving it out of every later collection saves long pauses.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        scheme = "https" if self.config.is_ssl else "http"
        print(_address(self._listener, scheme), flush=True)  # noqa: T201

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


def _require_usable(certificate: Certificate | None) -> None:
    if certificate is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
    except OSError:
        raise Complaint(
            "O certificado de --tls-cert ou a chave de --tls-key não serve: devem ser arquivos PEM "
            "que se pertencem, e este usuário precisa poder lê-los.",
            2,
        ) from None


def _address(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
