"""The commands for devices: ``registry devices enrol-code|list|rename|revoke|report-stolen``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kiosk.registry.device_lists import Exposure, ListedDevice

devices_app = typer.Typer(
    help="Os quiosques e balcões: inscrever, listar, renomear, tirar o acesso.",
    no_args_is_help=True,
)

_Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///ARQUIVO; sem ela, em --data."),
]
_Data = Annotated[
    Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados deste programa.")
]
_Config = Annotated[
    Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
]
_Code = Annotated[
    str, typer.Argument(metavar="CÓDIGO", help="Os seis caracteres com que começam os recibos.")
]


class FaceChoice(StrEnum):
    """Which of the two faces the device will show."""

    KIOSK = "kiosk"
    DESK = "desk"


_FACES = {"kiosk": "quiosque", "desk": "balcão"}
_CHAINS = {
    "went_back": "a auditoria voltou atrás",
    "forked": "a auditoria foi escrita de novo",
    "restored": "foi recuperado de um backup",
}
_STATES = {"active": "ativo", "revoked": "sem acesso", "stolen": "dado como roubado"}


@devices_app.command(
    "enrol-code",
    help="Faz um código que inscreve uma máquina, uma vez, nos próximos 15 minutos.",
)
def enrol_code_command(
    name: Annotated[str, typer.Option("--name", help="Nome da máquina, como “Quiosque 2”.")],
    site: Annotated[str, typer.Option("--site", help="Onde ela fica.")],
    face: Annotated[FaceChoice, typer.Option("--face", help="Quiosque ou balcão.")],
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="CÓDIGO",
            help="Inscreve de novo uma máquina já conhecida; a chave antiga deixa de valer.",
        ),
    ] = None,
    database: _Database = None,
    data: _Data = None,
    config: _Config = None,
) -> None:
    """Print a code, in groups for typing and, where the library is there, as a QR code."""
    from kiosk.domain.enrolment_codes import LIFE_MS, grouped
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.device_lists import require_device
    from kiosk.registry.enrolments import Enrolments, Place
    from kiosk.registry.keys import load_keys

    place = Place(_told(name, "--name"), _told(site, "--site"), face.value)
    with _opened(database, data, config) as engine:
        if device is not None:
            device = _device(device)
            require_device(engine, device)
        code = Enrolments(engine, load_keys(engine), system_clock).make_code(place, device)
    typer.echo(f"Código de inscrição de “{place.name}” ({place.site}, {_FACES[place.face]}):")
    typer.echo("")
    typer.echo(f"  {grouped(code)}")
    typer.echo("")
    if find_spec("segno") is not None:
        import_module("segno").make(grouped(code), micro=False).terminal(compact=True)
    typer.echo(f"Vale uma vez, por {LIFE_MS // 60_000} minutos. Na máquina: main.py enrol")


@devices_app.command("list", help="Lista os aparelhos inscritos.")
def list_command(database: _Database = None, data: _Data = None, config: _Config = None) -> None:
    """Print every device with its state."""
    from kiosk.registry.device_lists import list_devices

    with _opened(database, data, config) as engine:
        listed = list_devices(engine)
    for one in listed:
        typer.echo(_line(one))
    if not listed:
        typer.echo("Nenhum aparelho inscrito. Faça um código com: registry devices enrol-code")


@devices_app.command("rename", help="Dá outro nome a um aparelho.")
def rename_command(
    code: _Code,
    name: Annotated[str, typer.Argument(metavar="NOME", help="O nome novo.")],
    database: _Database = None,
    data: _Data = None,
    config: _Config = None,
) -> None:
    """Rename a device."""
    from kiosk.registry.device_lists import rename

    code, name = _device(code), _told(name, "NOME")
    with _opened(database, data, config) as engine:
        rename(engine, code, name, _now())
    typer.echo(f"{code} agora se chama “{name}”.")


@devices_app.command("revoke", help="Tira o acesso de um aparelho, já no próximo pedido dele.")
def revoke_command(
    code: _Code, database: _Database = None, data: _Data = None, config: _Config = None
) -> None:
    """Revoke a device."""
    from kiosk.registry.device_lists import shut_out
    from kiosk.registry.tables import DeviceState

    code = _device(code)
    with _opened(database, data, config) as engine:
        shut_out(engine, code, DeviceState.REVOKED, _now())
    typer.echo(
        f"{code} não tem mais acesso. O que ainda entregar fica à parte, para um supervisor. "
        "Para inscrever de novo: registry devices enrol-code --device"
    )


@devices_app.command(
    "report-stolen",
    help="Tira o acesso de um aparelho roubado e lista as pessoas que ele pode expor.",
)
def report_stolen_command(
    code: _Code, database: _Database = None, data: _Data = None, config: _Config = None
) -> None:
    """Note a theft, and print of whom the device has delivered something."""
    from kiosk.registry.device_lists import exposure_of, shut_out
    from kiosk.registry.tables import DeviceState

    code = _device(code)
    with _opened(database, data, config) as engine:
        shut_out(engine, code, DeviceState.STOLEN, _now())
        exposure = exposure_of(engine, code, _now())
    typer.echo(f"{code} não tem mais acesso. O que ainda entregar fica à parte.")
    for line in _exposure_lines(exposure):
        typer.echo(line)


def _exposure_lines(exposure: "Exposure") -> Iterator[str]:
    yield f"Pessoas de quem este aparelho entregou pedidos: {len(exposure.people)}"
    for one in exposure.people:
        yield f"  {one.person_id}: {one.operations}, o último em {_instant(one.last_at)}"
    if exposure.nobodys:
        yield f"Pedidos cujos dados não eram de ninguém: {exposure.nobodys}"
    yield "O que a máquina ainda não tinha entregado não está nesta lista."


def _line(one: "ListedDevice") -> str:
    heard = "nunca ouvido" if one.heard_at is None else f"ouvido em {_instant(one.heard_at)}"
    chain = ""
    if one.chain_broken is not None and one.chain_broken_at is not None:
        chain = f"; {_CHAINS[one.chain_broken]} em {_instant(one.chain_broken_at)}"
    return (
        f"{one.code}  {one.name} ({one.site}, {_FACES.get(one.face, one.face)}): "
        f"{_STATES[one.state]} desde {_instant(one.state_at)}, {heard}{chain}"
    )


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000).astimezone():%d/%m/%Y %H:%M}"


def _now() -> int:
    from kiosk.registry.clocks import system_clock

    return system_clock()


def _told(text: str, option: str) -> str:
    from kiosk.complaints import Complaint
    from kiosk.registry.enrolments import LONGEST_NAME

    told = " ".join(text.split())
    if not told or len(told) > LONGEST_NAME or not told.isprintable():
        raise Complaint(f"{option}: escreva de 1 a {LONGEST_NAME} letras, numa linha.", 2)
    return told


def _device(text: str) -> str:
    from kiosk.complaints import Complaint
    from kiosk.domain.receipts import is_device_code

    code = text.strip().upper()
    if not is_device_code(code):
        raise Complaint(
            "O código de um aparelho são os seis caracteres com que começam os recibos dele.", 2
        )
    return code


@contextmanager
def _opened(database: str | None, data: Path | None, config: Path | None) -> Iterator["Engine"]:
    from kiosk.registry.command_options import refuse_missing, settings_of
    from kiosk.registry.databases import opened_database

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine:
        yield engine
