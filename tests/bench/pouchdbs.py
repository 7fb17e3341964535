"""PouchDB on both ends, fetched with npm by this measurement alone."""

import shutil
import subprocess
from pathlib import Path

from kiosk.wire.messages import MAX_BATCH

_SOURCES = Path(__file__).resolve().parent / "peers" / "pouchdb"
_FETCH_SECONDS = 240
_PATIENCE_SECONDS = 120


class NotHere(Exception):
    """PouchDB cannot be had; the text says why, in pt-BR."""


class PouchDB:
    """The peer, ready to run.

    Args:
        folder: Where it is or will be; kept from one run to the next.
        fetch: Whether it may be fetched where it is missing or another version.

    Raises:
        NotHere: It is not there and could not be fetched.
    """

    def __init__(self, folder: Path, *, fetch: bool) -> None:
        self._folder = folder
        if shutil.which("node") is None:
            raise NotHere("não há node nesta máquina")
        if not self._is_ready():
            if not fetch:
                raise NotHere("ainda não foi buscado")
            self._fetch()
        for source in _SOURCES.glob("*.js"):
            shutil.copy(source, folder / source.name)

    def drain(self, folder: Path, lines: Path) -> float:
        """Send documents from one database to another over loopback; return the seconds it took.

        Args:
            folder: Where both databases lie; made here.
            lines: A file with one document's content a line.
        """
        for name in ("here", "there"):
            (folder / name).mkdir(parents=True)
        with subprocess.Popen(
            ["node", "serve.js", str(folder / "there")],
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                address = server.stdout.readline().strip()
                words = [str(folder / "here"), str(lines), address, str(MAX_BATCH)]
                done = subprocess.run(
                    ["node", "drain.js", *words],
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    check=True,
                    timeout=_PATIENCE_SECONDS,
                )
            finally:
                server.stdin.close()
        return float(done.stdout)

    def _is_ready(self) -> bool:
        made = self._folder / "package.json"
        return (self._folder / ".ready").exists() and made.read_bytes() == _asked()

    def _fetch(self) -> None:
        if shutil.which("npm") is None:
            raise NotHere("não há npm nesta máquina")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        (self._folder / "package.json").write_bytes(_asked())
        quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        try:
            # No script of anybody's runs: what is compiled comes compiled.
            subprocess.run(
                ["npm", "install", "--ignore-scripts", *quiet],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_FETCH_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            raise NotHere("o npm não conseguiu buscá-lo") from None
        (self._folder / ".ready").touch()


def _asked() -> bytes:
    return (_SOURCES / "package.json").read_bytes()
