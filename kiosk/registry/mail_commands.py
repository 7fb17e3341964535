"""The commands for the mails of the registry: ``registry mail list|retry|test``."""

from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.registry.command_options import (
    Config,
    Data,
    Database,
    refuse_missing,
    settings_of,
)

if TYPE_CHECKING:
    from kiosk.registry.outgoing_mails import MailStanding, Troubled
    from kiosk.settings import Settings

SET_ASIDE_EXIT_CODE = 3
_SHOWN = 50
_KINDS = {
    "email_code": "código",
    "registered": "aviso de cadastro",
    "password_reset": "aviso de senha redefinida",
    "email_changed": "aviso de e-mail trocado",
    "email_kept": "aviso de e-mail confirmado",
    "email_set": "aviso ao e-mail novo",
}

mail_app = typer.Typer(
    help="Os e-mails do cadastro central: ver os que esperam, tentar de novo, testar o envio.",
    no_args_is_help=True,
)


@mail_app.command(
    "list",
    help="Mostra quantos e-mails esperam e os que não puderam ser enviados. Sai com 3 se algum foi "
    "posto de lado.",
)
def list_command(database: Database = None, data: Data = None, config: Config = None) -> None:
    """Print how the outgoing mail stands; exits with 3 where some was set aside."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.outgoing_mails import OutgoingMails
    from kiosk.registry.times import RegistryTimes

    settings, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        standing = OutgoingMails(engine, RegistryTimes(system_clock)).standing(_SHOWN)
    for line in _standing_lines(standing, settings, system_clock()):
        typer.echo(line)
    if standing.set_aside:
        raise typer.Exit(SET_ASIDE_EXIT_CODE)


@mail_app.command(
    "retry",
    help="Manda tentar de novo, já, os e-mails de alguns números (os de mail list) ou todos.",
)
def retry_command(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NÚMERO]...", help="Números de mail list.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Todos.")] = False,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Let mails be tried at once, by whichever process serves."""
    from kiosk.complaints import Complaint
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.outgoing_mails import OutgoingMails
    from kiosk.registry.times import RegistryTimes

    if bool(numbers) == everything:
        raise Complaint("Diga os números dos e-mails, ou --all para todos.", 2)
    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        mails = OutgoingMails(engine, RegistryTimes(system_clock))
        count = mails.retry(None if everything else numbers or ())
    typer.echo(f"E-mails que serão tentados de novo: {count}")


@mail_app.command("test", help="Envia um e-mail de teste já e diz o que está errado, se algo está.")
def try_command(
    address: Annotated[str, typer.Argument(metavar="ENDEREÇO", help="Para onde.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Send one mail by the settings, past the table."""
    import secrets

    from kiosk.complaints import Complaint
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.letters import letter, mailable
    from kiosk.registry.mail_failures import LineFailed, MailRefused, words_of
    from kiosk.registry.mail_ways import server_of

    settings, _ = settings_of(None, data, config)
    server = server_of(settings)
    to = mailable(address)
    if to is None:
        raise Complaint("O endereço não é um endereço de e-mail.", 2)
    lines = [
        "Olá.",
        "Este é um teste do envio de e-mails do cadastro central do PAS/SERPRO. Nada foi mudado.",
    ]
    words = letter(
        to, server.sender, secrets.token_hex(16), system_clock(), "PAS/SERPRO: teste", lines
    )
    try:
        with server.session() as session:
            session.send(words, "test")
    except (LineFailed, MailRefused) as failure:
        raise Complaint(
            f"O e-mail não foi enviado por {server}: {words_of(failure.cause)}"
        ) from None
    typer.echo(f"Entregue a {server}. Se não chegar, olhe o spam e o log daquele servidor.")


def _standing_lines(standing: "MailStanding", settings: "Settings", now: int) -> list[str]:
    from kiosk.registry.mail_failures import words_of

    if settings.mail_folder is not None:
        how = f"gravados na pasta {settings.mail_folder}, não enviados"
    elif settings.mail_server is not None:
        how = f"por {settings.mail_server}"
    else:
        how = "nenhum servidor configurado (mail_server): nada é enviado, os e-mails esperam"
    lines = [f"Envio: {how}"]
    if standing.line_error is not None and standing.line_at is not None:
        lines.append(
            f"Última conexão, há {_age(now - standing.line_at)}: {words_of(standing.line_error)}"
        )
    oldest = (
        "" if standing.oldest_at is None else f", o mais antigo há {_age(now - standing.oldest_at)}"
    )
    lines.append(f"Esperando: {sum(standing.waiting.values())}{oldest}")
    lines += [f"  {_kind(what)}: {count}" for what, count in sorted(standing.waiting.items())]
    lines.append(f"Postos de lado: {sum(standing.set_aside.values())}")
    lines += [f"  {_kind(what)}: {count}" for what, count in sorted(standing.set_aside.items())]
    lines += [_line(one, now) for one in standing.troubled]
    return lines


def _line(one: "Troubled", now: int) -> str:
    from kiosk.domain.emails import mask
    from kiosk.registry.mail_failures import words_of

    to = mask(one.address) if one.address else "endereço já apagado"
    tries = "1 tentativa" if one.attempts == 1 else f"{one.attempts} tentativas"
    said = f"{one.row}: {_kind(one.what)} de há {_age(now - one.at)}, pessoa {one.person_id}, {to}"
    if one.set_aside_at is not None:
        since = f"posto de lado há {_age(now - one.set_aside_at)}"
    else:
        since = "espera"
    return f"{said}; {since}, {tries}: {words_of(one.last_error)}"


def _kind(what: str) -> str:
    return _KINDS.get(what, what)


def _age(ms: int) -> str:
    minutes = max(0, ms) // 60_000
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} dias"
