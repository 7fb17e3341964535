"""Importing a roster: loaded beside the registry, merged in one transaction, or not at all."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, Select, exists, func, insert, or_, select
from sqlalchemy.dialects import sqlite

from kiosk.domain.cards import CardFormat
from kiosk.registry.audit_trails import Event, note
from kiosk.registry.clocks import Clock, day_of
from kiosk.registry.merges import Merged, incoming, left_out, merge, temporary
from kiosk.registry.rejections import forget_rejections, rejected_path, write_rejections
from kiosk.registry.rosters import BadRow, Roster, RosterRow
from kiosk.registry.tables import people

LINES_NAMED = 10
# A repeated person, card or CPF makes no row; only where one is missing is it asked which.
_LOAD = sqlite.insert(incoming).on_conflict_do_nothing()
_KEYS = ("person_id", "card_number", "cpf")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Line numbers point into the file; a few stand for all.

    Attributes:
        rows: Lines after the header that were not empty.
        rejected: Lines left out.
        rejected_file: Where they were written; None where there were none.
        added: People the registry did not know.
        changed: People of whom something changed.
        absent: People the registry knows and the file does not mention.
        collisions: People whose card number is another person's CPF.
        shared_addresses: E-mails that more than one person has.
        emails_left_out: Rows whose e-mail cannot be an address; the person came in without it.
    """

    rows: int
    rejected: int
    rejected_file: Path | None
    added: int
    changed: int
    absent: int
    collisions: int
    collision_lines: tuple[int, ...]
    shared_addresses: int
    shared_lines: tuple[int, ...]
    emails_left_out: int
    email_lines: tuple[int, ...]


def import_roster(
    engine: Engine, path: Path, *, card_format: CardFormat, clock: Clock, chunk: int = 5_000
) -> ImportReport:
    """Import a roster file.

    Args:
        engine: The registry's database.
        path: The file.
        card_format: How this plan's cards look.
        clock: The registry's time.
        chunk: Rows held in memory at once.

    Raises:
        Complaint: The file cannot be read or has another header, or the rejected lines cannot be
            written; nothing was imported.
    """
    roster = Roster(path, card_format, day_of(clock()))
    with engine.connect() as connection:
        # The load writes temporary tables alone, so it must not keep writers out meanwhile.
        connection.execution_options(only_reads=True)
        try:
            with connection.begin():
                temporary.create_all(connection)
                load = _Load(connection, chunk)
                load.fill(roster.rows())
            connection.execution_options(only_reads=False)
            with connection.begin():
                merged = merge(connection, clock())
                report = _report(connection, load, merged, rejected_path(path))
                if report.rejected_file is None:
                    forget_rejections(rejected_path(path))
                else:
                    write_rejections(report.rejected_file, roster, _rejected(connection))
                    # The file has people's data in clear.
                    written = Event(
                        clock(), "rejections_written", detail=f"lines={report.rejected}"
                    )
                    note(connection, written)
        finally:
            # Temporary tables live as long as the connection, which goes back to the pool.
            connection.invalidate()
    return report


class _Load:
    """Fills the temporary tables, in chunks, so that memory does not grow with the file."""

    def __init__(self, connection: Connection, chunk: int) -> None:
        self._chunk = chunk
        self._connection = connection
        # Bulk goes straight to the driver, in the order of the table's columns.
        self._load = str(_LOAD.compile(dialect=connection.dialect))
        self.rows = 0
        self.emails_left_out = 0
        self.email_lines: list[int] = []

    def fill(self, rows: Iterator[RosterRow | BadRow]) -> None:
        while chunk := list(islice(rows, self._chunk)):
            self.rows += len(chunk)
            self._leave_out([row for row in chunk if isinstance(row, BadRow)])
            self._take([row for row in chunk if isinstance(row, RosterRow)])

    def _take(self, rows: list[RosterRow]) -> None:
        if not rows:
            return
        refs = os.urandom(16 * len(rows)).hex()
        values = [
            (*row[:-1], refs[start : start + 32])
            for row, start in zip(rows, range(0, len(refs), 32), strict=True)
        ]
        for row in rows:
            if row.email_left_out:
                self.emails_left_out += 1
                self.email_lines.append(row.line)
        del self.email_lines[LINES_NAMED:]
        if self._connection.exec_driver_sql(self._load, values).rowcount != len(rows):
            self._leave_out(self._repeated(rows))

    def _repeated(self, rows: list[RosterRow]) -> list[BadRow]:
        """Return those of a chunk that name a person, card or CPF of an earlier row."""
        between = incoming.c.line.between(rows[0].line, rows[-1].line)
        taken = set(self._connection.execute(select(incoming.c.line).where(between)).scalars())
        return [self._repetition(row) for row in rows if row.line not in taken]

    def _repetition(self, row: RosterRow) -> BadRow:
        same = {name: incoming.c[name] == getattr(row, name) for name in _KEYS}
        first = self._connection.execute(
            select(incoming.c.line, *(same[name].label(f"same_{name}") for name in _KEYS))
            .where(or_(*same.values()))
            .order_by(incoming.c.line)
            .limit(1)
        ).one()
        name = next(name for name in _KEYS if getattr(first, f"same_{name}"))
        return BadRow(row.line, f"{name} repetido: já está na linha {first.line}", row.person_id)

    def _leave_out(self, rows: list[BadRow]) -> None:
        if rows:
            values = [
                {"line": row.line, "person_id": row.person_id, "reason": row.reason} for row in rows
            ]
            self._connection.execute(insert(left_out), values)


def _report(connection: Connection, load: _Load, merged: Merged, path: Path) -> ImportReport:
    rejected = _count(connection, select(left_out.c.line))
    is_mentioned = or_(
        exists().where(incoming.c.person_id == people.c.person_id),
        exists().where(left_out.c.person_id == people.c.person_id),
    )
    other = people.alias()
    collides = exists().where(
        other.c.cpf == people.c.card_number, other.c.person_id != people.c.person_id
    )
    shared = (
        select(people.c.email_key)
        .where(people.c.email_key.is_not(None))
        .group_by(people.c.email_key)
        .having(func.count() > 1)
    )
    return ImportReport(
        rows=load.rows,
        rejected=rejected,
        rejected_file=path if rejected else None,
        added=merged.added,
        changed=merged.changed,
        absent=_count(connection, select(people.c.person_id).where(~is_mentioned)),
        collisions=_count(connection, select(people.c.person_id).where(collides)),
        collision_lines=_lines(connection, collides),
        shared_addresses=_count(connection, shared),
        shared_lines=_lines(connection, people.c.email_key.in_(shared)),
        emails_left_out=load.emails_left_out,
        email_lines=tuple(load.email_lines),
    )


def _count(connection: Connection, rows: Select[tuple[str]] | Select[tuple[int]]) -> int:
    count: int = connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
    return count


def _lines(connection: Connection, where: ColumnElement[bool]) -> tuple[int, ...]:
    rows = connection.execute(
        select(incoming.c.line)
        .join(people, people.c.person_id == incoming.c.person_id)
        .where(where)
        .order_by(incoming.c.line)
        .limit(LINES_NAMED)
    )
    return tuple(rows.scalars())


def _rejected(connection: Connection) -> Iterator[tuple[int, str]]:
    rows = connection.execute(select(left_out.c.line, left_out.c.reason).order_by(left_out.c.line))
    for row in rows:
        yield row.line, row.reason
