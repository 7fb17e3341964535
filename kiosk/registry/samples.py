"""Sample rosters: invented people like those of a plan, the same for the same seed.

Every sample begins with the people of ``demonstrations``. The others live in households; their
passwords are the documented ones of their origin, with one hash for each password, because making a
hash for each person would take days.
"""

import csv
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

from kiosk.complaints import Complaint
from kiosk.domain import cpfs
from kiosk.domain.names import search_key
from kiosk.domain.people import MembershipStatus, Origin
from kiosk.registry.demonstrations import (
    HASHES,
    PASSWORDS_BY_ORIGIN,
    DemoPerson,
    Journey,
    demo_people,
)
from kiosk.registry.rosters import HEADER

__all__ = ["DemoPerson", "Journey", "demo_people", "sample_rows", "write_sample"]

# Ages are counted from a fixed day, so that the same seed gives the same file on any day.
_COUNTED_FROM = date(2025, 1, 1)
_DAYS_A_YEAR = 365.25
_CPF_BASES = 10**9
# Coprime with the number of bases: stepping by it visits each once before it repeats.
_CPF_STEP = 387_420_489
_RESERVED_BASES = range(100_000_000, 100_010_000)
_GIVEN = (
    "Ana", "Antônio", "Aparecida", "Benedito", "Caetano", "Cecília", "Célia", "César", "Cícero",
    "Conceição", "Débora", "Edna", "Elói", "Érica", "Fátima", "Flávio", "Francisca", "Gérson",
    "Glória", "Heloísa", "Inês", "Íris", "Jéssica", "João", "José", "Júlia", "Lídia", "Lúcio",
    "Luís", "Luíza", "Márcia", "Maria", "Mário", "Mônica", "Nair", "Natália", "Otília", "Patrícia",
    "Raimunda", "Régis", "Rômulo", "Sônia", "Tainá", "Tomás", "Valéria", "Vinícius", "Zélia", "Zoé",
)  # fmt: skip
_SURNAMES = (
    "Abrão", "Almeida", "Alcântara", "Araújo", "Assunção", "Barbosa", "Brandão", "Camargo",
    "Conceição", "D'Ávila", "D'Almeida", "da Silva", "de Sá", "dos Santos", "Esteves", "Falcão",
    "Ferrão", "Galvão", "Gonçalves", "Guimarães", "Hermínio", "Ibáñez", "Jordão", "Leão", "Lobão",
    "Magalhães", "Müller", "Muñoz", "Nóbrega", "Oliveira", "Paixão", "Queiroz", "Rebouças", "Rêgo",
    "Sant'Anna", "Simões", "Tanaka", "Teixeira", "Uchôa", "Varjão", "Vilaça", "Xavier", "Zanoni",
)  # fmt: skip
_ORIGINS = (Origin.NONE, Origin.LEGACY_APP, Origin.PORTAL, Origin.APP_2024)
_ADULT_SHARES = (30, 15, 30, 25)


@dataclass(frozen=True, slots=True)
class _Household:
    number: int
    holder_id: str
    surname: str
    email: str


def write_sample(path: Path, people: int, seed: int) -> None:
    """Write a sample roster.

    Args:
        path: The file; an older one is replaced.
        people: How many, at least one.
        seed: The same seed gives the same bytes.

    Raises:
        Complaint: The number is none, or the file cannot be written.
    """
    if people < 1:
        raise Complaint("O número de pessoas da amostra começa em 1: use --people N.", 2)
    if not path.name:
        raise Complaint("Diga em que arquivo gravar a amostra, por exemplo: amostra.csv", 2)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            _write(file, people, seed)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Complaint(
            f"A amostra não pôde ser gravada em {path}. Verifique a pasta e as permissões."
        ) from None


def sample_rows(people: int, seed: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a sample roster, in the order of its header."""
    demo = demo_people()
    for person in demo[:people]:
        yield _demo_row(person)
    generated = _generate(random.Random(seed))  # noqa: S311 - invented people, no secrets
    for _, row in zip(range(people - len(demo)), generated, strict=False):
        yield row


def _write(file: TextIO, people: int, seed: int) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(sample_rows(people, seed))


def _demo_row(person: DemoPerson) -> tuple[str, ...]:
    return (
        person.person_id,
        person.holder_id or "",
        person.card_number,
        person.cpf or "",
        person.birth_date.isoformat(),
        person.full_name,
        person.social_name or "",
        person.email or "",
        person.status,
        person.origin,
        person.password_hash or "",
    )


def _generate(rng: random.Random) -> Iterator[tuple[str, ...]]:
    numbers = _cpf_numbers(rng)
    household_number = 0
    while True:
        household_number += 1
        surname = rng.choice(_SURNAMES)
        given = rng.choice(_GIVEN)
        household = _Household(
            number=household_number,
            holder_id=f"P{household_number:08d}00",
            surname=surname,
            email=f"{_local(given)}.{_local(surname)}.{household_number}@exemplo.com.br",
        )
        yield _row(rng, household, 0, given, rng.uniform(22, 95), numbers)
        for place in range(1, 1 + rng.choice((0, 0, 1, 1, 2, 2, 3, 4))):
            age = rng.uniform(0.1, 24) if place > 1 else rng.uniform(0.1, 90)
            yield _row(rng, household, place, rng.choice(_GIVEN), age, numbers)


def _row(
    rng: random.Random,
    household: _Household,
    place: int,
    given: str,
    age: float,
    numbers: Iterator[str],
) -> tuple[str, ...]:
    is_child = age < 18
    has_cpf = not is_child or rng.random() < 0.6
    origin = Origin.NONE if is_child else rng.choices(_ORIGINS, _ADULT_SHARES)[0]
    passwords = PASSWORDS_BY_ORIGIN[origin]
    middle = f" {rng.choice(_GIVEN)}" if rng.random() < 0.4 else ""
    social_name = f"{rng.choice(_GIVEN)} {household.surname}" if rng.random() < 0.01 else ""
    status = MembershipStatus.CANCELLED if rng.random() < 0.03 else MembershipStatus.ACTIVE
    return (
        f"P{household.number:08d}{place:02d}",
        household.holder_id if place else "",
        f"0077{household.number:08d}{place:02d}",
        next(numbers) if has_cpf else "",
        (_COUNTED_FROM - timedelta(days=age * _DAYS_A_YEAR)).isoformat(),
        f"{given}{middle} {household.surname}",
        social_name,
        _email(rng, household, place, given, is_child=is_child),
        status,
        origin,
        HASHES[rng.choice(passwords)] if passwords else "",
    )


def _email(
    rng: random.Random, household: _Household, place: int, given: str, *, is_child: bool
) -> str:
    drawn = rng.random()
    if place == 0:
        return household.email if drawn < 0.85 else ""
    # Families write down one address for all of them.
    if drawn < 0.2:
        return household.email
    if is_child or drawn > 0.75:
        return ""
    return f"{_local(given)}.{household.number}.{place}@exemplo.com.br"


def _local(name: str) -> str:
    return search_key(name).replace(" ", "")


def _cpf_numbers(rng: random.Random) -> Iterator[str]:
    base = rng.randrange(_CPF_BASES)
    while True:
        base = (base + _CPF_STEP) % _CPF_BASES
        digits = f"{base:09d}"
        number = digits + cpfs.check_digits(digits)
        if base not in _RESERVED_BASES and cpfs.is_valid(number):
            yield number
