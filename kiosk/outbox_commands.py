"""The commands of a device's queue: ``outbox export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.store.exports import OutboxExport

LEFT_OUT_EXIT_CODE = 3

outbox_app = typer.Typer(help="A fila desta máquina: exportar.", no_args_is_help=True)


@outbox_app.callback()
def _outbox() -> None:
    """Keep the name of the one command there is on the command line."""


@outbox_app.command(
    "export",
    help="Grava num arquivo tudo o que esta máquina ainda não entregou, para levar ao cadastro "
    "central. A fila fica como está. Sai com 3 se algum pedido danificado ficou de fora.",
)
def export_command(
    file: Annotated[Path, typer.Argument(metavar="ARQUIVO", help="Onde gravar.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados desta máquina.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Substitui uma fila exportada antes.")
    ] = False,
) -> None:
    """Export the queue; works while the program runs and when it does not."""
    from kiosk import settings
    from kiosk.clocks import SystemClock
    from kiosk.store.exports import export_outbox
    from kiosk.store.unlockings import known_key

    loaded = settings.load(config, data_dir=data)
    export = export_outbox(
        loaded.data_dir,
        file,
        SystemClock().now_ms(),
        force=force,
        key=known_key(loaded.data_dir),
    )
    for line in _lines(export, file):
        typer.echo(line)
    if export.damaged:
        raise typer.Exit(LEFT_OUT_EXIT_CODE)


def _lines(export: "OutboxExport", file: Path) -> list[str]:
    lines = []
    if export.damaged:
        lines.append(
            f"ATENÇÃO: pedidos que o disco danificou e que ficaram de fora: {export.damaged}. "
            "Anote e chame o suporte."
        )
        if export.damaged_receipts:
            more = " e outros" if len(export.damaged_receipts) < export.damaged else ""
            lines.append(f"  Recibos deles: {', '.join(export.damaged_receipts)}{more}")
    if not export.count:
        return [*lines, "Não há nada para exportar, e nenhum arquivo foi gravado."]
    lead = f"Leve {file} ao cadastro central e lá use: main.py registry import-outbox ARQUIVO"
    care = (
        "Guarde bem o arquivo, que traz dados de pessoas. A fila desta máquina ficou como estava: "
        "quando a linha voltar, nada acontece duas vezes."
    )
    return [
        f"Pedidos exportados: {export.count}",
        f"  dos quais precisam de um atendente: {export.parked}",
        *lines,
        lead,
        care,
    ]
