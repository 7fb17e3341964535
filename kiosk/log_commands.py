"""The command ``logs``: what the log of this machine says, in words."""

from pathlib import Path
from typing import Annotated

import typer


def logs_command(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados desta máquina.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
    ] = None,
    last: Annotated[
        int, typer.Option("--last", min=1, help="Quantas linhas, contadas do fim.")
    ] = 50,
    operation: Annotated[
        str | None,
        typer.Option(
            "--operation", metavar="ID|RECIBO", help="Só as linhas de um pedido, todas elas."
        ),
    ] = None,
) -> None:
    """Mostra o log desta máquina em palavras. Não há dados de ninguém nele."""
    from kiosk import settings
    from kiosk.complaints import Complaint, unusable_data_dir
    from kiosk.log_readings import in_words, of_operation, read_lines
    from kiosk.logs import FOLDER

    folder = settings.load(config, data_dir=data).data_dir / FOLDER
    try:
        lines = read_lines(folder)
    except OSError:
        raise unusable_data_dir(folder.parent) from None
    if operation is not None:
        wanted = _wanted(operation)
        if wanted is None:
            raise Complaint("Isto não é um número de recibo nem a identificação de um pedido.", 2)
        lines = of_operation(lines, wanted)
    else:
        lines = lines[-last:]
    if not lines:
        raise Complaint(f"Nada no log em {folder}." if operation is None else "Nada no log dele.")
    for line in lines:
        typer.echo(in_words(line))


def _wanted(typed: str) -> str | None:
    from uuid import UUID

    from kiosk.domain import receipts

    receipt = receipts.parse(typed)
    if receipt is not None:
        return str(receipt)
    try:
        return str(UUID(typed.strip()))
    except ValueError:
        return None
