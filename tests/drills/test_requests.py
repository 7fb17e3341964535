"""Somebody on the wire, with what they caught: a real registry process, spoken to byte by byte."""

import http.client
import json
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest

from kiosk.domain.receipts import ReceiptNumber
from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import Unreachable
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.messages import (
    DIGEST_HEADER,
    PULL_PATH,
    PUSH_PATH,
    SIGN_IN_PATH,
    Delivery,
    OperationMessage,
    PullRequest,
    PushRequest,
    content_digest,
    encode,
)
from kiosk.wire.signatures import new_nonce, sign
from tests.drills.devices import HASH, Site
from tests.enrolments import signer_of
from tests.factories import credential_of, operation_id, person
from tests.seals import sealed, sign_in_request

ONE, OTHER = "K7Q2MT", "B4N9XP"
OPERATIONS = "SELECT count(*) FROM operations"


@dataclass(frozen=True)
class Caught:
    """A request as it went over the wire."""

    path: str
    headers: dict[str, str]
    content: bytes


@dataclass
class Wire:
    """Where somebody sits who sees everything and may send anything."""

    site: Site
    address: str

    def key(self, code: str) -> DeviceKey:
        return signer_of(self.site.folder / code).key

    def caught(self, path: str, content: bytes, key: DeviceKey, off_ms: int = 0) -> Caught:
        digest = content_digest(content)
        now = time.time_ns() // 1_000_000 + off_ms
        return Caught(path, sign(key, "POST", path, digest, now, new_nonce()), content)

    def send(self, caught: Caught, method: str = "POST") -> tuple[int, dict[str, object]]:
        host, port = self.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.request(method, caught.path, caught.content, caught.headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        return response.status, json.loads(body) if body else {}

    def operations(self) -> object:
        return self.site.known(OPERATIONS)[0][0]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    site = Site(tmp_path_factory.mktemp("site"), ONE, OTHER)
    with site.running() as address:
        yield Wire(site, address)


def delivery(number: int, device: str) -> PushRequest:
    operation = operation_id()
    message = OperationMessage(
        id=operation.hex,
        kind="register",
        receipt=str(ReceiptNumber(device, number)),
        sequence=number,
        seen=None,
        made_at=1,
        body=sealed(credential_of(person(number), HASH), operation.hex, device=device),
    )
    return PushRequest(device=device, deliveries=[Delivery(operation=message, acted_now=False)])


PULL = encode(PullRequest(device=ONE, after=None))


def test_a_request_that_was_caught_is_carried_out_once(wire: Wire) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    assert wire.send(caught)[0] == 200
    status, problem = wire.send(caught)
    assert status == 401
    assert "replay" in str(problem["type"])


def test_an_operation_that_is_sent_again_takes_effect_once(wire: Wire) -> None:
    content = encode(delivery(1, ONE))
    caught = wire.caught(PUSH_PATH, content, wire.key(ONE))
    status, first = wire.send(caught)
    assert status == 200
    assert "accepted" in json.dumps(first)
    assert wire.send(caught)[0] == 401
    # As its device itself does, signed anew, after an answer that was lost.
    status, again = wire.send(wire.caught(PUSH_PATH, content, wire.key(ONE)))
    assert status == 200
    assert '"duplicate": true' in json.dumps(again)
    effects = "SELECT count(*) FROM changes WHERE what = 'credential' AND person_id = 'P1'"
    assert wire.site.known(effects) == [(1,)]


@pytest.mark.parametrize("path", [PUSH_PATH, SIGN_IN_PATH, f"{PULL_PATH}?x=1"])
def test_a_request_is_good_at_its_own_path_alone(wire: Wire, path: str) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    assert wire.send(Caught(path, caught.headers, caught.content))[0] == 401


def test_a_request_is_good_with_its_own_method_alone(wire: Wire) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    assert wire.send(caught, "PUT")[0] in (401, 405)


def test_another_body_is_noticed(wire: Wire) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    other = encode(PullRequest(device=ONE, after=None, limit=1))
    digest = {**caught.headers, DIGEST_HEADER: content_digest(other)}
    assert wire.send(Caught(PULL_PATH, caught.headers, other))[0] == 400
    assert wire.send(Caught(PULL_PATH, digest, other))[0] == 401


def test_a_device_speaks_for_itself_alone(wire: Wire) -> None:
    content = encode(PullRequest(device=OTHER, after=None))
    status, _ = wire.send(wire.caught(PULL_PATH, content, wire.key(ONE)))
    assert status in (401, 403)


def test_the_key_of_nobody_opens_nothing(wire: Wire) -> None:
    status, problem = wire.send(wire.caught(PULL_PATH, PULL, make_key()))
    assert status == 401
    assert "now" not in problem


def test_without_a_signature_nothing_is_answered(wire: Wire) -> None:
    headers = {DIGEST_HEADER: content_digest(PULL)}
    assert wire.send(Caught(PULL_PATH, headers, PULL))[0] == 401
    assert wire.send(Caught(PULL_PATH, {}, PULL))[0] in (400, 401)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ('alg="ed25519"', 'alg="hmac-sha256"'),
        ('alg="ed25519"', 'alg="none"'),
        (' "content-digest"', ""),
        (' "@query"', ""),
        ('"@method" ', ""),
    ],
)
def test_a_lesser_signature_is_none(wire: Wire, said: str, instead: str) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    name = next(one for one in caught.headers if one.lower() == "signature-input")
    lesser = caught.headers[name].replace(said, instead)
    assert lesser != caught.headers[name]
    assert wire.send(Caught(PULL_PATH, {**caught.headers, name: lesser}, PULL))[0] == 401


@pytest.mark.parametrize("off_ms", [-301_000, 301_000])
def test_a_wrong_clock_is_told_apart_from_a_forger(wire: Wire, off_ms: int) -> None:
    status, problem = wire.send(wire.caught(PULL_PATH, PULL, wire.key(ONE), off_ms))
    assert status == 401
    assert "clock" in str(problem["type"])
    status, problem = wire.send(wire.caught(PULL_PATH, PULL, make_key(), off_ms))
    assert status == 401
    assert "clock" not in str(problem["type"])


def test_a_body_moved_to_another_device_does_not_open(wire: Wire) -> None:
    before = wire.operations()
    stolen = delivery(2, ONE).deliveries[0].operation
    moved = msgspec.structs.replace(stolen, receipt=str(ReceiptNumber(OTHER, 2)))
    request = PushRequest(device=OTHER, deliveries=[Delivery(operation=moved, acted_now=False)])
    assert wire.send(wire.caught(PUSH_PATH, encode(request), wire.key(OTHER)))[0] == 422
    assert wire.operations() == before


def test_a_body_in_clear_is_not_taken(wire: Wire) -> None:
    before = wire.operations()
    (one,) = delivery(3, ONE).deliveries
    clear = msgspec.structs.replace(one.operation, body=encode(credential_of(person(3), HASH)))
    request = PushRequest(device=ONE, deliveries=[Delivery(operation=clear, acted_now=False)])
    assert wire.send(wire.caught(PUSH_PATH, encode(request), wire.key(ONE)))[0] == 422
    assert wire.operations() == before


def test_a_password_moved_to_another_attempt_does_not_open(wire: Wire) -> None:
    asked = sign_in_request("1", "a password", device=ONE)
    for other in (
        msgspec.structs.replace(asked, device=OTHER),
        msgspec.structs.replace(asked, nonce=bytes(16)),
    ):
        content = encode(other)
        assert wire.send(wire.caught(SIGN_IN_PATH, content, wire.key(other.device)))[0] == 422


@pytest.mark.parametrize("bit", [0, 7])
def test_a_changed_bit_is_noticed(wire: Wire, bit: int) -> None:
    caught = wire.caught(PULL_PATH, PULL, wire.key(ONE))
    name = next(one for one in caught.headers if one.lower() == "signature")
    label, _, value = caught.headers[name].partition("=")
    raw = bytearray(b64decode(value.strip(":")))
    raw[5] ^= 1 << bit
    changed = f"{label}=:{b64encode(raw).decode()}:"
    assert wire.send(Caught(PULL_PATH, {**caught.headers, name: changed}, PULL))[0] == 401


def test_whoever_stands_in_for_the_registry_without_its_certificate_is_told_nothing(
    wire: Wire,
) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        port = listener.getsockname()[1]
        registry = HttpRegistry(f"https://127.0.0.1:{port}", 5.0, signer_of(wire.site.folder / ONE))

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable):
            registry.pull(PullRequest(device=ONE, after=None))
        thread.join()
        registry.close()
    # A greeting of TLS, and nothing of what was asked.
    assert heard[0][:1] == b"\x16"
    assert ONE.encode() not in heard[0]


def test_a_device_asks_no_registry_beyond_this_machine_without_tls(
    wire: Wire,
) -> None:
    with pytest.raises(ValueError, match="neither"):
        HttpRegistry("http://192.0.2.1:80", 5.0, signer_of(wire.site.folder / ONE))
