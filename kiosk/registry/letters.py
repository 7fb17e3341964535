"""What a mail says: plain text in pt-BR, without a link, a card, a CPF or a date of birth."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kiosk.domain import email_codes
from kiosk.domain.operations import OperationKind
from kiosk.registry.outgoing_mails import Mail, MailContent, MailKind

HELP_NUMBER = "0800 888 9504"
_ZONE = "America/Sao_Paulo"
# Where the machine has no zones: Brazil has had no summer time since 2019 (Decreto 9.772/2019).
_WITHOUT_ZONES = timezone(timedelta(hours=-3))
_LONGEST = 80
# RFC 5321, section 4.5.3.1.
_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 255
# A dot-atom; what stands in quotes or brackets is nobody's real address.
_LOCAL = re.compile(r"[^\s\"(),:;<>@\[\\\].]+(\.[^\s\"(),:;<>@\[\\\].]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_IN_NAMES = frozenset(" '’‘`´-.ªº")
_CONTENT = msgspec.json.Decoder(MailContent)


class CannotWrite(Exception):
    """A mail that no letter can be made of.

    Args:
        cause: ``address``, ``content`` or ``kind``.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails come from.

    Attributes:
        name: Shown beside the address; may be empty.
        address: As ``mailable`` gives it.
    """

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the ``@``."""
        return self.address.rpartition("@")[2]


def read_sender(text: str) -> Sender | None:
    """Read ``Name <address>`` or an address; None where it is none."""
    name, bracket, rest = text.strip().rpartition("<")
    if bracket and not rest.endswith(">"):
        return None
    address = mailable(rest.removesuffix(">"))
    if address is None or not address.isascii() or not text.isprintable():
        return None
    return Sender(name.strip().strip('"').strip(), address)


def mailable(address: str) -> str | None:
    """Return an address as a mail server takes it, its domain in letters of DNS; None for none.

    Source: RFC 5321, RFC 6531; nothing in quotes, no comment, no address literal.
    """
    local, _, domain = unicodedata.normalize("NFC", address).rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    is_fit = (
        local.isprintable()
        and len(local.encode()) <= _LONGEST_LOCAL
        and len(domain) <= _LONGEST_DOMAIN
        and _LOCAL.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )
    return f"{local}@{domain}" if is_fit else None


def write(mail: Mail, sender: Sender, mark: str, *, is_raw: bool = False) -> EmailMessage:
    """Return the letter of a mail: the same one for each try.

    Args:
        mail: From the outgoing ones.
        sender: Who it comes from.
        mark: What it is known by, for its Message-ID.
        is_raw: In plain UTF-8, for a file that a person opens; else in ASCII alone wherever the
            address allows it, as every mail server takes it.

    Raises:
        CannotWrite: Its address is none, or it is not understood.
    """
    address = mailable(mail.address)
    if address is None:
        raise CannotWrite("address")
    try:
        content = _CONTENT.decode(mail.content)
    except (msgspec.DecodeError, UnicodeError):
        raise CannotWrite("content") from None
    words = _WORDS.get(mail.what)
    if words is None:
        raise CannotWrite("kind")
    subject, lines = words(content, mail.at)
    return letter(address, sender, mark, mail.at, subject, lines, is_raw=is_raw)


def letter(
    address: str,
    sender: Sender,
    mark: str,
    at: int,
    subject: str,
    lines: list[str],
    *,
    is_raw: bool = False,
) -> EmailMessage:
    """Put a letter together.

    Args:
        address: As ``mailable`` gives it.
        sender: Who it comes from.
        mark: What it is known by.
        at: Milliseconds since 1970, UTC.
        subject: In pt-BR.
        lines: Its paragraphs.
        is_raw: As for ``write``.
    """
    message = EmailMessage(SMTPUTF8 if is_raw or not address.isascii() else SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    # A text and no Address, which takes no accents; mailable lets nothing through that ends a line.
    message["To"] = address
    message["Subject"] = subject
    message["Date"] = format_datetime(_local(at))
    message["Message-ID"] = f"<{mark}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(lines) + "\n", cte="8bit" if is_raw else "quoted-printable")
    # After the content, which takes away what was said of it before.
    message["Content-Language"] = "pt-BR"
    return message


def when(instant: int) -> str:
    """Return an instant as a person in Brasília writes it."""
    return f"{_local(instant):%d/%m/%Y às %H:%M} (horário de Brasília)"


def _code(content: MailContent, at: int) -> tuple[str, list[str]]:
    purposes = {
        OperationKind.REGISTER.value: "fazer o cadastro",
        OperationKind.RESET.value: "redefinir a senha",
    }
    purpose = purposes.get(content.purpose)
    if purpose is None or not re.fullmatch(r"[0-9]{1,12}", content.code):
        raise CannotWrite("content")
    minutes = email_codes.VALID_MS // 60_000
    return (
        "PAS/SERPRO: seu código",
        [
            *_greeting(content),
            f"Seu código para {purpose} no PAS/SERPRO é:",
            f"    {content.code}",
            f"Pedido: {when(at)}\nOnde: {_place(content)}",
            f"O código vale {minutes} minutos a partir desse horário, uma vez, nesse equipamento.",
            "Se você pediu mais de um, só o último vale.",
            "Digite o código na tela do equipamento. Não o diga a ninguém, nem por telefone.",
            f"Não foi você? {_CALL}: alguém usou os seus dados.",
            _FOOT,
        ],
    )


def _registered(content: MailContent, at: int) -> tuple[str, list[str]]:
    done = "O cadastro no PAS/SERPRO foi feito em seu nome, com uma senha nova."
    return "PAS/SERPRO: seu cadastro foi feito", _notice(content, at, done)


def _password_reset(content: MailContent, at: int) -> tuple[str, list[str]]:
    done = "A sua senha do PAS/SERPRO foi redefinida: a senha de antes não vale mais."
    return "PAS/SERPRO: sua senha foi redefinida", _notice(content, at, done)


def _email_changed(content: MailContent, at: int) -> tuple[str, list[str]]:
    done = (
        "O e-mail do seu registro no PAS/SERPRO foi trocado por outro. Os próximos avisos vão para "
        "o novo endereço; este recebe só esta mensagem."
    )
    return "PAS/SERPRO: seu e-mail foi trocado", _notice(content, at, done)


def _email_kept(content: MailContent, at: int) -> tuple[str, list[str]]:
    done = "O e-mail do seu registro no PAS/SERPRO foi confirmado: é este endereço."
    return "PAS/SERPRO: seu e-mail foi confirmado", _notice(content, at, done)


def _email_set(content: MailContent, at: int) -> tuple[str, list[str]]:
    done = (
        "Este endereço foi registrado como e-mail de um beneficiário do PAS/SERPRO. Os avisos do "
        "plano sobre a conta passam a vir para cá."
    )
    return "PAS/SERPRO: e-mail registrado", _notice(content, at, done)


_WORDS: dict[str, Callable[[MailContent, int], tuple[str, list[str]]]] = {
    MailKind.EMAIL_CODE: _code,
    MailKind.REGISTERED: _registered,
    MailKind.PASSWORD_RESET: _password_reset,
    MailKind.EMAIL_CHANGED: _email_changed,
    MailKind.EMAIL_KEPT: _email_kept,
    MailKind.EMAIL_SET: _email_set,
}
_CALL = f"Ligue agora para {HELP_NUMBER}, a qualquer hora"
_FOOT = (
    "Esta mensagem é automática; não é preciso responder. O PAS/SERPRO nunca pede a sua senha por "
    "e-mail nem por telefone, e nunca manda um link para digitá-la."
)


def _notice(content: MailContent, at: int, done: str) -> list[str]:
    facts = [f"Quando: {when(at)}", f"Onde: {_place(content)}"]
    if content.receipt:
        facts.append(f"Recibo: {_plain(content.receipt)}")
    lines = [*_greeting(content), done, "\n".join(facts)]
    if content.late:
        lines.append(
            "O pedido pode ter sido feito antes: esse é o horário em que ele chegou ao cadastro "
            "central, e o equipamento podia estar sem linha."
        )
    return [
        *lines,
        "Foi você? Então não precisa fazer nada.",
        f"Não foi você? {_CALL}, e diga que não reconhece este pedido.",
        _FOOT,
    ]


def _greeting(content: MailContent) -> list[str]:
    name = " ".join(content.person.split())
    # What a mail program would make a link of, or a page of, is no name.
    is_name = all(
        character in _IN_NAMES or unicodedata.category(character)[0] in "LM" for character in name
    )
    if not name or not is_name or len(name) > _LONGEST or re.search(r"\.\S", name):
        return ["Olá."]
    return [f"Olá, {name}."]


def _place(content: MailContent) -> str:
    said = [_plain(one) for one in (content.device_name, content.site)]
    named = ", ".join(one for one in said if one)
    return named or f"equipamento {_plain(content.device)}"


def _plain(text: str) -> str:
    """Return a text that stays on its line and is no address of a page."""
    line = " ".join(text.split())
    shown = "".join(character for character in line if character.isprintable())
    return re.sub(r"://|(?<=\w)\.(?=\w)|@", " ", shown)[:_LONGEST]


def _local(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(_zone())


def _zone() -> tzinfo:
    try:
        return ZoneInfo(_ZONE)
    except ZoneInfoNotFoundError:
        return _WITHOUT_ZONES
