"""Opening the registry's database, with its schema up to date."""

from pathlib import Path

from sqlalchemy import Engine

from kiosk.complaints import Complaint
from kiosk.database.engines import open_url, sqlite_path
from kiosk.database.migrations import bring_up_to_date

FILE_NAME = "registry.sqlite3"
SCRIPTS = Path(__file__).parent / "migrations"


def default_url(data_dir: Path) -> str:
    """Return the address of the database file in a data folder."""
    return f"sqlite:///{data_dir / FILE_NAME}"


def open_database(url: str) -> Engine:
    """Open a registry's database; a new one is made, an older one migrated.

    Args:
        url: ``sqlite:///FILE``; the folder is made where it is missing.

    Raises:
        Complaint: The address is not understood, the file cannot be used, or is of a newer program.
    """
    path = sqlite_path(url)
    try:
        is_new = not path.exists()
        bring_up_to_date(path, SCRIPTS)
        if is_new:
            # People's data: nobody but the owner of the process, unless whoever runs it says so.
            path.chmod(0o600)
    except OSError:
        raise Complaint(
            f"O banco do cadastro central {path} não pôde ser criado nem aberto. "
            "Verifique a pasta e as permissões, ou indique outro com --database."
        ) from None
    return open_url(url)
