"""The commands for the keys that devices seal to: ``registry keys list|rotate|prune``."""

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
    from kiosk.registry.sealing_keys import KeptKey

KEPT_EXIT_CODE = 3
_DAY_MS = 24 * 3600 * 1000
_DEVICES_NAMED = 10

keys_app = typer.Typer(
    help="As chaves com que os aparelhos lacram os pedidos: listar, trocar, apagar as antigas.",
    no_args_is_help=True,
)


@keys_app.command("list", help="Mostra as chaves, da mais antiga à que está em uso.")
def list_command(database: Database = None, data: Data = None, config: Config = None) -> None:
    """Print the keys, and why the retired ones are kept."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.sealing_keys import SealingKeys, kept_keys

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        SealingKeys(engine, system_clock)
        for key in kept_keys(engine):
            typer.echo(_line(key, system_clock()))


@keys_app.command(
    "rotate",
    help="Põe uma chave nova em uso; a de agora fica para abrir o que já foi lacrado com ela. "
    "Depois faça uma cópia de segurança do banco.",
)
def rotate_command(database: Database = None, data: Data = None, config: Config = None) -> None:
    """Make a new key."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.sealing_keys import SealingKeys, rotate

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        SealingKeys(engine, system_clock)
        new = rotate(engine, system_clock())
    typer.echo(f"Chave em uso: {new}. Cada aparelho a recebe na próxima vez que ouve o cadastro.")
    typer.echo(
        "Faça agora uma cópia de segurança do banco: sem esta chave, o que for lacrado com ela "
        "não se abre mais."
    )


@keys_app.command(
    "prune",
    help="Apaga as chaves que nenhum pedido precisa mais: trocadas há mais de 45 dias, ouvidos "
    "desde então todos os aparelhos, e nenhum deles lacra mais com elas. "
    "Sai com 3 se alguma antiga teve de ficar.",
)
def prune_command(
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="APARELHO",
            help="Não esperar mais por este aparelho, perdido ou destruído. Pode repetir.",
        ),
    ] = None,
    database: Database = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Delete the keys that nothing can be sealed to any more; exits with 3 where one is kept."""
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.sealing_keys import kept_keys, prune

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        now = system_clock()
        pruned = prune(engine, now, frozenset(without or ()))
        left = [key for key in kept_keys(engine) if key.retired_at is not None]
    typer.echo(f"Chaves apagadas: {len(pruned)}")
    for key_id in pruned:
        typer.echo(f"  {key_id}")
    for key in left:
        typer.echo(_line(key, now))
    if left:
        raise typer.Exit(KEPT_EXIT_CODE)


def _line(key: "KeptKey", now: int) -> str:
    made = f"{key.id}, feita há {_days(now - key.made_at)}"
    if key.retired_at is None:
        return f"{made}: em uso"
    retired = f"{made}, trocada há {_days(now - key.retired_at)}"
    if key.is_young(now):
        return f"{retired}: fica até 45 dias depois da troca"
    reasons = []
    if key.kept_for:
        reasons.append(f"aparelhos não ouvidos desde então ({_named(key.kept_for)})")
    if key.used_by:
        reasons.append(
            "aparelhos que ainda lacram com ela, ou não dizem com qual; inscreva-os de novo ou "
            f"atualize o programa deles ({_named(key.used_by)})"
        )
    if reasons:
        return f"{retired}: fica por {' e por '.join(reasons)}"
    return f"{retired}: pode ser apagada"


def _named(devices: tuple[str, ...]) -> str:
    more = ", …" if len(devices) > _DEVICES_NAMED else ""
    return ", ".join(devices[:_DEVICES_NAMED]) + more


def _days(ms: int) -> str:
    days = max(0, ms) // _DAY_MS
    return "1 dia" if days == 1 else f"{days} dias"
