"""What a new password must be: long enough, and not what everybody or a neighbour would try first.

Length is counted in code points after NFC; nothing is truncated and no mixture of kinds of
characters is demanded (NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0 6.2.1 to 6.2.9).
"""

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.domain.password_patterns import count_pieces, is_made_of_runs, is_repetition
from kiosk.domain.password_spellings import fold, letters_of, spellings, without_look_alikes

MAX_LENGTH = 1024
# Normalising takes time that grows with the square of a hostile text, so it is bounded before. The
# longest password may have been typed decomposed, in several code points a character.
_LONGEST_TYPED = 4 * MAX_LENGTH
DEFAULT_MIN_LENGTH = 8
_SHORTEST_TELLING_PIECE = 4
_MOST_DIGITS_BEHIND = 4
# Below that, the marks that were left out are the password.
_SHORTEST_SHAPE = 6
_LETTERS = re.compile(r"[^\W\d_]+")
PLAN_WORDS = (
    "08008889504",
    "serpro",
    "saude",
    "plano",
    "convenio",
    "cartao",
    "carteirinha",
    "beneficiario",
    "beneficiaria",
    "titular",
    "dependente",
    "cadastro",
    "balcao",
    "quiosque",
    "acesso",
    "senha",
)
"""Folded."""
_MONTHS = (
    "janeiro",
    "fevereiro",
    "marco",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
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
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    COMMON = "common"


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
    password: str,
    own: OwnData = OwnData(),
    min_length: int = DEFAULT_MIN_LENGTH,
    common: Container[str] = frozenset(),
) -> PasswordProblem | None:
    """Return the first reason to refuse a new password, or None.

    Args:
        password: As typed.
        own: What the person typed beside it, and their names where they are known.
        min_length: Fewest code points after NFC.
        common: Words that everybody uses, folded.
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
    return _guessable(text, own, common)


def own_words(own: OwnData) -> tuple[str, ...]:
    """Return all spellings of a person's data that a neighbour would try, folded."""
    return tuple(word for _, words in _own_pieces(own) for word in words)


def _guessable(text: str, own: OwnData, common: Container[str]) -> PasswordProblem | None:
    forms = (fold(text), *without_look_alikes(text))
    pieces = [*_own_pieces(own), (PasswordProblem.PLAN_WORDS, PLAN_WORDS)]
    for problem, words in pieces:
        if any(_is_made_of(form, words) for form in forms):
            return problem
    everything = tuple(word for _, words in pieces for word in words)
    for form in forms:
        if _is_made_of(form, everything):
            return next(problem for problem, words in pieces if _without(form, words) != form)
    shapes = {text.casefold(), *(form for form in forms[:1] if len(form) >= _SHORTEST_SHAPE)}
    if any(is_repetition(shape) for shape in shapes):
        return PasswordProblem.REPEATED
    if any(is_made_of_runs(shape) for shape in shapes):
        return PasswordProblem.SEQUENCE
    return PasswordProblem.COMMON if any(one in common for one in spellings(text)) else None


def _own_pieces(own: OwnData) -> Iterable[tuple[PasswordProblem, tuple[str, ...]]]:
    local = (own.email or "").partition("@")[0]
    names = tuple(part for name in own.names for part in (name, *name.split()))
    for problem, pieces in (
        (PasswordProblem.OWN_CARD, (own.card_number or "",)),
        (PasswordProblem.OWN_CPF, (own.cpf or "",)),
        (PasswordProblem.OWN_BIRTH_DATE, _date_spellings(own.birth_date)),
        (PasswordProblem.OWN_EMAIL, (own.email or "", local, *_LETTERS.findall(local))),
        (PasswordProblem.OWN_NAME, names),
    ):
        folded = dict.fromkeys(letters_of(piece) for piece in pieces)
        telling = (piece for piece in folded if len(piece) >= _SHORTEST_TELLING_PIECE)
        yield problem, tuple(sorted(telling, key=len, reverse=True))


def _date_spellings(born: date | None) -> tuple[str, ...]:
    if born is None:
        return ()
    day, month, year = str(born.day), _MONTHS[born.month - 1], str(born.year)
    numbers = (
        *(born.strftime(form) for form in ("%d%m%Y", "%Y%m%d", "%m%d%Y", "%d%m%y", "%y%m%d")),
        *(born.strftime(form) for form in ("%m%Y", "%Y%m")),
        f"{day}{born.month}{year}",
    )
    words = (
        before + name + after
        for name in (month, month[:3])
        for before, after in (
            (f"{day}de", f"de{year}"),
            (day, year),
            (day, year[2:]),
            (f"{day}de", ""),
            (day, ""),
            ("", year),
        )
    )
    return (*numbers, *words)


def _is_made_of(folded: str, words: tuple[str, ...]) -> bool:
    """Tell whether some words are all there is to a password but a few characters."""
    if len(folded) >= _SHORTEST_TELLING_PIECE and any(
        folded in known or folded in known[::-1] for known in words
    ):
        return True
    rest = _without(folded, words)
    if rest == folded:
        return False
    bare = rest.rstrip("0123456789")
    few = len(rest) - len(bare) <= _MOST_DIGITS_BEHIND
    return len(bare if few else rest) < _SHORTEST_TELLING_PIECE or count_pieces(rest) == 1


def _without(folded: str, words: tuple[str, ...]) -> str:
    rest = folded
    for word in words:
        rest = rest.replace(word, "").replace(word[::-1], "")
    return rest
