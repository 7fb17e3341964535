"""Finding a person by card among many, as the sign-in does, beside raw ``sqlite3``."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from kiosk.database.engines import open_sqlite, reading
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.registry.people import find
from tests.bench.comparisons import Comparison, alternate

LOOKUP_AIM = 2.5
K = TypeVar("K")
_ROW = (
    "SELECT person_id, card_number, birth_date, full_name, holder_id, cpf, social_name, email,"
    " {shared}status, origin, credential_changed_at, credential_changed_by, email_changed_at,"
    " email_changed_by, ref, password_hash FROM people WHERE card_number = ?"
)
_STORED = _ROW.format(shared="")
# The same with the one column that is worked out: whether somebody else has the e-mail, too.
_ANSWERED = _ROW.format(
    shared="EXISTS (SELECT 1 FROM people AS other WHERE other.email_key = people.email_key"
    " AND other.person_id != people.person_id), "
)


def measure(database: Path, rounds: int, each: int) -> list[Comparison]:
    """Look up people drawn by lot, the same ones each way, in a file that is warm.

    Args:
        database: A registry with people in it.
        rounds: How often each way has its turn.
        each: Look-ups in each turn.
    """
    engine = open_sqlite(database)
    try:
        with (
            reading(engine).connect() as connection,
            closing(sqlite3.connect(database)) as raw,
        ):
            raw.execute("PRAGMA cache_size=-65536")
            cards = _draw(raw, rounds * each)
            identifiers = [Identifier(IdentifierKind.CARD, card) for card in cards]

            def ours() -> Callable[[], float]:
                turn = iter(range(0, len(cards), each))

                def measured() -> float:
                    start = next(turn)
                    chosen = identifiers[start : start + each]
                    return _microseconds(chosen, lambda one: len(find(connection, one)))

                return measured

            def bare(statement: str) -> Callable[[], float]:
                turn = iter(range(0, len(cards), each))

                def measured() -> float:
                    start = next(turn)
                    chosen = cards[start : start + each]
                    return _microseconds(
                        chosen, lambda one: len(raw.execute(statement, (one,)).fetchall())
                    )

                return measured

            for warm_up in (bare(_ANSWERED), ours()):
                for _ in range(rounds):
                    warm_up()
            answered = alternate(ours(), bare(_ANSWERED), rounds)
            stored = alternate(ours(), bare(_STORED), rounds)
    finally:
        engine.dispose()
    name = "Busca pelo cartão no cadastro (people.find)"
    return [
        Comparison(name, "a mesma linha e as mesmas colunas, sqlite3", "µs", *answered, LOOKUP_AIM),
        Comparison(name, "sem a coluna do e-mail repetido, sqlite3", "µs", *stored, LOOKUP_AIM),
    ]


def _draw(connection: sqlite3.Connection, count: int) -> list[str]:
    (last,) = connection.execute("SELECT max(rowid) FROM people").fetchone()
    rng = random.Random(1)
    drawn = (rng.randint(1, last) for _ in range(count))
    found = (
        connection.execute("SELECT card_number FROM people WHERE rowid = ?", (rowid,)).fetchone()
        for rowid in drawn
    )
    return [row[0] for row in found]


def _microseconds(keys: list[K], look_up: Callable[[K], int]) -> float:
    begun = perf_counter()
    found = sum(look_up(key) for key in keys)
    taken = perf_counter() - begun
    assert found == len(keys)
    return taken / len(keys) * 1_000_000
