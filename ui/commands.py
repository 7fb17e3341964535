"""The commands of the command line, and how a mistake in one of them ends."""

import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import TyperException

from kiosk.complaints import Complaint
from kiosk.device_commands import audit_app, doctor, rekey_command, store_key_app
from kiosk.enrolment_commands import enrol_command
from kiosk.log_commands import logs_command
from kiosk.outbox_commands import outbox_app
from kiosk.registry.commands import registry_app

_INTERRUPTED = 130
# The library's name for a command line without a command, which gets the help.
_NO_COMMAND = "NoArgsIsHelpError"
# The library speaks English; these are its words for the mistakes that can be made here.
_SAID = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "não é um número.",
    "Input should be less than or equal to": "o máximo é",
    "Input should be greater than or equal to": "o mínimo é",
    "Input should be": "deve ser",
    "No such option:": "Opção desconhecida:",
    "No such command": "Comando desconhecido:",
    "Missing argument": "Falta o argumento",
    "Missing option": "Falta a opção",
    "Missing parameter": "Falta o parâmetro",
    "Invalid value for": "Valor que não serve para",
    "Invalid value": "Valor que não serve",
    "Got unexpected extra argument": "Argumento a mais",
    "requires an argument": "precisa de um valor",
    "Option": "A opção",
    "is not a valid integer": "não é um número inteiro",
    "is not one of": "não é um de",
    "is not in the range": "não está na faixa",
    "Did you mean": "Seria",
    "Possible options:": "Opções parecidas:",
}

_FRAME = {
    r"^Usage: ": "Uso: ",
    r"\[OPTIONS\]": "[OPÇÕES]",
    r"COMMAND \[ARGS\]\.\.\.": "COMANDO [PALAVRAS]...",
    r"^Arguments:$": "Argumentos:",
    r"^Options:$": "Opções:",
    r"^Commands:$": "Comandos:",
    r"Show this message and exit\.": "Mostra esta ajuda e sai.",
    r"\[required\]": "[obrigatório]",
    r"\[default:": "[padrão:",
    # As long as they are, since they stand in columns.
    r"<str>": "<txt>",
    r"<int>": "<núm>",
    r"<path>": "<arq.>",
}

if TYPE_CHECKING:
    from kiosk.services.first_runs import FirstRun
    from kiosk.services.front_desk import FrontDesk
    from kiosk.settings import Settings
    from ui.app import Painted


class Face(StrEnum):
    """Which of the two faces of the program is shown."""

    KIOSK = "kiosk"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a command finds when it starts.

    Attributes:
        program: Path of ``main.py``.
        painted: The window, already on screen; None where there is no screen.
    """

    program: Path
    painted: "Painted | None"


DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados desta máquina.")
]
RegistryOption = Annotated[
    str | None, typer.Option("--registry", metavar="URL", help="Endereço do cadastro central.")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="ARQUIVO", help="Arquivo de configuração TOML.")
]

app = typer.Typer(
    name="main.py",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Quiosque e balcão de atendimento do PAS/SERPRO.",
)
app.add_typer(registry_app, name="registry")
app.add_typer(outbox_app, name="outbox")
app.add_typer(store_key_app, name="store-key")
app.add_typer(audit_app, name="audit")
app.command("doctor")(doctor)
app.command("logs")(logs_command)
app.command("rekey")(rekey_command)
app.command("enrol")(enrol_command)


@app.command("run")
def run(
    context: typer.Context,
    face: Annotated[Face, typer.Option(help="Rosto do programa: quiosque ou balcão.")] = Face.KIOSK,
    roster: Annotated[
        Path | None, typer.Option(metavar="ARQUIVO.csv", help="Beneficiários em vez da amostra.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Demonstração: o quiosque com um cadastro central próprio e pessoas de amostra."""
    from ui.demonstrations import open_demonstration

    invocation: Invocation = context.obj
    if invocation.painted is None:
        _tour_instead(invocation, face)
        return
    with ExitStack() as closing:
        folder = data or Path(closing.enter_context(tempfile.TemporaryDirectory("-kiosk-demo")))
        _show(
            invocation,
            lambda: open_demonstration(
                invocation.program, _settings(config, folder, None), config, roster, closing
            ),
        )


@app.command("kiosk")
def kiosk(
    context: typer.Context,
    data: DataOption = None,
    registry: RegistryOption = None,
    config: ConfigOption = None,
) -> None:
    """Abre o quiosque de autoatendimento."""
    _open_face(context.obj, Face.KIOSK, data, registry, config)


@app.command("desk")
def desk(
    context: typer.Context,
    data: DataOption = None,
    registry: RegistryOption = None,
    config: ConfigOption = None,
) -> None:
    """Abre o balcão de atendimento."""
    _open_face(context.obj, Face.DESK, data, registry, config)


@app.command("tour")
def tour(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="PASTA", help="Pasta das imagens; criada se faltar.")
    ],
    all_sizes: Annotated[
        bool, typer.Option("--all-sizes", help="Cada imagem em todos os tamanhos de tela.")
    ] = False,
    face: Annotated[Face, typer.Option(help="Rosto do programa: quiosque ou balcão.")] = Face.KIOSK,
) -> None:
    """Percorre todas as jornadas em janelas de verdade, sem tela, com uma imagem por passo."""
    invocation: Invocation = context.obj
    from ui.tour.tours import run_tour

    raise typer.Exit(run_tour(invocation.program, folder, face=face.value, all_sizes=all_sizes))


def run_command(program: Path, painted: "Painted | None") -> int:
    """Run the command that was typed.

    Args:
        program: Path of ``main.py``.
        painted: The window, where the command has one and there is a screen.
    """
    _spare_letters()
    try:
        command = typer.main.get_command(app)
        _help_in_portuguese(command)
        result = command(standalone_mode=False, obj=Invocation(program, painted))
    except Complaint as complaint:
        print(complaint, file=sys.stderr)  # noqa: T201
        return complaint.exit_code
    except TyperException as mistake:
        if type(mistake).__name__ == _NO_COMMAND:
            print(mistake.format_message())  # noqa: T201
        else:
            print(_in_one_line(mistake), file=sys.stderr)  # noqa: T201
        return mistake.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    return result if isinstance(result, int) else 0


def _spare_letters() -> None:
    """Let no letter that a terminal lacks end a command, which may have done its work already."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _help_in_portuguese(command: Any) -> None:
    """Let a command and all below it show their help without the library's English frame."""
    english = command.get_help

    def get_help(context: Any) -> str:
        said: str = english(context)
        for pattern, portuguese in _FRAME.items():
            said = re.sub(pattern, portuguese, said, flags=re.MULTILINE)
        return said

    # The library has no place for it: part of its frame is not even looked up in a catalogue.
    command.get_help = get_help
    for one in getattr(command, "commands", {}).values():
        _help_in_portuguese(one)


def _in_one_line(mistake: TyperException) -> str:
    """Say a mistake in the words of a command in one line of pt-BR."""
    said = " ".join(mistake.format_message().split())
    for english, portuguese in _SAID.items():
        said = said.replace(english, portuguese)
    return f"{said.rstrip('.')}. Veja as opções com --help."


def _open_face(
    invocation: Invocation,
    face: Face,
    data: Path | None,
    registry: str | None,
    config: Path | None,
) -> None:
    if invocation.painted is None:
        raise Complaint(
            "Não há tela neste ambiente (DISPLAY e WAYLAND_DISPLAY vazios, ou o servidor não "
            "responde). Abra numa sessão gráfica, ou veja as telas com: main.py tour PASTA"
        )

    def opening(shown: str) -> "Callable[[], FrontDesk]":
        def open_front_desk() -> "FrontDesk":
            from kiosk import bootstrap

            settings = _settings(config, data, registry)
            return bootstrap.open_front_desk(settings, settings.registry_url, face=shown)

        return open_front_desk

    def begin_first_run() -> "FirstRun":
        from kiosk import bootstrap

        return bootstrap.begin_first_run(_settings(config, data, registry))

    painted = invocation.painted
    code = painted.run(opening(face.value), begin_first_run)
    if painted.enrolled_face is not None:
        from ui.app import paint_first

        # In the look of the face that the device was given, which need not be this one.
        again = paint_first(painted.enrolled_face, demo=False)
        painted.window.close()
        code = again.run(opening(painted.enrolled_face))
    raise typer.Exit(code)


def _show(invocation: Invocation, open_front_desk: "Callable[[], FrontDesk]") -> None:
    if invocation.painted is None:
        raise AssertionError
    raise typer.Exit(invocation.painted.run(open_front_desk))


def _settings(config: Path | None, data: Path | None, registry: str | None) -> "Settings":
    from kiosk import settings

    return settings.load(config, data_dir=data, registry_url=registry)


def _tour_instead(invocation: Invocation, face: Face) -> None:
    from ui.tour.tours import run_tour

    folder = Path(tempfile.mkdtemp(prefix="kiosk-tour-"))
    typer.echo(f"Não há tela neste ambiente. Em vez da janela ({face}), percorro as jornadas.")
    typer.echo(f"As imagens ficam em {folder}")
    raise typer.Exit(run_tour(invocation.program, folder, face=face.value))
