"""Processes that a soak starts, kills and starts again: devices, and their registry."""

import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.faults.acknowledgements import Acknowledged, Said, decode_line

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "main.py"
_STOP_SECONDS = 20.0
_CONNECT_SECONDS = 2.0


class DeviceProcess:
    """One desk or kiosk on its own data directory, through all of its runs.

    Args:
        name: For people, in pt-BR.
        data_dir: Kept from run to run.
        url: Its registry, or the proxy before it.
        seed: Who comes to it.
        words: Further ones for its command line.
    """

    def __init__(self, name: str, data_dir: Path, url: str, seed: int, *words: str) -> None:
        self.name = name
        self.data_dir = data_dir
        self.said: list[Said] = []
        self.runs = 0
        self._before = 0
        self._url = url
        self._seed = seed
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._complaint_file = data_dir.with_suffix(".err")
        data_dir.mkdir(parents=True)

    def start(self) -> None:
        """Begin a run; returns before it is up."""
        self.runs += 1
        self._before = len(self.said)
        with self._complaint_file.open("wb") as complaints:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.faults.device_program",
                    str(self.data_dir),
                    self._url,
                    str(self._seed * 1_000_000 + self.runs),
                    *self._words,
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,))
        self._listener.start()

    def is_up(self) -> bool:
        """Tell whether somebody has acted in this run, and was told so."""
        return any(isinstance(one, Acknowledged) for one in self.said[self._before :])

    def has_fallen(self) -> bool:
        """Tell whether this run has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def last_words(self) -> str:
        """Return the last line of what this run wrote on standard error."""
        return _last_line(self._complaint_file)

    def kill(self) -> None:
        """End the run as a power cut would, and take in what it had said before."""
        if self._process is not None:
            self._process.kill()
            self._end(None)

    def ask_to_end(self) -> None:
        """Let nobody come any more; the run drains its queue and ends."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def wait(self, seconds: float) -> bool:
        """Wait for a run that was asked to end; False where it had to be killed, or failed."""
        if self._process is None:
            return False
        return self._end(seconds) == 0

    def _end(self, seconds: float | None) -> int:
        process, listener = self._process, self._listener
        assert process is not None
        assert listener is not None
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        listener.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process = self._listener = None
        return code

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith(b"\n"):
                self.said.append(decode_line(line))


class RegistryProcess:
    """The central registry, always at the same port.

    Args:
        data_dir: Kept from run to run.
        port: On loopback.
    """

    name = "cadastro central"

    def __init__(self, data_dir: Path, port: int) -> None:
        self._data_dir = data_dir
        self._complaint_file = data_dir.with_suffix(".err")
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is found while it runs."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin a run; returns before it takes connections."""
        words = ["serve", "--port", str(self._port), "--exit-with-stdin"]
        with self._complaint_file.open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, str(PROGRAM), "registry", *words, "--data", str(self._data_dir)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )

    def is_up(self) -> bool:
        """Tell whether it takes connections."""
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self._port), _CONNECT_SECONDS).close()
            return True
        return False

    def has_fallen(self) -> bool:
        """Tell whether this run has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def last_words(self) -> str:
        """Return the last line of what this run wrote on standard error."""
        return _last_line(self._complaint_file)

    def kill(self) -> None:
        """End the run as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self.stop()

    def stop(self) -> None:
        """End the run and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_line(file: Path) -> str:
    lines = file.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no word"
