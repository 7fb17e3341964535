"""The settings: command line over environment (``KIOSK_…``) over file over defaults."""

import os
import re
import sys
import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from kiosk.complaints import Complaint
from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import Rules
from kiosk.domain.gates import Gate
from kiosk.domain.passwords import DEFAULT_MIN_LENGTH
from kiosk.domain.receipts import is_device_code
from kiosk.domain.registry_addresses import AddressProblem
from kiosk.domain.registry_addresses import read as read_address

APP_NAME = "kiosk-pas"
_PREFIX = "KIOSK_"


def default_data_dir() -> Path:
    """Return where this machine keeps the data of programs like this one."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


class Settings(BaseSettings):
    """Every setting; each is also an environment variable ``KIOSK_NAME`` and a key of the file.

    Attributes:
        data_dir: Folder of the store, the embedded registry and the logs.
        registry_url: Address of the central registry, ``https://…`` or loopback ``http://…``; None
            for the one at which this machine was enrolled.
        card_pattern: Regular expression of a whole card number without separators.
        min_password_length: Fewest characters of a new password; 15 where it is the only factor.
        portal_contact: Address of the Portal's Fale Conosco, shown in the help.
        answer_wait_seconds: How long a person waits for the registry before "recebido".
        request_seconds: Bound on one exchange with the registry, from first byte to last.
        pull_interval_seconds: Pause between two pulls while the line is up.
        key_custody: Who keeps the key of this device's files; asked for once, at the first start.
            ``demo`` lays it beside the data and is for demonstrations.
        key_file: Where it is, with the custody ``file``; None for a place of this user's own.
        sign_in_floor_seconds: Least time after which the registry answers a sign-in.
        device_gates: Of a registry: the gate before Cadastro and the reset, by device code; ``*``
            stands for every other device.
        mail_server: Of a registry: where it hands mail in, ``smtp://HOST:587`` (STARTTLS),
            ``smtps://HOST:465``, or without TLS on loopback alone ``plain://127.0.0.1:25``.
        mail_from: Who mails come from: an address, or ``Name <address>``.
        mail_user: By which the registry signs in at the mail server; None for not at all.
        mail_password: That user's; better kept in ``mail_password_file``.
        mail_password_file: A file with it that no others may read.
        mail_ca: PEM file of the authority of the mail server, instead of the system's.
        mail_seconds: Bound on one mail, and on connecting, from first byte to last.
        mail_folder: Mails are written there as files and never sent, for demonstrations.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid")

    data_dir: Path = Field(default_factory=default_data_dir)
    registry_url: str | None = None
    card_pattern: str = CardFormat().pattern
    min_password_length: int = Field(default=DEFAULT_MIN_LENGTH, ge=8, le=64)
    portal_contact: str = "Portal PAS/SERPRO, opção Fale Conosco"
    answer_wait_seconds: float = Field(default=8.0, gt=0, le=120)
    request_seconds: float = Field(default=10.0, gt=0, le=120)
    pull_interval_seconds: float = Field(default=20.0, gt=0, le=3600)
    key_custody: Literal["keyring", "systemd", "file", "demo"] | None = None
    key_file: Path | None = None
    sign_in_floor_seconds: float = Field(default=0.5, ge=0, le=10)
    device_gates: dict[str, Gate] = Field(default_factory=dict)
    mail_server: str | None = None
    mail_from: str | None = None
    mail_user: str | None = None
    mail_password: SecretStr | None = None
    mail_password_file: Path | None = None
    mail_ca: Path | None = None
    mail_seconds: float = Field(default=60.0, gt=0, le=600)
    mail_folder: Path | None = None

    @field_validator("card_pattern")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            with warnings.catch_warnings():
                # A pattern that a later Python may read otherwise.
                warnings.simplefilter("error", FutureWarning)
                re.compile(value)
        except (re.error, OverflowError, RecursionError, FutureWarning) as problem:
            # It repeats the pattern, of which the environment may have made no text.
            raise ValueError(f"expressão regular: {_printable(str(problem))}") from None
        return value

    @field_validator("data_dir", "key_file", "mail_password_file", "mail_ca", "mail_folder")
    @classmethod
    def _is_path(cls, value: Path | None) -> Path | None:
        if value is not None and "\0" in str(value):
            raise ValueError("um caminho que exista")
        return value

    @field_validator("device_gates")
    @classmethod
    def _are_device_codes(cls, value: dict[str, Gate]) -> dict[str, Gate]:
        if not all(code == "*" or is_device_code(code) for code in value):
            raise ValueError("códigos de equipamento, ou * para todos")
        return value

    @field_validator("registry_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        match read_address(value):
            case AddressProblem.PLAIN_HTTP:
                raise ValueError("sem https só nesta máquina (127.0.0.1)")
            case AddressProblem():
                raise ValueError("um endereço como https://cadastro.exemplo")
            case address:
                return address

    @property
    def rules(self) -> Rules:
        """The settings by which forms are read."""
        return Rules(CardFormat(self.card_pattern), self.min_password_length)


def load(config: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        config: TOML file, or None for none.
        overrides: What the command line said; None stands for "not said".

    Raises:
        Complaint: The file is missing or broken, a key is unknown, or a value does not fit.
    """
    _tell_of_unknown_variables()
    said = {name: value for name, value in overrides.items() if value is not None}
    source = _file_source(config) if config is not None else None

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],  # noqa: ARG003
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = () if source is None else (source,)
            return (init_settings, env_settings, *file)

    try:
        return Loaded(**said)
    except ValidationError as problem:
        first = problem.errors()[0]
        # A key of the file may be any text, and is told in one line.
        name = _printable(".".join(str(part) for part in first["loc"]))
        raise Complaint(
            f"Configuração “{name}”: {_reason(first)} "
            f"Corrija a opção, a variável KIOSK_{name.upper()} ou o arquivo de configuração.",
            2,
        ) from None
    except (SettingsError, RecursionError):
        # Of a variable that has to be JSON, the library tells only that it is none.
        raise Complaint(
            "Configuração “device_gates”: o valor não serve: não é JSON. Corrija a variável "
            'KIOSK_DEVICE_GATES, que é da forma {"*": "manual"}.',
            2,
        ) from None


@cache
def _tell_of_unknown_variables() -> None:
    """Say once which variables look like settings and are none: nothing else would tell."""
    for words in unknown_variables(os.environ):
        sys.stderr.write(f"{words}\n")


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Return what is to be said of variables that begin like settings and are none.

    Args:
        environment: The names of all variables.
    """
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    told = []
    for name in sorted(environment):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1)
            meant = f" Seria {near[0]}?" if near else ""
            told.append(f"A variável de ambiente {name} não é conhecida e não vale.{meant}")
    return told


def _file_source(config: Path) -> TomlConfigSettingsSource:
    try:
        # Read here once for the error: the library takes what is no file for an empty one.
        config.read_bytes()
        return TomlConfigSettingsSource(Settings, toml_file=config)
    except OSError:
        raise Complaint(f"O arquivo de configuração {config} não pôde ser lido.", 2) from None
    except (ValueError, RecursionError) as problem:
        # Besides its own errors, the library lets out those of far too long numbers and nesting.
        place = re.search(r"line \d+, column \d+", str(problem))
        where = (
            f" ({place[0]})".replace("line", "linha").replace("column", "coluna") if place else ""
        )
        raise Complaint(
            f"O arquivo de configuração {config} não é TOML válido{where}. "
            "Confira se cada linha é da forma nome = valor.",
            2,
        ) from None


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


def _reason(error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "nome desconhecido."
        case "value_error":
            return f"o valor não serve ({error['ctx']['error']})."
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than" as kind:
            side = "mínimo" if kind.startswith("greater") else "máximo"
            (bound,) = error["ctx"].values()
            return f"o valor não serve ({side}: {bound})."
        case "literal_error":
            known = error["ctx"]["expected"].replace(" or ", " ou ").replace("'", "")
            return f"o valor não serve (pode ser: {known})."
        case _:
            return "o valor não serve: não é do tipo esperado."
