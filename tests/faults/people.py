"""The invented people of a soak, and what they type."""

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from kiosk.domain.forms import RegistrationForm, ResetForm
from kiosk.domain.operations import OperationKind
from kiosk.registry.samples import write_sample

_SHARE_OF_REGISTRATIONS = 0.35
_SHARE_BY_EMAIL = 0.2
_SHARE_OF_MISTAKES = 0.05


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who comes to a desk or kiosk."""

    person_id: str
    card: str = field(repr=False)
    cpf: str | None = field(repr=False)
    birth_date: date = field(repr=False)
    email: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Act:
    """One action, as it is typed.

    Attributes:
        is_true: The data are the person's own.
    """

    actor: Actor
    kind: OperationKind
    is_true: bool
    form: RegistrationForm | ResetForm = field(repr=False)


def write_people(path: Path, people: int, seed: int) -> None:
    """Write a roster of invented people."""
    write_sample(path, people, seed)


def read_people(path: Path) -> list[Actor]:
    """Read a roster."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Actor(
                row["person_id"],
                row["card_number"],
                row["cpf"] or None,
                date.fromisoformat(row["birth_date"]),
                row["email"] or None,
            )
            for row in csv.DictReader(file)
        ]


def draw_act(people: list[Actor], random: Random) -> Act:
    """Draw who comes next, and what for."""
    actor = random.choice(people)
    is_true = random.random() >= _SHARE_OF_MISTAKES
    born = actor.birth_date if is_true else _another_year(actor.birth_date)
    typed = born.strftime("%d/%m/%Y")
    password = f"vaga-lume {random.getrandbits(64):016x}"
    if actor.cpf is None or random.random() < _SHARE_OF_REGISTRATIONS:
        register = RegistrationForm(
            actor.card, actor.cpf or "", actor.cpf is None, typed, password, password
        )
        return Act(actor, OperationKind.REGISTER, is_true, register)
    by_email = actor.email is not None and random.random() < _SHARE_BY_EMAIL
    named = actor.email if by_email and actor.email is not None else actor.card
    reset = ResetForm(named, actor.cpf, typed, password, password)
    return Act(actor, OperationKind.RESET, is_true, reset)


def _another_year(born: date) -> date:
    return date(born.year - 1, born.month, min(born.day, 28))
