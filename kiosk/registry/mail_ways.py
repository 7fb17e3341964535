"""Where mails go by the settings: to a mail server, into a folder, or nowhere yet."""

import os
import ssl
import stat
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.registry.letters import Sender, read_sender
from kiosk.registry.mail_folders import MailFolder
from kiosk.registry.mail_servers import MailServer, read_address
from kiosk.registry.mails import Way
from kiosk.settings import Settings

# A folder needs no real one; .invalid is nobody's (RFC 2606).
_NOBODY = Sender("PAS/SERPRO", "nao-responda@pas-serpro.invalid")


def way_of(settings: Settings) -> Way | None:
    """Return where a registry's mails go; a folder, where one is set, keeps all from being sent.

    Raises:
        Complaint: The settings do not fit, or a file they name cannot be used.
    """
    if settings.mail_folder is not None:
        return MailFolder(settings.mail_folder, _sender(settings) or _NOBODY)
    return None if settings.mail_server is None else server_of(settings)


def server_of(settings: Settings) -> MailServer:
    """Return the mail server of the settings.

    Raises:
        Complaint: There is none, they do not fit, or a file they name cannot be used.
    """
    if settings.mail_server is None:
        raise Complaint(
            "Nenhum servidor de e-mail está configurado (mail_server): os e-mails esperam. "
            "Veja docs/mail.md.",
            2,
        )
    try:
        scheme, host, port = read_address(settings.mail_server)
    except ValueError as wanted:
        raise _odd("mail_server", str(wanted)) from None
    sender = _sender(settings)
    if sender is None:
        raise _odd("mail_from", "falta o remetente, como PAS/SERPRO <avisos@plano.exemplo>")
    password = _password(settings)
    if (settings.mail_user is None) != (password is None):
        raise _odd("mail_user", "mail_user e a senha só servem juntos")
    if not (settings.mail_user or "").isascii() or not (password or "").isascii():
        raise _odd("mail_user", "mail_user e a senha não podem ter acentos")
    server = MailServer(
        scheme=scheme,
        host=host,
        port=port,
        sender=sender,
        seconds=settings.mail_seconds,
        user=settings.mail_user,
        password=password,
        authority=settings.mail_ca,
    )
    try:
        server.context()
    except (OSError, ssl.SSLError):
        raise _odd("mail_ca", "não é um certificado em PEM que este usuário possa ler") from None
    return server


def _sender(settings: Settings) -> Sender | None:
    if settings.mail_from is None:
        return None
    sender = read_sender(settings.mail_from)
    if sender is None:
        raise _odd("mail_from", "um endereço, ou um nome e o endereço entre < e >")
    return sender


def _password(settings: Settings) -> str | None:
    if settings.mail_password_file is None:
        said = settings.mail_password
        return None if said is None else said.get_secret_value()
    if settings.mail_password is not None:
        raise _odd("mail_password_file", "diga a senha num lugar só")
    path = settings.mail_password_file
    try:
        _refuse_readers(path)
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise _odd("mail_password_file", "o arquivo não pôde ser lido") from None


def _refuse_readers(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & stat.S_IRWXO:
        raise _odd("mail_password_file", f"outros usuários podem abrir o arquivo: chmod 600 {path}")


def _odd(name: str, what: str) -> Complaint:
    return Complaint(
        f"Configuração “{name}”: o valor não serve ({what}). "
        f"Corrija a variável KIOSK_{name.upper()} ou o arquivo de configuração.",
        2,
    )
