"""A key in a file that only the user of the program reads."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.custody.custodies import read_keys
from kiosk.database.files import create_private, sync_folder, sync_folders_above
from kiosk.database.keys import StoreKey

_MARK = "# kiosk-pas "
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFile:
    """Keeps the key in a file.

    Args:
        path: The file.
        owner: Names the data directory whose key it is: two would take each other's key away.
        outside: A folder in which it must not lie, where it would be carried off with what it
            locks; None for the demonstration.
    """

    def __init__(self, path: Path, owner: str, outside: Path | None) -> None:
        self._path = path
        self._owner = owner
        self._outside = outside

    def load(self) -> tuple[StoreKey, ...]:
        """Return what is kept; see ``Custody``."""
        self._refuse_place()
        try:
            status = self._path.lstat()
            self._refuse_readers(status)
            written = self._path.read_text("ascii")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError):
            raise Complaint(
                f"O arquivo de chave {self._path} não pôde ser lido. Confira se ele é deste "
                "usuário; nada foi tocado."
            ) from None
        if f"{_MARK}{self._owner}" not in written.splitlines():
            raise Complaint(
                f"O arquivo de chave {self._path} é de outra pasta de dados, e não foi tocado. "
                "Indique outro arquivo (key_file)."
            )
        return read_keys(written, str(self._path))

    def keep(self, keys: Sequence[StoreKey]) -> None:
        """Keep these keys; see ``Custody``."""
        self._refuse_place()
        if os.path.lexists(self._path):
            # What is not a key file of this data directory is never replaced.
            self.load()
        part = self._path.with_name(f".{self._path.name}.part")
        lines = [f"{_MARK}{self._owner}", *(key.written() for key in keys)]
        try:
            self._path.parent.mkdir(0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with create_private(part) as file:
                file.write(("\n".join(lines) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            sync_folder(self._path.parent)
            # A key whose folder went with the power would take all that is under it along.
            sync_folders_above(self._path)
        except OSError:
            raise Complaint(
                f"O arquivo de chave {self._path} não pôde ser gravado. Confira se a pasta existe "
                "e se este usuário pode escrever nela."
            ) from None

    def _refuse_place(self) -> None:
        if self._outside is not None and self._path.resolve().is_relative_to(
            self._outside.resolve()
        ):
            raise Complaint(
                f"O arquivo de chave {self._path} está na pasta de dados que ele tranca: quem "
                "levasse a pasta levaria a chave. Indique outro lugar (key_file)."
            )

    def _refuse_readers(self, status: os.stat_result) -> None:
        if os.name != "posix":
            return
        is_own = status.st_uid == os.geteuid()
        if not (stat.S_ISREG(status.st_mode) and is_own and not status.st_mode & _OTHERS):
            raise Complaint(
                f"O arquivo de chave {self._path} tem de ser um arquivo comum, deste usuário e "
                f"só dele. Corrija com: chmod 600 {self._path} (e chown); nada foi tocado."
            )
