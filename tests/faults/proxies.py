"""A TCP proxy between a device and its registry that does to each exchange what a plan says."""

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from random import Random
from types import TracebackType
from urllib.parse import urlsplit

from kiosk.embedded_registries import fixed_port
from tests.faults.exchanges import Broken, MessageReader, RawMessage, corrupted
from tests.faults.plans import Fault, Paces, Plan, Script

_UPSTREAM_SECONDS = 30.0


class FaultyProxy:
    """Passes exchanges on, one fault or none at a time, and counts them.

    Connections are kept alive as the two sides keep them; a fault belongs to one exchange.

    Args:
        upstream: Address of the registry, which may be down.
        plan: What happens to each exchange; may be exchanged while it runs.
        seed: Where the damage and the cuts fall.
        paces: How long the faults last.
    """

    def __init__(
        self, upstream: str, plan: Plan | None = None, *, seed: int = 0, paces: Paces | None = None
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 0)
        self.plan: Plan = Script() if plan is None else plan
        self.faults: Counter[Fault] = Counter()
        self.exchanges = 0
        self.connections = 0
        self._paces = Paces() if paces is None else paces
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._port = fixed_port()
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._accepting = threading.Thread(target=self._accept, name="proxy")
        self._accepting.start()

    @property
    def address(self) -> str:
        """Where the device finds it."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """Cut every connection and end."""
        self._closing.set()
        with self._lock:
            _shut(self._listener)
            for one in self._open:
                _shut(one)
            threads = list(self._threads)
        self._accepting.join()
        self._listener.close()
        for thread in threads:
            thread.join()

    def __enter__(self) -> "FaultyProxy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                self._listener.close()
                if self._closing.wait(self._paces.refusal):
                    return
                self._listen_again()
                continue
            with self._lock:
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), name="proxy")
                self._threads.add(thread)
            thread.start()

    def _listen_again(self) -> None:
        listener = socket.create_server(("127.0.0.1", self._port))
        with self._lock:
            self._listener = listener
            if self._closing.is_set():
                _shut(listener)

    def _serve(self, device: socket.socket) -> None:
        try:
            with self._kept(device), contextlib.ExitStack() as upstream:
                self._pass_on(device, upstream)
        except (OSError, Broken):
            # One of the sides went away, which is its right at any moment.
            pass
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _pass_on(self, device: socket.socket, opened: contextlib.ExitStack) -> None:
        requests = MessageReader(device)
        upstream: tuple[socket.socket, MessageReader] | None = None
        while (request := requests.read()) is not None:
            fault = self._choose()
            if fault is Fault.CUT_BEFORE:
                return
            if fault is Fault.REFUSE:
                with self._lock:
                    _shut(self._listener)
                return
            if fault is Fault.BLACK_HOLE:
                while device.recv(4096):
                    pass
                return
            if fault is Fault.DELAY and self._closing.wait(self._delay()):
                return
            if upstream is None:
                connection = opened.enter_context(self._connected())
                upstream = (connection, MessageReader(connection))
            registry, answers = upstream
            if fault is Fault.DUPLICATE:
                answer = self._twice(request, registry, answers)
            else:
                registry.sendall(self._damaged(request, fault is Fault.CORRUPT_REQUEST))
                answer = _answered(answers)
            if fault is Fault.CUT_AFTER:
                return
            self._answer(device, answer, fault)
            if fault is Fault.HALF_ANSWER or answer.is_last or request.is_last:
                return

    def _choose(self) -> Fault | None:
        with self._lock:
            self.exchanges += 1
            fault = self.plan.next_fault()
            if fault is not None:
                self.faults[fault] += 1
        return fault

    def _delay(self) -> float:
        with self._lock:
            return self._paces.delay * self._random.uniform(0.5, 1.5)

    def _damaged(self, message: RawMessage, is_damaged: bool) -> bytes:
        if not is_damaged:
            return message.whole
        with self._lock:
            return corrupted(message, self._random)

    def _twice(
        self, request: RawMessage, registry: socket.socket, answers: MessageReader
    ) -> RawMessage:
        """Deliver a request on two connections at once and return either answer."""
        with self._connected() as other:
            registry.sendall(request.whole)
            other.sendall(request.whole)
            both = [_answered(answers), _answered(MessageReader(other))]
        with self._lock:
            return self._random.choice(both)

    def _answer(self, device: socket.socket, answer: RawMessage, fault: Fault | None) -> None:
        if fault is Fault.HALF_ANSWER:
            with self._lock:
                end = self._random.randrange(1, len(answer.whole))
            device.sendall(answer.whole[:end])
        elif fault is Fault.DRIP:
            device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in answer.whole:
                device.sendall(bytes([byte]))
                if self._paces.drip and self._closing.wait(self._paces.drip):
                    return
        else:
            device.sendall(self._damaged(answer, fault is Fault.CORRUPT_ANSWER))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with self._kept(socket.create_connection(self._upstream, _UPSTREAM_SECONDS)) as registry:
            yield registry

    @contextlib.contextmanager
    def _kept(self, connection: socket.socket) -> Iterator[socket.socket]:
        """Hold a connection open, within reach of ``close``."""
        with connection:
            with self._lock:
                self._open.add(connection)
                if self._closing.is_set():
                    _shut(connection)
            try:
                yield connection
            finally:
                with self._lock:
                    self._open.discard(connection)


def _answered(answers: MessageReader) -> RawMessage:
    answer = answers.read()
    if answer is None:
        raise Broken
    return answer


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
