"""The commands for the audit: ``registry audit verify|list``."""

from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.registry.command_options import Config, Data, Database, refuse_missing, settings_of

if TYPE_CHECKING:
    from kiosk.domain.audit_chains import Head

audit_app = typer.Typer(
    help="A auditoria do cadastro central: conferir, ler as últimas linhas.",
    no_args_is_help=True,
)


@audit_app.command(
    "verify",
    help="Confere a auditoria linha por linha. Sai com 3 se uma foi alterada, tirada, cortada do "
    "fim ou escrita de novo, e diz qual é a primeira.",
)
def verify_command(
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="N:HEX",
            help="Um fim anotado antes, como este comando o mostra. Pode repetir.",
        ),
    ] = None,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Verify the chain; exits with 3 where it is broken."""
    from kiosk.audit_verdicts import BROKEN_EXIT_CODE, verdict_words
    from kiosk.registry.audit_trails import verify_trail
    from kiosk.registry.databases import opened_database

    known = [_head(one) for one in head or ()]
    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        verdict = verify_trail(engine, known)
    for line in verdict_words(verdict, "main.py registry audit verify"):
        typer.echo(line)
    if verdict.broken is not None:
        raise typer.Exit(BROKEN_EXIT_CODE)


@audit_app.command("list", help="Mostra as últimas linhas, a mais nova por último.")
def list_command(
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="Quantas.")] = 20,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print the last lines in plain words."""
    from kiosk.registry.audit_trails import last_events
    from kiosk.registry.audit_words import line_words
    from kiosk.registry.databases import opened_database

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        for number, event in last_events(engine, last):
            typer.echo(line_words(number, event))


def _head(text: str) -> "Head":
    from kiosk.complaints import Complaint
    from kiosk.domain.audit_chains import read_head

    found = read_head(text)
    if found is None:
        raise Complaint("--head: escreva o fim como audit verify o mostra, NÚMERO:64 letras.", 2)
    return found
