"""A sample roster and its import, beside the least that brings the same people in."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from kiosk.domain.cards import CardFormat
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import FILE_NAME, default_url, open_database
from kiosk.registry.imports import import_roster
from kiosk.registry.samples import write_sample
from kiosk.registry.tables import people
from tests.bench.comparisons import Comparison, Spread

IMPORT_AIM = 1.4
SEED = 1
_COLUMNS = (
    "person_id",
    "holder_id",
    "card_number",
    "cpf",
    "birth_date",
    "full_name",
    "social_name",
    "email",
    "status",
    "origin",
    "password_hash",
    "ref",
    "email_key",
)


def sample_rate(roster: Path, size: int) -> float:
    """Write a sample roster; return the people written per second."""
    begun = perf_counter()
    write_sample(roster, size, SEED)
    return size / (perf_counter() - begun)


def measure(folder: Path, roster: Path, size: int, rounds: int) -> Comparison:
    """Import a roster through the product and by hand, in turn, each into a new file.

    By hand is the file read with ``csv`` and given to ``executemany`` in one transaction, with the
    indexes built last: nothing is checked, nothing compared, no feed or audit written.

    Args:
        folder: Where the databases lie; see ``database_in`` for that of the last import.
        roster: As ``sample_rate`` wrote it.
        size: People in the roster.
        rounds: How often each of them has its turn.
    """
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        ours.append(size / imported(folder / "ours", roster) / 1000)
        bare.append(size / _by_hand(folder / "by-hand.sqlite3", roster) / 1000)
    return Comparison(
        f"Importação de {size:_} pessoas".replace("_", "."),
        "csv e executemany, índices por último, sem conferir nada",
        "mil/s",
        Spread(tuple(ours)),
        Spread(tuple(bare)),
        IMPORT_AIM,
        more_is_better=True,
    )


def database_in(folder: Path) -> Path:
    """Return the registry's database that ``measure`` left in its folder."""
    return folder / "ours" / FILE_NAME


def imported(folder: Path, roster: Path) -> float:
    """Import into a new registry; return the seconds it took."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    engine = open_database(default_url(folder))
    try:
        begun = perf_counter()
        report = import_roster(engine, roster, card_format=CardFormat(), clock=system_clock)
        taken = perf_counter() - begun
    finally:
        engine.dispose()
    if report.rejected:
        raise RuntimeError(f"{report.rejected} lines of the sample were left out")
    return taken


def _by_hand(path: Path, roster: Path) -> float:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_ddl(CreateTable(people)))
        begun = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"INSERT INTO people ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",
            _rows(roster),
        )
        for index in people.indexes:
            connection.execute(_ddl(CreateIndex(index)))
        connection.execute("COMMIT")
        taken = perf_counter() - begun
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return taken


def _rows(roster: Path) -> Iterator[list[str | None]]:
    with roster.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for number, line in enumerate(lines):
            row = [value or None for value in line]
            row += (f"{number:032x}", row[7])
            yield row


def _ddl(statement: CreateTable | CreateIndex) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))
