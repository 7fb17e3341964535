"""What a new password must be: long enough, not the person's own data, not the plan's words.

Length is counted in code points after NFC; nothing is truncated and no mixture of kinds of
characters is demanded (NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0 6.2.1 to 6.2.9).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

MAX_LENGTH = 1024
# Normalising takes time that grows with the square of a hostile text, so it is bounded before. The
# longest password may have been typed decomposed, in several code points a character.
_LONGEST_TYPED = 4 * MAX_LENGTH
DEFAULT_MIN_LENGTH = 8
_SHORTEST_TELLING_PIECE = 4
_PLAN_WORDS = (
    "08008889504",
    "passerpro",
    "passaude",
    "serpro",
    "saude",
    "plano",
    "cartao",
    "carteirinha",
    "beneficiario",
    "quiosque",
    "senha",
)


class PasswordProblem(StrEnum):
    """Why a password is refused, so that the refusal can say it."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNWRITABLE = "unwritable"
    OWN_CARD = "own_card"
    OWN_CPF = "own_cpf"
    OWN_BIRTH_DATE = "own_birth_date"
    OWN_EMAIL = "own_email"
    OWN_NAME = "own_name"
    PLAN_WORDS = "plan_words"


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the device knows of the person whose password it is; any part may be unknown."""

    card_number: str | None = field(default=None, repr=False)
    cpf: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)


def normalise(password: str) -> str:
    """Return the form that is counted and hashed, so that two keyboards give one password."""
    return unicodedata.normalize("NFC", password)


def is_too_long(password: str) -> bool:
    """Tell whether a typed password is longer than any that is taken, without taking long."""
    return len(password) > _LONGEST_TYPED or len(normalise(password)) > MAX_LENGTH


def is_writable(password: str) -> bool:
    """Tell whether a text can be hashed at all: a lone surrogate has no UTF-8 form."""
    return not any("\ud800" <= character <= "\udfff" for character in password)


def check(
    password: str, own: OwnData = OwnData(), min_length: int = DEFAULT_MIN_LENGTH
) -> PasswordProblem | None:
    """Return the first reason to refuse a new password, or None.

    Args:
        password: As typed.
        own: What the person typed beside it, and their names where they are known.
        min_length: Fewest code points after NFC.
    """
    if not password:
        return PasswordProblem.EMPTY
    if not is_writable(password):
        return PasswordProblem.UNWRITABLE
    if is_too_long(password):
        return PasswordProblem.TOO_LONG
    text = normalise(password)
    if len(text) < min_length:
        return PasswordProblem.TOO_SHORT
    folded = _fold(text)
    for problem, pieces in _own_pieces(own):
        if any(_is_made_of(folded, piece) for piece in pieces):
            return problem
    return PasswordProblem.PLAN_WORDS if _is_made_of_plan_words(folded) else None


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _own_pieces(own: OwnData) -> Iterable[tuple[PasswordProblem, tuple[str, ...]]]:
    yield PasswordProblem.OWN_CARD, (own.card_number or "",)
    yield PasswordProblem.OWN_CPF, (own.cpf or "",)
    if own.birth_date is not None:
        yield (
            PasswordProblem.OWN_BIRTH_DATE,
            tuple(own.birth_date.strftime(form) for form in ("%d%m%Y", "%Y%m%d", "%d%m%y")),
        )
    local = (own.email or "").partition("@")[0]
    yield PasswordProblem.OWN_EMAIL, (local, own.email or "")
    yield (
        PasswordProblem.OWN_NAME,
        tuple(part for name in own.names for part in (name, *name.split())),
    )


def _is_made_of(folded: str, piece: str) -> bool:
    """Tell whether a piece of own data is all there is to a password but a few characters."""
    known = _fold(piece)
    if len(known) < _SHORTEST_TELLING_PIECE:
        return False
    rest = folded.replace(known, "").replace(known[::-1], "")
    return len(rest) < len(folded) and len(rest) < _SHORTEST_TELLING_PIECE


def _is_made_of_plan_words(folded: str) -> bool:
    rest = folded
    for word in _PLAN_WORDS:
        rest = rest.replace(word, "")
    if rest == folded:
        return False
    return len(re.sub(r"[0-9]{0,4}$", "", rest)) < _SHORTEST_TELLING_PIECE
