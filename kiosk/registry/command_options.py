"""What the commands of the registry have in common: their options, and what those stand for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.complaints import Complaint
    from kiosk.settings import Settings

Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///ARQUIVO; sem ela, em --data."),
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados deste programa.")
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
]


def settings_of(
    database: str | None, data: Path | None, config: Path | None
) -> tuple["Settings", str]:
    """Return the settings, and the address of the database."""
    from kiosk import settings
    from kiosk.registry.databases import default_url

    loaded = settings.load(config, data_dir=data)
    return loaded, default_url(loaded.data_dir) if database is None else database


def refuse_missing(url: str) -> None:
    """Raise a Complaint where there is no database yet."""
    from kiosk.database.engines import sqlite_path

    if not sqlite_path(url).exists():
        raise no_people(url)


def no_people(url: str) -> "Complaint":
    """Return what is said where nobody was imported yet."""
    from kiosk.complaints import Complaint
    from kiosk.database.engines import sqlite_path

    return Complaint(
        f"Ainda não há cadastro central com pessoas em {sqlite_path(url)}. Confira --data ou "
        "--database, ou importe pessoas com: registry import ARQUIVO.csv"
    )
