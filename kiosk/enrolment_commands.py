"""The command by which a technician makes a machine a device of its registry: ``enrol``."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.complaints import Complaint
    from kiosk.settings import Settings
    from kiosk.store.enrolments import Enrolment
    from kiosk.sync.registries import EnrolmentRefused, Unreachable

_TRIES = 3
_LONGEST_FILE = 1 << 20
_FACES = {"kiosk": "quiosque", "desk": "balcão"}


def enrol_command(
    registry: Annotated[
        str | None, typer.Option("--registry", metavar="URL", help="Endereço do cadastro central.")
    ] = None,
    code_file: Annotated[
        Path | None,
        typer.Option(
            "--code-file", metavar="ARQUIVO", help="De onde ler o código; sem ele, é perguntado."
        ),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(
            "--ca",
            metavar="ARQUIVO",
            help="Certificado (PEM) da autoridade própria do local, a única aceita depois.",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Inscreve de novo uma máquina já inscrita.")
    ] = False,
    key_custody: Annotated[
        str | None,
        typer.Option(
            "--key-custody",
            metavar="QUEM",
            help="Quem guarda a chave dos dados: keyring (chaveiro do sistema), systemd ou file.",
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="ARQUIVO", help="Onde, com --key-custody file, fora dos dados."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="PASTA", help="Pasta dos dados desta máquina.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="ARQUIVO", help="Configuração em TOML.")
    ] = None,
) -> None:
    """Inscreve esta máquina no cadastro central, com um código de quem o administra."""
    from kiosk import settings
    from kiosk.complaints import Complaint

    loaded = settings.load(
        config,
        data_dir=data,
        registry_url=registry,
        key_custody=key_custody,
        key_file=key_file,
    )
    if loaded.key_custody == "demo":
        raise Complaint(
            "A custódia “demo” deixa a chave ao lado dos dados e é só da demonstração (main.py "
            "run). Escolha keyring, systemd ou file.",
            2,
        )
    authority = None if ca is None else _text_of(ca)
    address, authority = _where(loaded, authority, again=again)
    _require_custody(loaded)
    code = _code(code_file)
    enrolment = _enrol(loaded, address, code, authority, again=again)
    agreed = enrolment.agreed
    typer.echo(
        f"Inscrita: “{agreed.name}” ({agreed.site}), {_FACES.get(agreed.face, agreed.face)}. "
        f"Os recibos desta máquina começam com {enrolment.code}."
    )
    _check(enrolment, loaded.request_seconds)
    typer.echo("Conferido: o cadastro central respondeu a um pedido assinado por esta máquina.")
    place = "" if data is None else f" --data {data}"
    typer.echo(f"Agora abra o programa: main.py {agreed.face}{place}")


def _where(loaded: "Settings", ca: str | None, *, again: bool) -> tuple[str, str | None]:
    """Return address and authority: what is said, else what this machine has agreed on before."""
    from kiosk.complaints import Complaint
    from kiosk.store.checkups import check_up

    is_known = again and loaded.data_dir.is_dir()
    present = check_up(loaded.data_dir).enrolment if is_known else None
    address = loaded.registry_url
    if present is not None and address in (None, present.agreed.registry):
        return present.agreed.registry, ca or present.agreed.ca
    if address is None:
        raise Complaint(
            "Diga onde está o cadastro central: --registry https://… (ou KIOSK_REGISTRY_URL, ou "
            "registry_url no arquivo de --config).",
            2,
        )
    return address, ca


def _require_custody(loaded: "Settings") -> None:
    """Refuse before a code is asked for, which is good for a quarter of an hour."""
    from kiosk.custody.choices import load_choice, wish_of
    from kiosk.store.unlockings import nobody_chosen

    if wish_of(loaded) is None and load_choice(loaded.data_dir) is None:
        raise nobody_chosen()


def _enrol(
    loaded: "Settings", address: str, code: str, ca: str | None, *, again: bool
) -> "Enrolment":
    from kiosk.clocks import SystemClock
    from kiosk.complaints import Complaint
    from kiosk.custody.choices import wish_of
    from kiosk.store.enrolments import EnrolmentStore
    from kiosk.store.files import open_store
    from kiosk.store.holds import DataDirHold
    from kiosk.store.unlockings import unlock
    from kiosk.sync.enrolments import enrol
    from kiosk.sync.registries import EnrolmentRefused, NotAuthorised, Unreachable

    with ExitStack() as opened:
        opened.callback(DataDirHold(loaded.data_dir).close)
        engine = open_store(loaded.data_dir, unlock(loaded.data_dir, wish_of(loaded)))
        opened.callback(engine.dispose)
        store = EnrolmentStore(engine)
        present = store.load()
        if present is not None and not again:
            raise Complaint(
                f"Esta máquina já está inscrita como “{present.agreed.name}” ({present.code}). "
                "Para inscrever de novo, use --again."
            )
        try:
            return enrol(
                store,
                address,
                code,
                ca=ca,
                now_ms=SystemClock().now_ms,
                total_seconds=loaded.request_seconds,
            )
        except EnrolmentRefused as refusal:
            raise _refused(refusal, store.own_code()) from None
        except NotAuthorised:
            raise Complaint(
                "O cadastro central não aceitou a assinatura desta máquina. Confira se o endereço "
                "é o certo e tente de novo com o mesmo código."
            ) from None
        except Unreachable as failure:
            raise _unreachable(address, failure) from None
        except ValueError:
            raise Complaint("O arquivo de --ca não tem um certificado em PEM.", 2) from None


def _check(enrolment: "Enrolment", total_seconds: float) -> None:
    from kiosk.clocks import SystemClock
    from kiosk.complaints import Complaint
    from kiosk.sync.enrolments import check
    from kiosk.sync.registries import NotAuthorised, Unreachable

    try:
        check(enrolment, SystemClock().now_ms, total_seconds)
    except (Unreachable, NotAuthorised):
        raise Complaint(
            "A máquina está inscrita, mas a conferência não teve resposta. Abra o programa: se o "
            "pé da tela disser “Em linha”, está tudo certo; senão, confira a rede."
        ) from None


def _refused(refusal: "EnrolmentRefused", own_code: str | None) -> "Complaint":
    from kiosk.complaints import Complaint

    if refusal.status == 409:
        return Complaint(
            "Esta máquina já é um aparelho do cadastro, ou deu recibos, e o código não é para ela. "
            f"Peça um código com: registry devices enrol-code --device {own_code or 'CÓDIGO'}"
        )
    if refusal.status == 429:
        minutes = int((refusal.retry_after or 0) // 60) + 1
        return Complaint(f"Códigos errados demais. Espere {minutes} min e tente de novo.")
    return Complaint(
        "O cadastro central não aceita este código: foi usado, passou dos 15 minutos ou não é "
        "deste cadastro. Peça outro."
    )


def _unreachable(address: str, failure: "Unreachable") -> "Complaint":
    from kiosk.complaints import Complaint
    from kiosk.sync.troubles import trouble_words

    words = trouble_words(address, failure)
    return Complaint(f"O cadastro central não foi alcançado: {words}. O mesmo código ainda serve.")


def _code(file: Path | None) -> str:
    from kiosk.complaints import Complaint
    from kiosk.domain.enrolment_codes import read

    for _ in range(_TRIES):
        if file is not None:
            typed = _text_of(file)
        elif sys.stdin.isatty():
            typed = typer.prompt("Código de inscrição", err=True)
        else:
            typed = sys.stdin.readline()
        code = read(typed)
        if code is not None:
            return code
        if file is not None or not sys.stdin.isatty():
            break
        typer.echo("O código não confere: veja se foi digitado como está escrito.", err=True)
    raise Complaint(
        "O código de inscrição não confere: são sete grupos de quatro letras e números. Confira "
        "e tente de novo.",
        2,
    )


def _text_of(file: Path) -> str:
    from kiosk.complaints import Complaint

    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(_LONGEST_FILE)
    except (OSError, UnicodeError):
        raise Complaint(f"O arquivo {file} não pôde ser lido.", 2) from None
