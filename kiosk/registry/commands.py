"""The commands of the central registry: ``registry serve|import|import-outbox|sample|status``.

Those for devices are ``kiosk.registry.device_commands``, those for its keys ``key_commands``, those
for its mails ``mail_commands``, that for digests ``digest_commands``.
"""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.registry.audit_commands import audit_app
from kiosk.registry.command_options import (
    Config,
    Data,
    Database,
    no_people,
    refuse_missing,
    settings_of,
)
from kiosk.registry.device_commands import devices_app
from kiosk.registry.digest_commands import digests_command
from kiosk.registry.key_commands import keys_app
from kiosk.registry.mail_commands import mail_app

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kiosk.registry.imports import ImportReport
    from kiosk.registry.standings import Standing

REJECTED_EXIT_CODE = 3

registry_app = typer.Typer(
    help="O cadastro central: servir, importar, aparelhos, chaves, e-mails, auditoria, fila em "
    "arquivo, amostra, situação.",
    no_args_is_help=True,
)
registry_app.add_typer(devices_app, name="devices")
registry_app.add_typer(keys_app, name="keys")
registry_app.add_typer(mail_app, name="mail")
registry_app.add_typer(audit_app, name="audit")
registry_app.command(
    "digests",
    help="Calcula já, com todos os núcleos, o que os quiosques precisam para conferir os dados sem "
    "linha; o serviço também faz isso, aos poucos. Útil depois de uma importação grande.",
)(digests_command)


@registry_app.command("serve", help="Atende os quiosques e balcões até ser encerrado.")
def serve_command(
    host: Annotated[str, typer.Option("--host", help="Endereço onde escuta.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Porta; 0 toma uma livre.")
    ] = 8420,
    database: Database = None,
    data: Data = None,
    config: Config = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="ARQUIVO", help="Certificado em PEM; sem ele, sem TLS."),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="ARQUIVO", help="A chave dele, em PEM.")
    ] = None,
    exit_with_stdin: Annotated[bool, typer.Option("--exit-with-stdin", hidden=True)] = False,
    say_code: Annotated[bool, typer.Option("--say-code", hidden=True)] = False,
    mail_folder: Annotated[Path | None, typer.Option("--mail-folder", hidden=True)] = None,
) -> None:
    """Serve the registry; prints its address on standard output when it takes connections.

    Before that it prints, for a program that has started it for itself, a code to be enrolled with.
    """
    from kiosk.complaints import Complaint
    from kiosk.database.engines import sqlite_path
    from kiosk.logs import logged
    from kiosk.registry.api import create_app
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.digest_threads import DigestThread
    from kiosk.registry.digests import digest_key
    from kiosk.registry.holds import PREDECESSOR_SECONDS, ServiceHold
    from kiosk.registry.keys import load_keys
    from kiosk.registry.mail_ways import way_of
    from kiosk.registry.mails import Postman, sending
    from kiosk.registry.outgoing_mails import OutgoingMails
    from kiosk.registry.policies import gate_warnings, policies_of
    from kiosk.registry.server import Certificate, serve
    from kiosk.registry.standings import has_no_people
    from kiosk.registry.times import RegistryTimes
    from kiosk.registry.upkeeps import Upkeep, UpkeepThread

    certificate = None
    if tls_cert is not None:
        certificate = Certificate(tls_cert, tls_cert if tls_key is None else tls_key)
    elif tls_key is not None:
        raise Complaint("--tls-key só serve com --tls-cert: diga também o certificado dela.", 2)
    settings, url = settings_of(database, data, config)
    if mail_folder is not None:
        settings = settings.model_copy(update={"mail_folder": mail_folder})
    way = way_of(settings)
    for warning in gate_warnings(settings):
        typer.echo(warning, err=True)
    if not say_code:
        # A wrong --data would else be a new registry without anybody, that says no to everybody.
        refuse_missing(url)
    path = sqlite_path(url)
    with (
        ServiceHold(path, PREDECESSOR_SECONDS),
        opened_database(url) as engine,
        logged(path.parent, "registry"),
    ):
        app = create_app(
            engine,
            card_format=settings.rules.card_format,
            sign_in_floor_seconds=settings.sign_in_floor_seconds,
            policies=policies_of(settings),
        )
        note = logging.getLogger(__name__)
        note.info("program_started")
        if has_no_people(engine):
            typer.echo(
                "Este cadastro central ainda não tem pessoas; importe com: registry import "
                "ARQUIVO.csv",
                err=True,
            )
        if say_code:
            typer.echo(_own_code(engine))
        keys = load_keys(engine)
        times = RegistryTimes(system_clock)
        upkeep = Upkeep(engine, keys, times)
        with (
            DigestThread(engine, digest_key(keys), system_clock),
            UpkeepThread(upkeep.forget_nobodys_failures, upkeep.end),
            sending(Postman(OutgoingMails(engine, times), keys, way)),
        ):
            serve(app, host, port, exit_with_stdin=exit_with_stdin, certificate=certificate)
        note.info("program_ended")


@registry_app.command(
    "import",
    help="Importa as pessoas de um arquivo CSV. Sai com 0 se todas as linhas entraram e com 3 se "
    "alguma foi recusada (elas ficam em ARQUIVO.rejected.csv).",
)
def import_command(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO.csv", help="As pessoas do plano.")],
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Import a roster; exits with 3 where lines were left out."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.imports import import_roster

    settings, url = settings_of(database, data, config)
    with opened_database(url) as engine:
        report = import_roster(
            engine, file, card_format=settings.rules.card_format, clock=system_clock
        )
    for line in _report_lines(report):
        typer.echo(line)
    if report.rejected:
        raise typer.Exit(REJECTED_EXIT_CODE)


@registry_app.command(
    "import-outbox",
    help="Recebe a fila de um aparelho sem linha, gravada com outbox export. Sai com 3 se algum "
    "pedido não foi entendido. O mesmo arquivo duas vezes não muda nada.",
)
def import_outbox_command(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO", help="A fila exportada.")],
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Take in an exported queue; exits with 3 where an operation could not be read."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.cursors import Cursors
    from kiosk.registry.databases import opened_database
    from kiosk.registry.keys import load_keys
    from kiosk.registry.limits import Limits
    from kiosk.registry.operations import Operations
    from kiosk.registry.outbox_imports import import_outbox
    from kiosk.registry.outbox_reports import not_understood_line, report_lines
    from kiosk.registry.password_hashes import PasswordHashes
    from kiosk.registry.policies import policies_of
    from kiosk.registry.sealing_keys import SealingKeys
    from kiosk.registry.standings import has_no_people
    from kiosk.registry.times import RegistryTimes

    settings, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        if has_no_people(engine):
            # Every operation would be refused for good, as one of nobody.
            raise no_people(url)
        keys = load_keys(engine)
        cursors = Cursors(keys.cursors, system_clock)
        sealing = SealingKeys(engine, system_clock)
        limits = Limits(keys, RegistryTimes(system_clock), policies_of(settings))
        operations = Operations(
            engine, cursors, keys, sealing, PasswordHashes(), system_clock, limits
        )
        report = import_outbox(
            engine,
            file,
            operations,
            system_clock,
            lambda receipt, part: typer.echo(not_understood_line(receipt, part)),
        )
    for line in report_lines(report):
        typer.echo(line)
    if report.not_understood:
        raise typer.Exit(REJECTED_EXIT_CODE)


@registry_app.command("sample", help="Grava um arquivo de pessoas inventadas, para experimentar.")
def sample_command(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO.csv", help="Onde gravar.")],
    people: Annotated[int, typer.Option("--people", help="Quantas pessoas.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="A mesma semente, o mesmo arquivo.")] = 1,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Write a sample roster; the registry itself is not touched."""
    from kiosk.registry.samples import write_sample

    settings_of(database, data, config)
    write_sample(file, people, seed)
    typer.echo(f"{people} pessoas inventadas em {file}")


@registry_app.command("status", help="Conta pessoas e operações, sem dizer de quem.")
def status_command(database: Database = None, data: Data = None, config: Config = None) -> None:
    """Print how the registry stands."""
    from kiosk.database.engines import sqlite_path
    from kiosk.database.migrations import schema_version
    from kiosk.registry.databases import opened_database
    from kiosk.registry.standings import read_standing

    _, url = settings_of(database, data, config)
    path = sqlite_path(url)
    refuse_missing(url)
    with opened_database(url) as engine:
        standing = read_standing(engine)
    for line in _standing_lines(standing, schema_version(path)):
        typer.echo(line)


@registry_app.command(
    "unlock",
    help="Abre de novo as tentativas de uma pessoa, depois de ver um documento dela. Não abre uma "
    "senha encerrada por 100 falhas: essa só com senha nova.",
)
def unlock_command(
    card: Annotated[
        str | None,
        typer.Argument(
            metavar="-", help="- lê o cartão da entrada; sem nada, o programa pergunta."
        ),
    ] = None,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Open what the failures of one person have ended, at every device."""
    from kiosk.complaints import Complaint
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.keys import load_keys
    from kiosk.registry.policies import policies_of
    from kiosk.registry.throttles import Throttle
    from kiosk.registry.times import RegistryTimes
    from kiosk.registry.unlocks import unlock

    if card not in (None, "-"):
        raise Complaint(
            "O número do cartão não vai na linha de comando, onde outros o veem e o histórico o "
            "guarda. Use registry unlock e digite-o, ou registry unlock - e mande-o pela entrada.",
            2,
        )
    settings, url = settings_of(database, data, config)
    refuse_missing(url)
    number = _read_card(asks=card is None)
    with opened_database(url) as engine:
        times = RegistryTimes(system_clock)
        throttle = Throttle(engine, load_keys(engine), times, policies_of(settings))
        opened = unlock(engine, throttle, number)
    if opened is None:
        raise Complaint("Nenhuma pessoa tem este cartão. Confira o número.")
    typer.echo("Aberto." if opened else "Nada estava contado: não havia o que abrir.")


def _read_card(*, asks: bool) -> str:
    from kiosk.complaints import Complaint

    if asks and not _has_terminal():
        raise Complaint(
            "Sem terminal não há como perguntar: use registry unlock - e dê o cartão.", 2
        )
    if asks:
        # Not shown as it is typed: somebody may be looking on.
        return str(typer.prompt("Número do cartão", hide_input=True))
    line = sys.stdin.readline().strip()
    if not line:
        raise Complaint("Nenhum cartão veio pela entrada.", 2)
    return line


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _own_code(engine: "Engine") -> str:
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.enrolments import Enrolments, Place
    from kiosk.registry.keys import load_keys

    enrolments = Enrolments(engine, load_keys(engine), system_clock)
    return enrolments.make_code(Place("Demonstração", "Esta máquina", "kiosk"))


def _report_lines(report: "ImportReport") -> list[str]:
    lines = [
        f"Linhas lidas: {report.rows}",
        f"Pessoas novas: {report.added}",
        f"Pessoas com alguma mudança: {report.changed}",
        f"Pessoas do cadastro que o arquivo não traz (ficam como estão): {report.absent}",
    ]
    if report.shared_addresses:
        lines.append(
            f"E-mails de mais de uma pessoa, que não servem no Login: {report.shared_addresses}"
            + _named(report.shared_lines)
        )
    if report.collisions:
        lines.append(
            f"Cartões iguais ao CPF de outra pessoa: {report.collisions}"
            + _named(report.collision_lines)
        )
    if report.emails_left_out:
        lines.append(
            f"E-mails que não são endereços e ficaram de fora: {report.emails_left_out}"
            + _named(report.email_lines)
        )
    lines.append(f"Linhas recusadas: {report.rejected}")
    if report.rejected_file is not None:
        lines.append(f"As linhas recusadas, com o motivo de cada uma: {report.rejected_file}")
    return lines


def _named(lines: tuple[int, ...]) -> str:
    from kiosk.registry.imports import LINES_NAMED

    if not lines:
        return ""
    more = ", …" if len(lines) == LINES_NAMED else ""
    word = "linha" if len(lines) == 1 else "linhas"
    return f" ({word} {', '.join(str(line) for line in lines)}{more})"


def _standing_lines(standing: "Standing", schema: str | None) -> list[str]:
    from kiosk.domain.operations import Outcome
    from kiosk.domain.people import Origin

    origins = {
        Origin.NONE: "sem senha",
        Origin.LEGACY_APP: "de aplicativo antigo",
        Origin.PORTAL: "do Portal",
        Origin.APP_2024: "PAS/SERPRO (2024)",
    }
    outcomes = {
        Outcome.ACCEPTED: "aceitas",
        Outcome.REJECTED: "recusadas",
        Outcome.QUARANTINED: "à espera de um supervisor",
    }
    return [
        f"Pessoas: {sum(standing.by_origin.values())}, das quais canceladas: {standing.cancelled}",
        *(f"  {words}: {standing.by_origin.get(origin, 0)}" for origin, words in origins.items()),
        f"Operações: {sum(standing.by_outcome.values())}",
        *(f"  {words}: {standing.by_outcome.get(one, 0)}" for one, words in outcomes.items()),
        f"Aparelhos ouvidos: {standing.devices}",
        *(f"  {device}: {_skew_words(skew)}" for device, skew in standing.wrong_clocks.items()),
        f"Última mudança: {standing.last_position}",
        f"Esquema: {schema}",
    ]


def _skew_words(skew_ms: int) -> str:
    minutes = abs(skew_ms) // 60_000
    days, hours = minutes // 1440, minutes // 60 % 24
    size = f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
    return f"relógio {'adiantado' if skew_ms > 0 else 'atrasado'} {size}"
