"""One service at a time on a database: two would each keep a time and counts of their own."""

import sqlite3
from pathlib import Path
from types import TracebackType

from kiosk.complaints import Complaint

_SUFFIX = ".serving"
PREDECESSOR_SECONDS = 12.0
"""Longer than a service takes at most that was told to end."""


class ServiceHold:
    """Holds a database for one ``serve`` until it is closed or its process dies.

    The lock is SQLite's own on an empty file beside the database, which the system gives back with
    the process. Commands work beside a service and do not take it.

    Args:
        path: The database file; its folder is made where it is missing.
        patience_seconds: How long another one is waited for, which may be about to end: whoever
            starts a service anew does not wait until the last connection of the old one is closed.

    Raises:
        Complaint: Another service holds it, or the folder cannot be written.
    """

    def __init__(self, path: Path, patience_seconds: float = 0.0) -> None:
        beside = path.with_name(path.name + _SUFFIX)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = sqlite3.connect(
                beside, timeout=patience_seconds, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error):
            raise _unusable(path) from None
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._lock.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise Complaint(
                    f"Outro registry serve já atende com o banco {path}. Encerre-o primeiro, ou "
                    "indique outro com --data ou --database."
                ) from None
            raise _unusable(path) from None

    def __enter__(self) -> "ServiceHold":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.close()


def _unusable(path: Path) -> Complaint:
    return Complaint(
        f"A pasta do banco do cadastro central {path} não aceita escrita. Verifique as permissões."
    )
