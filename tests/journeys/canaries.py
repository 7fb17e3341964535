"""Marked people, and the search for what is theirs in whatever spelling it was left somewhere.

What is found is told by its kind and spelling, never by itself: it stands in no output of a test.
"""

import base64
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import pbkdf2_hmac
from urllib.parse import quote

from kiosk.domain import cpfs
from kiosk.domain.people import Origin
from kiosk.registry.demonstrations import DemoPerson, Journey
from kiosk.registry.rosters import HEADER

NOTE = "volta com a procuração na quinta-feira de tarde"


@dataclass(frozen=True, slots=True)
class Marked:
    """One marked person.

    Attributes:
        person: As the roster and the screens have them.
        new_password: What they choose.
    """

    person: DemoPerson
    new_password: str = field(repr=False)


def _person(
    number: int, name: str, social: str | None, born: date, password: str | None
) -> DemoPerson:
    base = f"{731_904_268 + 1_234_567 * number:09d}"
    return DemoPerson(
        Journey.REGISTER,
        f"CANARY{number}",
        f"{73_190_264_815_507 + 9_876_543_211 * number:014d}",
        base + cpfs.check_digits(base),
        born,
        name,
        Origin.NONE if password is None else Origin.APP_2024,
        social_name=social,
        email=f"canarinho.{number}.{name.split()[1].lower()}@correio-marcado.example",
        password=password,
    )


REGISTERS = Marked(
    _person(1, "Zuleiquinha Xiririquense Açucênia", None, date(1947, 3, 29), None),
    "periquito ruivo na jaqueira nº 1",
)
RESETS = Marked(
    _person(
        2,
        "Wandergleuson Quixabeirão Ijuí",
        "Quitéria Quixabeirão",
        date(1963, 8, 27),
        "tamanduá velho que não dorme",
    ),
    "jabuti ligeiro atrás da serra 22",
)
GIVES_UP = Marked(
    _person(3, "Yolandina Pirapozinho Ñandú", None, date(1976, 5, 26), None),
    "o sagui calado já pulou a cerca 3",
)
WAITS = Marked(
    _person(
        4,
        "Brunhildo Caraguatatubão Étienne",
        None,
        date(1988, 9, 25),
        "lontra mansa lê no igarapé",
    ),
    "coruja sábia & grilo <cantor> 44",
)
EVERYBODY = (REGISTERS, RESETS, GIVES_UP, WAITS)


@dataclass(frozen=True, slots=True)
class Mark:
    """What belongs to a person and stands in nothing else.

    Attributes:
        kind: What it is, in a word.
    """

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Where something was found, and what kind of thing it was."""

    where: str
    kind: str
    spelling: str


def marks() -> Iterator[Mark]:
    """Return everything that is looked for."""
    for one in EVERYBODY:
        person = one.person
        yield Mark("name", person.full_name)
        yield from (Mark("name", part) for part in person.full_name.split()[:2])
        yield Mark("card", person.card_number)
        yield Mark("CPF", person.cpf or "")
        yield Mark("birth date", person.birth_date.isoformat())
        yield Mark("e-mail", person.email or "")
        yield Mark("new password", one.new_password)
        yield Mark("masked CPF", cpfs.mask(person.cpf or ""))
        if person.social_name is not None:
            yield Mark("social name", person.social_name)
        if person.password is not None:
            yield Mark("password", person.password)
    yield Mark("note", NOTE)


def spellings(mark: Mark) -> dict[str, bytes]:
    """Return the ways in which a mark may have been left, by name."""
    texts = dict(_texts(mark))
    found = {name: text.encode() for name, text in texts.items()}
    for name, text in texts.items():
        if name not in ("as it is", "digits", "formatted", "ISO", "dd/mm/yyyy", "ddmmyyyy"):
            continue
        raw = text.encode()
        ways = {
            "UTF-16": text.encode("utf-16-le"),
            "UTF-16 BE": text.encode("utf-16-be"),
            "UTF-32": text.encode("utf-32-le"),
            "hexadecimal": raw.hex().encode(),
            "HEXADECIMAL": raw.hex().upper().encode(),
            "JSON": json.dumps(text)[1:-1].encode(),
            "percent": quote(text).encode(),
            "repr": ascii(text)[1:-1].encode(),
            **_base64(raw),
        }
        if not text.isascii():
            ways["latin-1"] = text.encode("latin-1", "replace")
        found.update({f"{name}, {way}": content for way, content in ways.items()})
    # A spelling that is like another finds nothing more.
    unique: dict[bytes, str] = {}
    for name, content in found.items():
        unique.setdefault(content, name)
    return {name: content for content, name in unique.items()}


def _texts(mark: Mark) -> Iterator[tuple[str, str]]:
    value = mark.value
    match mark.kind:
        case "CPF":
            yield "digits", value
            yield "formatted", cpfs.format_partial(value)
            yield "with blanks", " ".join(value)
            yield "half formatted", f"{value[:9]}-{value[9:]}"
        case "card":
            yield "digits", value
            yield "in groups of four", " ".join(value[at : at + 4] for at in range(0, 14, 4))
        case "birth date":
            born = date.fromisoformat(value)
            yield "ISO", value
            yield "dd/mm/yyyy", f"{born:%d/%m/%Y}"
            yield "ddmmyyyy", f"{born:%d%m%Y}"
            yield "yyyymmdd", f"{born:%Y%m%d}"
            yield "dd-mm-yyyy", f"{born:%d-%m-%Y}"
            yield "dd.mm.yyyy", f"{born:%d.%m.%Y}"
            yield "repr of a date", repr(born).removeprefix("datetime.")
        case _:
            plain = "".join(
                one for one in unicodedata.normalize("NFD", value) if not unicodedata.combining(one)
            )
            yield "as it is", value
            yield "NFD", unicodedata.normalize("NFD", value)
            yield "upper case", value.upper()
            yield "lower case", value.casefold()
            yield "without accents", plain
            yield "without accents, lower case", plain.casefold()
            yield "without accents, upper case", plain.upper()


def _base64(raw: bytes) -> dict[str, bytes]:
    """Return what any text in base64 has in it that has these bytes in it, wherever they begin."""
    ways = {}
    for ahead in range(3):
        padded = bytes(ahead) + raw
        # Only the digits that stand for nothing but the mark.
        first, last = (ahead * 8 + 5) // 6, len(padded) * 8 // 6
        ways[f"base64 at {ahead}"] = base64.b64encode(padded)[first:last]
        ways[f"base64 for URLs at {ahead}"] = base64.urlsafe_b64encode(padded)[first:last]
    return ways


class Search:
    """Looks for everything that is marked.

    Args:
        wanted: The marks.
    """

    def __init__(self, wanted: Iterable[Mark]) -> None:
        self._wanted = [
            (mark.kind, name, content)
            for mark in wanted
            for name, content in spellings(mark).items()
        ]

    def look(self, where: str, content: bytes) -> set[Finding]:
        """Return what is found in some bytes."""
        return {
            Finding(where, kind, name) for kind, name, needle in self._wanted if needle in content
        }


def write_roster(path: str) -> None:
    """Write the marked people as the plan sends them."""
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(",".join(HEADER) + "\n")
        for one in EVERYBODY:
            person = one.person
            row = (
                person.person_id,
                "",
                person.card_number,
                person.cpf or "",
                person.birth_date.isoformat(),
                person.full_name,
                person.social_name or "",
                person.email or "",
                person.status,
                person.origin,
                "" if person.password is None else _hash(person.password),
            )
            file.write(",".join(row) + "\n")


def _hash(password: str) -> str:
    salt = b"canario-no-poste"
    digest = pbkdf2_hmac("sha256", unicodedata.normalize("NFC", password).encode(), salt, 1000)

    def encoded(raw: bytes) -> str:
        return base64.b64encode(raw).decode().rstrip("=").replace("+", ".")

    return f"$pbkdf2-sha256$1000${encoded(salt)}${encoded(digest)}"
