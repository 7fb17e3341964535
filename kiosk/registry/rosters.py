"""The roster file the plan sends: one person a line, checked before anything is written.

No field may hold a line break, so every line stands alone: a quotation mark that is never closed
spoils its own line and none after it.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kiosk.complaints import Complaint
from kiosk.domain import birth_dates, cards, cpfs, emails, names
from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.cards import CardFormat
from kiosk.domain.people import MembershipStatus, Origin
from kiosk.registry.claims import is_email
from kiosk.registry.password_hashes import is_known

HEADER = (
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
)
MAX_LINE_BYTES = 64 * 1024
MAX_PERSON_ID_LENGTH = 64
MAX_NAME_LENGTH = 300
_NAME_REASON = f"full_name está vazio, ou um nome passa de {MAX_NAME_LENGTH} letras"
_STATUSES = frozenset(MembershipStatus)
_ORIGINS = frozenset(Origin)
_CONTROLS = dict.fromkeys((*range(32), 127))
_DATE_REASONS = {
    BirthDateProblem.INCOMPLETE: "birth_date não é uma data (use aaaa-mm-dd ou dd/mm/aaaa)",
    BirthDateProblem.IMPOSSIBLE: "birth_date não existe no calendário",
    BirthDateProblem.FUTURE: "birth_date está no futuro",
    BirthDateProblem.TOO_OLD: "birth_date é de mais de 130 anos atrás",
}


class RosterRow(NamedTuple):
    """One person as the plan describes them, cleaned.

    Attributes:
        line: Physical line of the file; the header is 1.
        birth_date: ISO 8601.
        email_left_out: There was something in the e-mail's place that cannot be an address.
    """

    line: int
    person_id: str
    holder_id: str | None
    card_number: str
    cpf: str | None
    birth_date: str
    full_name: str
    social_name: str | None
    email: str | None
    email_key: str | None
    status: str
    origin: str
    password_hash: str | None
    plan_hash_digest: bytes | None
    email_left_out: bool

    def __repr__(self) -> str:
        return f"RosterRow(line={self.line})"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is left out.

    Attributes:
        line: Physical line of the file; the header is 1.
        reason: pt-BR, without the content of the line.
        person_id: Whom it speaks of, as far as that could be read.
    """

    line: int
    reason: str
    person_id: str | None = field(default=None, repr=False)


class Unreadable(Exception):
    """A line cannot be split into fields.

    Args:
        reason: pt-BR, without the content of the line.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Bad(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Roster:
    """A roster file, read as often as wanted, a line at a time.

    Args:
        path: The file.
        card_format: How this plan's cards look.
        today: The day against which dates of birth are judged.
    """

    def __init__(self, path: Path, card_format: CardFormat, today: date) -> None:
        self._path = path
        self._card_format = card_format
        self._today = today
        self._dates: dict[str, date | BirthDateProblem] = {}

    def rows(self) -> Iterator[RosterRow | BadRow]:
        """Yield every line after the header; empty lines are passed over.

        Raises:
            Complaint: The file cannot be read, or does not begin with the header.
        """
        for line, raw in self.lines():
            yield self._read(line, raw)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield line number and bytes of every line after the header that is not empty.

        Of a line beyond ``MAX_LINE_BYTES`` only so much is given, and one byte more.

        Raises:
            Complaint: The file cannot be read, or does not begin with the header.
        """
        try:
            with self._path.open("rb") as file:
                lines = _physical_lines(file)
                _check_header(self._path, next(lines, b""))
                for line, raw in enumerate(lines, start=2):
                    if raw:
                        yield line, raw
        except OSError:
            raise Complaint(
                f"O arquivo {self._path} não pôde ser lido. Verifique o caminho e as permissões."
            ) from None

    def _read(self, line: int, raw: bytes) -> RosterRow | BadRow:
        try:
            fields = split(raw)
        except Unreadable as problem:
            return BadRow(line, problem.reason)
        if len(fields) != len(HEADER):
            reason = f"a linha tem {len(fields)} colunas, e não {len(HEADER)}"
            return BadRow(line, reason, fields[0].strip() or None)
        try:
            return self._check(line, fields)
        except _Bad as problem:
            return BadRow(line, problem.reason, fields[0].strip() or None)

    def _check(self, line: int, fields: list[str]) -> RosterRow:
        (
            person_id,
            holder_id,
            card_text,
            cpf_text,
            birth_text,
            full_name,
            social_name,
            email_text,
            status,
            origin,
            password_hash,
        ) = (text.strip() for text in fields)
        if not 0 < len(person_id) <= MAX_PERSON_ID_LENGTH or len(holder_id) > MAX_PERSON_ID_LENGTH:
            raise _Bad(
                f"person_id ou holder_id está vazio ou passa de {MAX_PERSON_ID_LENGTH} letras"
            )
        card_number = cards.clean(card_text)
        if not self._card_format.matches(card_number):
            raise _Bad("card_number não tem a forma de um número de cartão")
        cpf = cpfs.clean(cpf_text) or None
        if cpf is not None and not cpfs.is_valid(cpf):
            raise _Bad("cpf não confere (onze dígitos e os dois verificadores)")
        full_name = _name(full_name)
        social_name = _name(social_name)
        if not full_name:
            raise _Bad(_NAME_REASON)
        if status not in _STATUSES:
            raise _Bad("status desconhecido (use active ou cancelled)")
        if origin not in _ORIGINS:
            raise _Bad("origin desconhecida (use none, legacy_app, portal ou app_2024)")
        if password_hash and not is_known(password_hash):
            raise _Bad("password_hash não é de nenhum esquema conhecido ou está danificado")
        email = email_text if is_email(email_text) else None
        return RosterRow(
            line=line,
            person_id=person_id,
            holder_id=holder_id or None,
            card_number=card_number,
            cpf=cpf,
            birth_date=self._birth_date(birth_text).isoformat(),
            full_name=full_name,
            social_name=social_name or None,
            email=email,
            email_key=None if email is None else emails.key(email),
            status=status,
            origin=origin,
            password_hash=password_hash or None,
            plan_hash_digest=(
                hashlib.sha256(password_hash.encode()).digest() if password_hash else None
            ),
            email_left_out=bool(email_text) and email is None,
        )

    def _birth_date(self, text: str) -> date:
        # There are few days and many people, so each day is worked out once.
        parsed = self._dates.get(text)
        if parsed is None:
            parsed = birth_dates.parse(text, self._today)
            if isinstance(parsed, date):
                self._dates[text] = parsed
        if isinstance(parsed, date):
            return parsed
        raise _Bad(_DATE_REASONS[parsed])


def _name(text: str) -> str:
    # Normalising takes time that grows with the square of a hostile text, so it is bounded before;
    # a name may have been written decomposed, in several code points a letter.
    if len(text) <= 4 * MAX_NAME_LENGTH:
        name = names.normalise(text)
        if len(name) <= MAX_NAME_LENGTH:
            return name
    raise _Bad(_NAME_REASON)


def split(raw: bytes) -> list[str]:
    """Split one line into its fields.

    Raises:
        Unreadable: It is too long, not UTF-8, holds control characters, or its quotation marks do
            not fit.
    """
    if len(raw) > MAX_LINE_BYTES:
        raise Unreadable(f"a linha passa de {MAX_LINE_BYTES // 1024} KiB")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("a linha tem bytes que não são UTF-8") from None
    if not text.isprintable() and text.translate(_CONTROLS) != text:
        raise Unreadable("a linha tem caracteres de controle")
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        raise Unreadable("as aspas da linha não fecham ou estão fora de lugar") from None


def _physical_lines(file: BinaryIO) -> Iterator[bytes]:
    while raw := file.readline(MAX_LINE_BYTES + 2):
        if not raw.endswith(b"\n") and len(raw) == MAX_LINE_BYTES + 2:
            # Cut with one byte too many, so that whoever splits it sees that it was too long.
            kept = raw[: MAX_LINE_BYTES + 1]
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(MAX_LINE_BYTES)
            yield kept
        else:
            yield raw.removesuffix(b"\n").removesuffix(b"\r")


def _check_header(path: Path, raw: bytes) -> None:
    try:
        fields = split(raw.removeprefix(codecs.BOM_UTF8))
    except Unreadable:
        fields = []
    if tuple(name.strip() for name in fields) != HEADER:
        raise Complaint(
            f"O arquivo {path.name} não começa com o cabeçalho esperado, em UTF-8 e separado por "
            f"vírgulas: {','.join(HEADER)}"
        )
