"""Measures everything, in one run: ``python -m tests.bench.run``."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import (
    accepted_actions,
    answer_times,
    backlogs,
    copies,
    drains,
    encrypted_stores,
    first_paints,
    kiosk_digests,
    loaded_desks,
    lookups,
    machines,
    password_checks,
    people_imports,
    pouchdbs,
    queue_cycles,
    reports,
    silences,
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        paints: Starts of each window.
        starts: Starts of the kiosk that are listened to.
        journeys: Times that each journey is gone through.
        action_rounds: Turns of each way to record an action.
        actions: Actions in each turn.
        people: In the registry, for the look-up.
        small: People in the roster that is imported several times.
        imports: How often that one is.
        lookup_rounds: Turns of each way to look up.
        lookups: Look-ups in each turn.
        waiting: Operations in the long queue before which an action is accepted.
        cycle_rounds: Turns of each queue.
        cycles: Cycles in each turn.
        backlog: Operations in each queue that is not empty.
        counted: Cycles whose waits for the disk are counted.
        drained: Operations that are delivered.
        drains: How often they are.
        password_rounds: How often each thing that is done with a password is timed.
        passwords: Passwords in each round.
        replaced: How often a copy is replaced by a snapshot.
        answers: Answers of each kind, with the floor of a sign-in.
        bare_answers: Answers of each kind, without it.
        digested: People of whom digests are made.
        checks: How often a claim of each kind is checked at a kiosk.
        fetches: Whether peers are fetched from the network where they are missing.
    """

    paints: int = 25
    starts: int = 5
    journeys: int = 3
    action_rounds: int = 30
    actions: int = 100
    people: int = 1_000_000
    small: int = 100_000
    imports: int = 3
    lookup_rounds: int = 20
    lookups: int = 500
    waiting: int = 1_000_000
    cycle_rounds: int = 10
    cycles: int = 100
    backlog: int = 20_000
    counted: int = 1_000
    drained: int = 10_000
    drains: int = 3
    password_rounds: int = 10
    passwords: int = 300
    replaced: int = 3
    answers: int = 20
    bare_answers: int = 60
    digested: int = 10_000
    checks: int = 60
    fetches: bool = True


TINY = Sizes(
    1, 1, 1, 2, 3, 300, 50, 1, 2, 10, 20, 1, 5, 10, 5, 120, 1, 1, 3, 1, 1, 1, 70, 2, fetches=False
)
PEERS = Path(__file__).resolve().parents[2] / "build" / "peers"


def figures(
    sizes: Sizes, folder: Path, peers: Path = PEERS
) -> dict[str, Callable[[], Iterator[str]]]:
    """Return what can be measured, by name; each yields lines in pt-BR while it goes on.

    Args:
        sizes: How much.
        folder: For files that are gone afterwards.
        peers: Where what is fetched from the network stays.
    """

    def paint() -> Iterator[str]:
        yield from reports.lines_of(first_paints.measure(sizes.paints))

    def silence() -> Iterator[str]:
        for bound in silences.measure_start(sizes.starts):
            yield from reports.lines_of(bound)
        for bound in silences.measure_journeys(sizes.journeys):
            yield from reports.lines_of(bound)
        yield from reports.lines_of(silences.measure_drain(sizes.journeys, sizes.drained))

    def action() -> Iterator[str]:
        where = folder / "actions"
        where.mkdir()
        for figure in accepted_actions.measure(where, sizes.action_rounds, sizes.actions):
            yield from reports.lines_of(figure)

    def cipher() -> Iterator[str]:
        where = folder / "cipher"
        where.mkdir()
        for figure in encrypted_stores.measure(where, sizes.action_rounds, sizes.actions):
            yield from reports.lines_of(figure)

    def lookup() -> Iterator[str]:
        where = folder / "people"
        where.mkdir()
        roster = where / "amostra.csv"
        for size, rounds in ((sizes.small, sizes.imports), (sizes.people, 1)):
            rate = people_imports.sample_rate(roster, size)
            yield reports.rate_line(f"Amostra de {size} pessoas escrita", rate)
            yield from reports.lines_of(people_imports.measure(where, roster, size, rounds))
        database = people_imports.database_in(where)
        for figure in lookups.measure(database, sizes.lookup_rounds, sizes.lookups):
            yield from reports.lines_of(figure)

    def backlog() -> Iterator[str]:
        where = folder / "backlog"
        where.mkdir()
        figure = backlogs.measure(where, sizes.waiting, sizes.action_rounds, sizes.actions)
        yield from reports.lines_of(figure)

    def queue() -> Iterator[str]:
        for waiting in (0, sizes.backlog):
            where = folder / f"queue-{waiting}"
            for figure in queue_cycles.measure(where, waiting, sizes.cycle_rounds, sizes.cycles):
                yield from reports.lines_of(figure)
            yield queue_cycles.fsync_line(where, waiting, sizes.counted)

    def delivery() -> Iterator[str]:
        desk = folder / "desk"
        loaded_desks.prepare(desk, sizes.drained)
        lines = drains.said(desk)
        for compared in drains.measure(desk, lines, sizes.drains):
            yield from reports.lines_of(compared)
        try:
            peer = pouchdbs.PouchDB(peers / "pouchdb", fetch=sizes.fetches)
        except pouchdbs.NotHere as why:
            yield f"PouchDB fica de fora: {why}"
        else:
            yield from reports.lines_of(drains.measure_pouchdb(desk, lines, sizes.drains, peer))

    def snapshot() -> Iterator[str]:
        where = folder / "snapshot"
        where.mkdir()
        roster = where / "amostra.csv"
        people_imports.sample_rate(roster, sizes.people)
        people_imports.imported(where / "registry", roster)
        measured = copies.Copies(where, sizes.people)
        yield reports.rate_line("Retrato feito e entregue pelo cadastro", measured.making_rate())
        rates, grown = measured.rates(sizes.replaced)
        yield from reports.lines_of(rates)
        yield reports.spread_line("Memória a mais no aparelho enquanto isso", grown, "MiB")
        yield from reports.lines_of(measured.silence(sizes.replaced))

    def password() -> Iterator[str]:
        yield from password_checks.measure(sizes.password_rounds, sizes.passwords)

    def answers() -> Iterator[str]:
        where = folder / "answers"
        where.mkdir()
        yield from answer_times.measure(where, sizes.answers, sizes.bare_answers)

    def digests() -> Iterator[str]:
        where = folder / "digests"
        where.mkdir()
        yield from kiosk_digests.measure(where, sizes.digested, sizes.checks)

    return {
        "pintura": paint,
        "silencio": silence,
        "acao": action,
        "cifra": cipher,
        "espera": backlog,
        "fila": queue,
        "entrega": delivery,
        "busca": lookup,
        "retrato": snapshot,
        "senha": password,
        "respostas": answers,
        "digestos": digests,
    }


def main(words: list[str]) -> int:
    """Measure what is named, or everything; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description="Mede e mostra as razões.")
    names = " ".join(figures(TINY, Path()))
    parser.add_argument("nomes", nargs="*", metavar="NOME", help=names)
    parser.add_argument("--minimo", action="store_true", help="tamanhos mínimos, só para ver rodar")
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        known = figures(TINY if said.minimo else Sizes(), Path(folder))
        wanted = said.nomes or list(known)
        unknown = [name for name in wanted if name not in known]
        if unknown:
            parser.error(f"não conheço {', '.join(unknown)}; há: {', '.join(known)}")
        _print("Mediana (menor a maior) de uma só execução; cada medida alternada com a sua base.")
        _print(f"Máquina: {machines.words()}; {machines.load()}")
        for name in wanted:
            _print("")
            for line in known[name]():
                _print(line)
        _print("")
        _print(f"No fim: {machines.load()}")
    return 0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
