"""The commands for devices: ``registry devices enrol-code|list|rename|revoke|report-stolen``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kiosk.registry.device_lists import Exposure, ListedDevice
    from kiosk.registry.enrolments import Place

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
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Nome da máquina, como “Quiosque 2”; com --device, o de agora."
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", help="Onde ela fica; com --device, onde já ficava.")
    ] = None,
    face: Annotated[
        FaceChoice | None,
        typer.Option("--face", help="Quiosque ou balcão; com --device, como já era."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="CÓDIGO",
            help="Inscreve de novo uma máquina já conhecida; a chave antiga deixa de valer.",
        ),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(
            "--registry",
            metavar="URL",
            help="Endereço em que as máquinas acham este cadastro; vai no QR, com o código.",
        ),
    ] = None,
    qr: Annotated[
        Path | None,
        typer.Option("--qr", metavar="ARQUIVO", help="Grava o QR num arquivo .png ou .svg."),
    ] = None,
    database: _Database = None,
    data: _Data = None,
    config: _Config = None,
) -> None:
    """Print a code, in groups for typing and as a QR code."""
    from kiosk.domain.enrolment_codes import LIFE_MS, grouped
    from kiosk.domain.enrolment_tickets import Ticket, written
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.enrolments import Enrolments
    from kiosk.registry.keys import load_keys
    from kiosk.registry.tickets import print_qr, require_picture, save_qr

    if qr is not None:
        require_picture(qr)
    address = _address(registry, config)
    with _opened(database, data, config) as engine:
        if device is not None:
            device = _device(device)
        place = _place(engine, device, name, site, face)
        code = Enrolments(engine, load_keys(engine), system_clock).make_code(place, device)
    typer.echo(f"Código de inscrição de “{place.name}” ({place.site}, {_FACES[place.face]}):")
    typer.echo("")
    typer.echo(f"  {grouped(code)}")
    typer.echo("")
    said = grouped(code) if address is None else written(Ticket(code, address))
    print_qr(said)
    if address is None:
        typer.echo("O QR leva só o código. Com --registry URL, leva também o endereço.")
    else:
        typer.echo(f"O QR leva: {said}")
    if qr is not None:
        save_qr(said, qr)
        typer.echo(f"QR gravado em {qr}. Apague-o depois: até ser usado, ele inscreve uma máquina.")
    begun = f"Vale uma vez, por {LIFE_MS // 60_000} minutos. Na máquina"
    if device is None:
        typer.echo(f"{begun}: abra o programa (main.py {place.face}), ou main.py enrol")
    else:
        typer.echo(
            f"{begun}: se ela já foi inscrita, main.py enrol --again; senão, abra o programa "
            f"(main.py {place.face})"
        )


def _address(registry: str | None, config: Path | None) -> str | None:
    from kiosk import settings

    return settings.load(config, registry_url=registry).registry_url


def _place(
    engine: "Engine",
    device: str | None,
    name: str | None,
    site: str | None,
    face: FaceChoice | None,
) -> "Place":
    """Return what the device will be; what is not said of a known one stays as it is."""
    from kiosk.complaints import Complaint
    from kiosk.registry.device_lists import require_device
    from kiosk.registry.enrolments import Place

    known = None if device is None else require_device(engine, device)
    if known is None and (name is None or site is None or face is None):
        raise Complaint("Diga --name, --site e --face da máquina.", 2)
    place = Place(
        known.name if known and name is None else _told(name or "", "--name"),
        known.site if known and site is None else _told(site or "", "--site"),
        known.face if known and face is None else str(face),
    )
    if known is not None and place != known:
        typer.echo(
            f"ATENÇÃO: {device} passa de “{known.name}” ({known.site}, {_FACES[known.face]}) a "
            f"“{place.name}” ({place.site}, {_FACES[place.face]}) quando usar o código.",
            err=True,
        )
    return place


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
        f"Para inscrever de novo: main.py registry devices enrol-code --device {code}"
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
