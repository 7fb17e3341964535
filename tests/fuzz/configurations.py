"""The settings, from a file and from the environment, and the hashes that the Portal kept."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from kiosk.complaints import Complaint
from kiosk.domain.gates import Gate
from kiosk.registry.password_hashes import PasswordHashes, is_known
from kiosk.settings import Settings, load
from tests.fuzz.choices import Choices, fields
from tests.fuzz.targets import Check, Target, new_folder, target
from tests.kiosk.registry.rosters import BCRYPT
from tests.kiosk.registry.workbench import cheap_hasher

_NAMES = tuple(Settings.model_fields)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CHEAP_MEMORY, _CHEAP_ROUNDS, _CHEAP_COST = 64, 64, 4


def check_settings_file(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    _check_load(path)


def check_environment(data: bytes) -> None:
    choices = Choices(data)
    name = choices.pick(_NAMES)
    (value,) = choices.texts(1)
    # No process can be given a NUL in its environment.
    with _environment({f"KIOSK_{name.upper()}": value.replace("\0", "")}):
        _check_load(None)


def _check_load(path: Path | None) -> None:
    try:
        settings = load(path)
    except Complaint as complaint:
        assert complaint.exit_code == 2
        assert len(str(complaint).splitlines()) == 1
        return
    assert 8 <= settings.min_password_length <= 64
    for seconds, most in (
        (settings.answer_wait_seconds, 120),
        (settings.request_seconds, 120),
        (settings.pull_interval_seconds, 3600),
    ):
        assert 0 < seconds <= most
    assert 0 <= settings.sign_in_floor_seconds <= 10
    paths = [value for value in settings.model_dump().values() if isinstance(value, Path)]
    for path_of in paths:
        # Nothing in the program asks for a path that the system cannot take.
        assert "\0" not in str(path_of)
    settings.rules.card_format.matches("0" * 20)
    re.compile(settings.card_pattern)
    assert set(settings.device_gates.values()) <= set(Gate)
    if settings.registry_url is not None:
        # The client reads addresses with another parser, which has to see the same host.
        url = httpx.URL(settings.registry_url)
        assert url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)
        assert url.host


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in _NAMES:
        os.environ.pop(f"KIOSK_{name.upper()}", None)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def check_hash(hashes: PasswordHashes, data: bytes) -> None:
    password, stored = Choices(data).texts(2)
    hashes.is_current(stored)
    if not is_known(stored):
        return
    assert len(stored) < 400
    stored.encode("ascii")
    costs = [int(one) for one in re.findall(r"(?<=[$=,])[0-9]+(?=[$,])", stored)]
    if any(cost > _CHEAP_ROUNDS for cost in costs) or (stored.startswith("$2") and costs[0] > 4):
        return
    try:
        password.encode()
    except UnicodeEncodeError:
        return
    assert hashes.verify(password, stored) in (True, False)


def _settings_file(stack: ExitStack) -> Check:
    path = new_folder(stack) / "kiosk.toml"
    stack.enter_context(_environment({}))
    return lambda data: check_settings_file(path, data)


def _hashes(_: ExitStack) -> Check:
    hashes = PasswordHashes(cheap_hasher())
    return lambda data: check_hash(hashes, data)


def _in_environment(name: str, value: str) -> bytes:
    return bytes([_NAMES.index(name)]) + value.encode()


TARGETS = (
    Target(
        "settings-file",
        _settings_file,
        (
            b'data_dir = "x"\nregistry_url = "https://cadastro.exemplo:8443/"\n',
            b"min_password_length = 12\nanswer_wait_seconds = 8.5\nrequest_seconds = nan\n",
            b'card_pattern = "[0-9]{12}"\nkey_custody = "file"\nkey_file = "k"\n',
            b'[device_gates]\n"*" = "manual"\nK7Q2MT = "attendant"\n',
            b"x = " + b"[" * 900,
            b"min_password_length = " + b"9" * 5000,
            b'"a\\nb" = 1\n',
            b'data_dir = "\\u0000"\n',
        ),
        words=(*(name.encode() for name in _NAMES), b" = ", b'"', b"'''", b"inf", b"\\u0000"),
        longest=6000,
    ),
    target(
        "environment",
        check_environment,
        _in_environment("registry_url", "https://cadastro.exemplo"),
        _in_environment("registry_url", "http://127.0.0.1:8765"),
        _in_environment("card_pattern", "[0-9]{6,20}"),
        _in_environment("card_pattern", "a{99999999999999999999}"),
        _in_environment("card_pattern", "(?P") + b"\xa3",
        _in_environment("registry_url", "http://12[::1].1:8765"),
        _in_environment("registry_url", "https://999.1.1.1"),
        _in_environment("registry_url", "https://☃.br"),
        _in_environment("device_gates", '{"*": "manual"}'),
        _in_environment("device_gates", "manual"),
        _in_environment("device_gates", "[" * 900),
        _in_environment("answer_wait_seconds", "nan"),
        _in_environment("key_file", "/x/y"),
        words=(b"http://", b"https://", b"127.0.0.1", b"localhost", b"@", b"[::1]", b"(?P<", b"{"),
        longest=1024,
    ),
    Target(
        "portal-hashes",
        _hashes,
        (
            fields("senha", BCRYPT),
            fields("senha", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"),
            fields("senha", "$pbkdf2-sha256$10$c2FsdHNhbHQ$" + "A" * 43),
            fields("senha", "pbkdf2_sha256$10$salt$" + "A" * 43 + "="),
            fields("senha", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHR$aGFzaGhhc2hoYXNoaGFzaA"),
            fields("é" * 40, BCRYPT.replace("$06$", "$04$")),
        ),
        words=(b"$2a$04$", b"$2y$", b"m=8,t=1,p=1", b"$argon2i$", b"$pbkdf2-sha256$1$"),
        longest=768,
    ),
)
