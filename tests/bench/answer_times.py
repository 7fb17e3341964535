"""How long the registry takes to answer a Login or a reset, whoever was named: over loopback.

What a stranger can tell apart by the clock shows here, with the floor as shipped and without any.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from passlib.hash import (  # type: ignore[import-untyped]
    bcrypt,
    django_pbkdf2_sha256,
    pbkdf2_sha256,
)
from sqlalchemy import insert, update

from kiosk.domain.receipts import DEVICE_CODE_ALPHABET, ReceiptNumber
from kiosk.domain.sign_in import SignInResult
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.databases import default_url, opened_database
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.tables import device_keys, people
from kiosk.sync.client import HttpRegistry
from kiosk.sync.signers import RequestSigner
from kiosk.wire.device_keys import DeviceKey
from kiosk.wire.messages import (
    CredentialBody,
    Delivery,
    OperationMessage,
    PushRequest,
)
from tests.bench.first_paints import PROGRAM
from tests.enrolments import add_to_registry, system_ms
from tests.factories import cpf, operation_id
from tests.seals import sealed, sign_in_request, use_the_tests_key

PASSWORD = "jabuticabeira do quintal"
WRONG = "jabuticabeira da praça"
LOCKED_DEVICE, HELD_DEVICE = "10CKED", "HE1D00"
SIGN_INS, REFUSALS = "D0D", "E0E"
_SECONDS = 60.0
_counter = itertools.count(1)
_FAILURES_BEFORE_A_WAIT = 6
_SCHEMES: dict[str, Callable[[], str]] = {
    "argon2id": lambda: PasswordHashes().hash(PASSWORD),
    "bcrypt (custo 12)": lambda: str(bcrypt.using(rounds=12).hash(PASSWORD)),
    "PBKDF2 do passlib": lambda: str(pbkdf2_sha256.hash(PASSWORD)),
    "PBKDF2 do Django": lambda: str(django_pbkdf2_sha256.hash(PASSWORD)),
}

_SIGN_INS_OF_A_TURN = 2 + len(_SCHEMES)
_REFUSALS_OF_A_TURN = 2
Keys = dict[str, DeviceKey]


def measure(folder: Path, rounds: int, bare_rounds: int) -> Iterator[str]:
    """Answer attempts of every kind in turn; yield a line for each kind.

    Args:
        folder: Where the databases lie.
        rounds: Turns of each kind with the floor as shipped.
        bare_rounds: Turns of each kind without a floor.
    """
    without = folder / "sem-piso.toml"
    without.write_text("sign_in_floor_seconds = 0.0\n", encoding="utf-8")
    for name, words, turns in (
        ("com o piso de fábrica", (), rounds),
        ("sem piso", ("--config", str(without)), bare_rounds),
    ):
        where = folder / ("bare" if words else "shipped")
        where.mkdir()
        keys = _fill(where, turns)
        yield f"Resposta a um Login, {name}: mediana (p5 a p95) de {turns}"
        with EmbeddedRegistry(PROGRAM, where, words) as process:
            address = process.start()
            for kind, times in _times(address, turns, keys).items():
                yield f"    {kind}: {_line(times)}"
            if not words:
                yield f"Recusa de uma redefinição de senha: mediana (p5 a p95) de {turns}"
                for kind, times in _refusals(address, turns, keys).items():
                    yield f"    {kind}: {_line(times)}"


def _times(address: str, rounds: int, keys: Keys) -> dict[str, list[float]]:
    devices = _device_codes(SIGN_INS)
    cards = {scheme: _card(place) for place, scheme in enumerate(_SCHEMES)}
    argon2id = cards["argon2id"]
    signer = RequestSigner(keys[LOCKED_DEVICE], system_ms)
    with closing(HttpRegistry(address, _SECONDS, signer)) as registry:
        for _ in range(_FAILURES_BEFORE_A_WAIT):
            _seconds(registry, LOCKED_DEVICE, argon2id, WRONG)
        taken: dict[str, list[float]] = {}
        for _ in range(rounds):
            # A device of its own for each attempt: what is counted holds none of them.
            asked = [
                ("senha certa", next(devices), argon2id, PASSWORD, SignInResult.SIGNED_IN),
                ("desconhecido", next(devices), "999999999999", WRONG, SignInResult.NO_MATCH),
                ("retido por falhas", LOCKED_DEVICE, argon2id, WRONG, SignInResult.NO_MATCH),
                *(
                    (f"senha errada, {scheme}", next(devices), card, WRONG, SignInResult.NO_MATCH)
                    for scheme, card in cards.items()
                ),
            ]
            for kind, device, card, password, result in asked:
                signer.key = keys[device]
                taken.setdefault(kind, []).append(
                    _seconds(registry, device, card, password, result)
                )
    return taken


def _refusals(address: str, rounds: int, keys: Keys) -> dict[str, list[float]]:
    devices = _device_codes(REFUSALS)
    hashed = PasswordHashes().hash(PASSWORD)
    known, born = _card(0), date(1950, 3, 24)
    taken: dict[str, list[float]] = {}
    signer = RequestSigner(keys[HELD_DEVICE], system_ms)
    with closing(HttpRegistry(address, _SECONDS, signer)) as registry:

        def push(device: str, card: str, birth_date: date) -> tuple[float, str | None]:
            signer.key = keys[device]
            push = PushRequest(device=device, deliveries=[_reset(device, card, birth_date, hashed)])
            begun = perf_counter()
            (answer,) = registry.push(push).answers
            return perf_counter() - begun, answer.reason

        for _ in range(_FAILURES_BEFORE_A_WAIT):
            push(HELD_DEVICE, known, date(1951, 1, 1))
        for _ in range(rounds):
            for kind, device, card, birth_date, reason in (
                ("cartão desconhecido", next(devices), "999999999999", born, "identity_mismatch"),
                ("outra data", next(devices), known, date(1951, 1, 1), "identity_mismatch"),
                ("retida por falhas", HELD_DEVICE, known, born, "throttled"),
            ):
                seconds, told = push(device, card, birth_date)
                assert told == reason
                taken.setdefault(kind, []).append(seconds)
    return taken


def _reset(device: str, card: str, birth_date: date, hashed: str) -> Delivery:
    body = CredentialBody(
        identifier_kind="card",
        identifier=card,
        cpf=cpf(1),
        birth_date=birth_date,
        password_hash=hashed,
    )
    number, wish = next(_counter), operation_id().hex
    operation = OperationMessage(
        id=wish,
        kind="reset",
        receipt=str(ReceiptNumber(device, number)),
        sequence=number,
        seen=None,
        made_at=0,
        body=sealed(body, wish, "reset", device=device),
    )
    return Delivery(operation=operation, acted_now=True)


def _seconds(
    registry: HttpRegistry,
    device: str,
    card: str,
    password: str,
    result: SignInResult = SignInResult.NO_MATCH,
) -> float:
    request = sign_in_request(card, password, device=device)
    begun = perf_counter()
    answer = registry.sign_in(request)
    taken = perf_counter() - begun
    assert answer.result == result
    return taken


def _fill(folder: Path, rounds: int) -> Keys:
    rows = [
        {
            "person_id": f"P{place}",
            "ref": os.urandom(16).hex(),
            "card_number": _card(place),
            "cpf": cpf(place + 1),
            "birth_date": date(1950, 3, 24),
            "full_name": "Joana d'Ávila",
            "status": "active",
            "origin": "portal",
            "password_hash": hashed(),
        }
        for place, hashed in enumerate(_SCHEMES.values())
    ]
    with opened_database(default_url(folder)) as engine:
        use_the_tests_key(engine)
        with engine.begin() as connection:
            connection.execute(insert(people), rows)
    codes = [
        LOCKED_DEVICE,
        HELD_DEVICE,
        *islice(_device_codes(SIGN_INS), rounds * _SIGN_INS_OF_A_TURN),
        *islice(_device_codes(REFUSALS), rounds * _REFUSALS_OF_A_TURN),
    ]
    with opened_database(default_url(folder)) as engine:
        keys = {code: add_to_registry(engine, code) for code in codes}
        with engine.begin() as connection:
            # The first use of a key is written down, which is no part of what is measured.
            connection.execute(update(device_keys).values(first_used_at=0))
    return keys


def _card(place: int) -> str:
    return f"{place + 1:012d}"


def _device_codes(begin: str) -> Iterator[str]:
    letters = DEVICE_CODE_ALPHABET
    for number in range(len(letters) ** 3):
        yield begin + "".join(
            letters[number // len(letters) ** at % len(letters)] for at in (2, 1, 0)
        )


def _line(times: list[float]) -> str:
    ms = sorted(one * 1000 for one in times)
    if len(ms) == 1:
        ms *= 2
    parts = quantiles(ms, n=20, method="inclusive")
    least, middle, most = (
        f"{part:.1f}".replace(".", ",") for part in (parts[0], parts[9], parts[-1])
    )
    return f"{middle} ({least} a {most}) ms"
