"""The commands of a device's keeper: ``doctor``, ``rekey``, ``store-key`` and ``audit``."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

if TYPE_CHECKING:
    from kiosk.custody.choices import Choice
    from kiosk.domain.audit_chains import Verdict
    from kiosk.settings import Settings
    from kiosk.store.checkups import Checkup
    from kiosk.store.enrolments import Enrolment

_CONNECT_SECONDS = 3.0
_NO_ACCESS = 403
_FACES = {"kiosk": "quiosque", "desk": "balcão"}
_PORTS = {"https": 443, "http": 80}
_CUSTODIES = {
    "keyring": "chaveiro do sistema",
    "systemd": "credencial do systemd",
    "file": "arquivo que só este usuário lê",
    "demo": "DEMONSTRAÇÃO, a chave está ao lado dos dados e não os protege",
}

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados desta máquina.")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
]
RegistryOption = Annotated[
    str | None, typer.Option("--registry", metavar="URL", help="Endereço do cadastro central.")
]

store_key_app = typer.Typer(help="A chave dos dados desta máquina.", no_args_is_help=True)


audit_app = typer.Typer(help="A auditoria desta máquina: conferir.", no_args_is_help=True)


@audit_app.callback()
def _audit() -> None:
    """Keep the name of the one command there is on the command line."""


@audit_app.command(
    "verify",
    help="Confere a auditoria desta máquina linha por linha, também contra o fim que o cadastro "
    "central conhece. Sai com 3 se está quebrada, e diz qual é a primeira linha.",
)
def verify_audit(
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="N:HEX",
            help="Um fim anotado antes, como este comando o mostra. Pode repetir.",
        ),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Verify the chain; works beside a running program."""
    from kiosk import settings
    from kiosk.audit_verdicts import BROKEN_EXIT_CODE, verdict_words
    from kiosk.complaints import Complaint
    from kiosk.domain.audit_chains import read_head
    from kiosk.store.audit_checks import check_audit
    from kiosk.store.files import FILE_NAME
    from kiosk.store.unlockings import known_key

    known = [read_head(one) for one in head or ()]
    if None in known:
        raise Complaint("--head: escreva o fim como audit verify o mostra, NÚMERO:64 letras.", 2)
    loaded = settings.load(config, data_dir=data)
    store = loaded.data_dir / FILE_NAME
    verdict = check_audit(store, known_key(loaded.data_dir), [one for one in known if one])
    if verdict is None:
        raise Complaint(
            f"Em {loaded.data_dir} não há auditoria que se possa ler. Confira a pasta com --data, "
            "ou abra o programa uma vez: ele recupera o que está danificado."
        )
    for line in verdict_words(verdict, "main.py audit verify"):
        typer.echo(line)
    if verdict.broken is not None:
        raise typer.Exit(BROKEN_EXIT_CODE)


@store_key_app.callback()
def _store_key() -> None:
    """Keep the name of the one command there is on the command line."""


@store_key_app.command(
    "new",
    help="Sorteia uma chave e a escreve na saída, para guardá-la com systemd-creds. "
    "Não muda nada nesta máquina.",
)
def new_key() -> None:
    """Draw a key for a custody that cannot draw its own."""
    from kiosk.database.keys import StoreKey

    typer.echo(StoreKey.draw().written())


def doctor(
    data: DataOption = None, registry: RegistryOption = None, config: ConfigOption = None
) -> None:
    """Diz como está esta máquina: chave, dados, inscrição, linha. Sai com 1 se algo vai mal."""
    from kiosk import settings
    from kiosk.complaints import unusable_data_dir
    from kiosk.domain.disks import DiskState, disk_state_of
    from kiosk.store.checkups import KeyState, check_up

    loaded = settings.load(config, data_dir=data, registry_url=registry)
    typer.echo(f"Pasta de dados: {loaded.data_dir}")
    try:
        is_there = loaded.data_dir.is_dir()
    except OSError:
        raise unusable_data_dir(loaded.data_dir) from None
    if not is_there:
        typer.echo("  ainda não existe: nenhum quiosque ou balcão trabalhou ali")
        raise typer.Exit(1)
    found = check_up(loaded.data_dir)
    for line in _lines(found):
        typer.echo(line)
    is_reached = _say_line(loaded, found.enrolment)
    is_well = (
        found.key is KeyState.OPENS
        and found.enrolment is not None
        and found.schema in (None, found.wanted_schema)
        and not found.plain_files
        and (found.audit is None or found.audit.broken is None)
        and disk_state_of(found.free_bytes) is DiskState.OK
        and is_reached is not False
    )
    raise typer.Exit(0 if is_well else 1)


def rekey_command(
    data: DataOption = None,
    config: ConfigOption = None,
    key_custody: Annotated[
        str | None,
        typer.Option(
            "--key-custody",
            metavar="QUEM",
            help="Outra custódia para a chave nova: keyring, systemd ou file.",
        ),
    ] = None,
    custody: Annotated[str | None, typer.Option("--custody", hidden=True)] = None,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", metavar="ARQUIVO", help="Onde, com a custódia file."),
    ] = None,
    leave_quarantine: Annotated[
        bool,
        typer.Option(
            "--leave-quarantine",
            help="Troca mesmo havendo arquivos em quarantine, que ficam sob a chave antiga.",
        ),
    ] = False,
) -> None:
    """Troca a chave dos dados desta máquina. Interrompida, a próxima abertura a termina."""
    from kiosk import settings
    from kiosk.custody.choices import load_choice
    from kiosk.store.key_changes import change_key

    loaded = settings.load(config, data_dir=data)
    before = load_choice(loaded.data_dir)
    choice = change_key(
        loaded.data_dir, key_custody or custody, key_file, leave_quarantine=leave_quarantine
    )
    typer.echo(f"A chave foi trocada. Custódia: {_CUSTODIES[choice.kind]} ({choice.place})")
    typer.echo("Cópias destes dados feitas antes, em outro lugar, só abrem com a chave antiga.")
    if before is not None and (before.kind, before.place) != (choice.kind, choice.place):
        typer.echo(_left_behind(before))


def _left_behind(before: "Choice") -> str:
    """Return where the old key still is after another custody took the new one."""
    what = f"A chave antiga ficou: {_CUSTODIES[before.kind]} ({before.place}). "
    rest = "Sem cópias feitas antes que devam abrir, apague-a"
    match before.kind:
        case "keyring":
            return f"{what}{rest}: secret-tool clear service kiosk-pas username {before.place}"
        case "systemd":
            return f"{what}{rest}, com a linha LoadCredentialEncrypted= do serviço."
    return f"{what}{rest}."


def _lines(found: "Checkup") -> list[str]:
    from kiosk.store.checkups import KeyState

    lines = []
    if found.choice is not None:
        lines.append(f"Custódia da chave: {_CUSTODIES[found.choice.kind]}")
        lines.append(f"  onde: {found.choice.place}")
    match found.key:
        case KeyState.OPENS:
            lines.append("Chave: está lá e abre os dados")
        case KeyState.UNDER_WAY:
            if found.choice is not None and found.choice.check is None:
                lines.append(
                    "Chave: ainda nenhuma; a custódia escolhida não recebeu uma, e outra pode ser "
                    "escolhida (--key-custody ao inscrever, ou key_custody)"
                )
            else:
                lines.append(
                    "Chave: uma troca ficou no meio; a próxima abertura do programa a termina"
                )
        case KeyState.NOT_CHOSEN:
            lines.append("Chave: nenhuma custódia foi escolhida (key_custody)")
        case KeyState.REFUSED:
            lines.append(f"Chave: {found.complaint}")
    if found.schema is not None:
        fits = "deste programa" if found.schema == found.wanted_schema else "de outra versão"
        lines.append(f"Esquema dos dados: {found.schema}, {fits}")
    if found.plain_files:
        lines.append(f"ATENÇÃO, arquivos sem cifra: {', '.join(found.plain_files)}")
    if found.audit is not None:
        lines.append(_audit_line(found.audit))
    lines.append(f"Espaço livre no disco: {found.free_bytes // 1_000_000} MB")
    if found.enrolment is not None:
        lines += _enrolment_lines(found.enrolment)
    elif found.complaint is None:
        lines.append(
            "Inscrição: nenhuma; abra o programa (main.py kiosk ou main.py desk), ou use main.py "
            "enrol"
        )
    return lines


def _audit_line(verdict: "Verdict") -> str:
    from kiosk.audit_verdicts import break_words

    if verdict.broken is not None:
        return f"Auditoria: QUEBRADA, {break_words(verdict.broken)}"
    return f"Auditoria: inteira, fim {verdict.head}"


def _enrolment_lines(enrolment: "Enrolment") -> list[str]:
    from kiosk.sync.renewals import KEY_LIFE_MS

    agreed = enrolment.agreed
    face = _FACES.get(agreed.face, agreed.face)
    made, due = _day(agreed.key_made_at), _day(agreed.key_made_at + KEY_LIFE_MS)
    return [
        f"Inscrição: “{agreed.name}” ({agreed.site}), {face}; recibos {enrolment.code}-…",
        f"Chave de assinatura: feita em {made}; troca-se sozinha a partir de {due}",
    ]


def _day(at_ms: int) -> str:
    from kiosk.clocks import local_time

    try:
        return f"{local_time(at_ms):%d/%m/%Y}"
    except (ValueError, OverflowError, OSError):
        return "?"


def _say_line(loaded: "Settings", enrolment: "Enrolment | None") -> bool | None:
    """Ask the registry something as this device, and say what came of it.

    Returns:
        Whether it answered; None where no address is known.
    """
    from msgspec.structs import replace as with_other

    from kiosk.clocks import SystemClock
    from kiosk.sync.enrolments import check
    from kiosk.sync.registries import NotAuthorised, Unreachable
    from kiosk.sync.troubles import trouble_words

    url = loaded.registry_url or (None if enrolment is None else enrolment.agreed.registry)
    if url is None:
        typer.echo("Cadastro central: nenhum endereço (registry_url)")
        return None
    if enrolment is None:
        return _say_port(url)
    asking = replace(enrolment, agreed=with_other(enrolment.agreed, registry=url))
    try:
        check(asking, SystemClock().now_ms, loaded.request_seconds)
    except Unreachable as failure:
        typer.echo(f"Cadastro central: {trouble_words(url, failure)}")
        return False
    except NotAuthorised as refusal:
        why = (
            "tirou o acesso desta máquina, ou ela foi dada como roubada"
            if refusal.status == _NO_ACCESS
            else "não conhece a chave desta máquina"
        )
        typer.echo(
            f"Cadastro central: {url} {why}. Para voltar: registry devices enrol-code --device "
            f"{enrolment.code}, e aqui main.py enrol --again"
        )
        return False
    typer.echo(f"Cadastro central: {url} respondeu a um pedido assinado por esta máquina")
    return True


def _say_port(url: str) -> bool:
    """Say whether anybody listens at an address, which is all that a stranger can ask."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
    try:
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except OSError:
        typer.echo(f"Cadastro central: ninguém atende em {address[0]}:{address[1]}")
        return False
    typer.echo(
        f"Cadastro central: alguém atende em {address[0]}:{address[1]}; sem inscrição não se sabe "
        "quem"
    )
    return True
