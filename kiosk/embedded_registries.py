"""A registry of one's own: a process on loopback that lives as long as the one that started it."""

import contextlib
import random
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from kiosk.complaints import Complaint

_IMPORT_HAD_REJECTED_ROWS = 3
_STOP_SECONDS = 10.0
_SAYS = "O QR leva: "
# Below the ports that systems give to outgoing connections: while nothing listens on one of these,
# nothing else takes it either, and no connection to it can meet itself.
_PORTS = range(20_000, 32_000)


def fixed_port() -> int:
    """Return a free port on loopback that stays free until somebody asks for it by number."""
    for port in random.Random().sample(_PORTS, len(_PORTS)):  # noqa: S311 - nothing secret
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


class EmbeddedRegistry:
    """A registry process, started from this program's own command line.

    It holds the reading end of a pipe whose writing end is here, so it also ends when this process
    is killed.

    Args:
        program: Path of ``main.py``.
        data_dir: Where its database lies.
        words: Further ones for its command line.
        mail_folder: Where it writes its mails as files; None lets them wait.

    Attributes:
        code: Enrols one device at the process that was started last.
    """

    def __init__(
        self,
        program: Path,
        data_dir: Path,
        words: tuple[str, ...] = (),
        mail_folder: Path | None = None,
    ) -> None:
        self._program = program
        self._data_dir = data_dir
        self._words = words
        self._mail_folder = mail_folder
        self._process: subprocess.Popen[str] | None = None
        self.code = ""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None else self._process.pid

    def import_roster(self, roster: Path) -> str:
        """Import a roster file and return what the command told of it.

        Rows that are left out are the file's affair, not a failure.

        Raises:
            Complaint: The file could not be imported at all.
        """
        done = subprocess.run(  # noqa: S603 - this program itself, and no shell
            self._command("import", str(roster)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in (0, _IMPORT_HAD_REJECTED_ROWS):
            lines = done.stderr.strip().splitlines()
            raise Complaint(lines[-1] if lines else f"O arquivo {roster} não pôde ser importado.")
        return done.stdout.strip()

    def start(self, port: int = 0) -> str:
        """Start serving and return its address.

        Args:
            port: 0 for any free one.

        Raises:
            Complaint: It did not come up.
        """
        words = ["serve", "--port", str(port), "--exit-with-stdin", "--say-code"]
        if self._mail_folder is not None:
            words += ["--mail-folder", str(self._mail_folder)]
        self._process = subprocess.Popen(  # noqa: S603 - this program itself, and no shell
            self._command(*words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        if self._process.stdout is None:
            raise AssertionError
        self.code = self._process.stdout.readline().strip()
        address = self._process.stdout.readline().strip()
        if not address.startswith("http://"):
            self.stop()
            raise Complaint(
                "O cadastro de demonstração não iniciou. Tente “main.py registry serve” para ver "
                "a causa."
            )
        return address

    def new_ticket(self, address: str, name: str, site: str, face: str) -> str:
        """Return what the QR code of one more enrolment says; for the tour and for drills.

        Raises:
            Complaint: There is no registry yet.
        """
        words = ("enrol-code", "--name", name, "--site", site, "--face", face)
        done = subprocess.run(  # noqa: S603 - this program itself, and no shell
            self._command("devices", *words, "--registry", address),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        _, is_there, rest = done.stdout.partition(_SAYS)
        if not is_there:
            raise Complaint(done.stderr.strip())
        return rest.splitlines()[0]

    def stop(self) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the process at once, as a power cut would; for drills."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def __enter__(self) -> "EmbeddedRegistry":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _command(self, *words: str) -> list[str]:
        return [
            sys.executable,
            str(self._program),
            "registry",
            *words,
            "--data",
            str(self._data_dir),
            *self._words,
        ]
