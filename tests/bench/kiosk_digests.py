"""What the sieve of a kiosk costs: at the registry, on the line, and where somebody waits."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time, thread_time

from sqlalchemy import Engine

from kiosk.database.keys import StoreKey
from kiosk.domain.cards import CardFormat
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.registry.clocks import system_clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.databases import default_url, opened_database
from kiosk.registry.digests import Digests, digest_key
from kiosk.registry.imports import import_roster
from kiosk.registry.keys import load_keys
from kiosk.registry.samples import sample_rows, write_sample
from kiosk.registry.snapshots import Snapshots, folder_beside
from kiosk.services.identity_checks import check_identity
from kiosk.store.account_copies import AccountCopy
from kiosk.store.copy_loads import CopyLoad
from kiosk.wire.identity_digests import card_digest, verifier
from kiosk.wire.messages import DIGESTS, DigestKey, SnapshotResponse
from tests.bench.comparisons import Spread
from tests.bench.reports import spread_line

_MANY = 1_000_000
_SEED = 5
_PATIENCE = 600.0


class _Device:
    """As much of a running device as the check asks for."""

    is_kiosk = True

    def __init__(self, copy: AccountCopy) -> None:
        self.copy = copy


def measure(folder: Path, people: int, rounds: int) -> Iterator[str]:
    """Yield a line for each cost.

    Args:
        folder: For files that are gone afterwards.
        people: At the registry.
        rounds: How often each thing is timed.
    """
    roster = folder / "amostra.csv"
    write_sample(roster, people, _SEED)
    (folder / "registry").mkdir()
    with opened_database(default_url(folder / "registry")) as engine:
        import_roster(engine, roster, card_format=CardFormat(), clock=system_clock)
        key = digest_key(load_keys(engine))
        who = _claim(next(sample_rows(people, _SEED)))
        card = who.identifier.value
        slow = _each(rounds, 1, lambda: verifier(key, card, who.cpf, who.birth_date))
        yield spread_line("Verificador de uma pessoa", slow, "ms")
        busy = _each(
            rounds, 1, lambda: verifier(key, card, who.cpf, who.birth_date), clock=thread_time
        )
        yield spread_line("Verificador de uma pessoa, só o processador", busy, "ms")
        fast = _each(rounds, 1000, lambda: card_digest(key, card))
        yield spread_line("Digesto de um cartão", replace_unit(fast), "µs")
        yield from _fill(engine, key, people)
        facts = _snapshot(engine)
        source = folder_beside(Path(str(engine.url.database)), DIGESTS) / f"{facts.id}.ndjson"
        yield f"Retrato: {facts.size / facts.count:.1f} bytes por cartão".replace(".", ",")
        copy = _copy(folder / "device", source, facts, key)
    yield from _checks(copy, who, rounds)
    copy.close()


def replace_unit(spread: Spread) -> Spread:
    """Return milliseconds as microseconds."""
    return replace(spread, values=tuple(one * 1000 for one in spread.values))


def _fill(engine: Engine, key: DigestKey, people: int) -> Iterator[str]:
    cores = os.cpu_count() or 1
    taken: list[float] = []
    with ThreadPoolExecutor(cores) as pool:
        digests = Digests(engine, key, system_clock, pool.map)
        has_more = True
        while has_more:
            # Of all threads: what else the machine does is not in it.
            begun = process_time()
            filled = digests.fill()
            if filled.made:
                taken.append((process_time() - begun) / filled.made * 1000)
            has_more = filled.has_more
    name = f"Processador por pessoa, de {people}, com gravação"
    yield spread_line(name, Spread(tuple(taken)), "ms")
    hours = sum(taken) / len(taken) * _MANY / 1000 / 3600
    yield (
        f"    a esse ritmo um milhão de pessoas leva {hours:.1f} h de um núcleo, "
        f"{hours / cores:.1f} h de {cores} livres"
    ).replace(".", ",")


def _snapshot(engine: Engine) -> SnapshotResponse:
    snapshots = Snapshots(engine, Cursors(b"k" * 32, system_clock), system_clock, DIGESTS)
    snapshots.make()
    return snapshots.ask()


def _copy(folder: Path, source: Path, facts: SnapshotResponse, key: DigestKey) -> AccountCopy:
    folder.mkdir()
    copy = AccountCopy(folder, key=StoreKey.draw())
    load = CopyLoad(source, folder / "loading", facts, copy.key)
    if not load.go_on(_PATIENCE):
        raise RuntimeError("the copy was not loaded in time")
    copy.replace(folder / "loading")
    copy.apply_digests([], key, facts.cursor)
    return copy


def _checks(copy: AccountCopy, who: Claim, rounds: int) -> Iterator[str]:
    device = _Device(copy)
    rng = Random(_SEED)
    claims: dict[str, Callable[[], Claim]] = {
        "cartão conhecido, dados certos": lambda: who,
        "cartão conhecido, outros dados": lambda: replace(
            who, birth_date=who.birth_date + timedelta(days=rng.randint(1, 300))
        ),
        "cartão desconhecido": lambda: replace(
            who, identifier=Identifier(IdentifierKind.CARD, f"9{rng.randrange(10**14):014}")
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in claims}
    worked: dict[str, list[float]] = {name: [] for name in claims}
    for _ in range(rounds):
        for name, make in claims.items():
            claim = make()
            begun, busy = perf_counter(), thread_time()
            check_identity(device, claim)  # type: ignore[arg-type]
            worked[name].append((thread_time() - busy) * 1000)
            taken[name].append((perf_counter() - begun) * 1000)
    for name, values in taken.items():
        yield spread_line(f"Conferência no quiosque, {name}", Spread(tuple(values)), "ms")
        yield spread_line("    só o processador", Spread(tuple(worked[name])), "ms")
    digest = os.urandom(15)
    found = _each(rounds, 200, lambda: copy.verifier_of(digest))
    yield spread_line(f"Busca entre {copy.size()} cartões, cifrados", replace_unit(found), "µs")


def _claim(row: tuple[str, ...]) -> Claim:
    _, _, card, cpf, born, *_ = row
    identifier = Identifier(IdentifierKind.CARD, card)
    return Claim(identifier, cpf or None, date.fromisoformat(born))


def _each(
    rounds: int,
    times: int,
    act: Callable[[], object],
    clock: Callable[[], float] = perf_counter,
) -> Spread:
    taken = []
    for _ in range(rounds):
        begun = clock()
        for _ in range(times):
            act()
        taken.append((clock() - begun) / times * 1000)
    return Spread(tuple(taken))
