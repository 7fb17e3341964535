import socket
import time
from collections.abc import Callable

import pytest

from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import (
    CursorGone,
    NotAuthorised,
    NotUnderstood,
    RegistryStumbled,
    ShutOut,
    Unreachable,
)
from kiosk.sync.signers import RequestSigner
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.enrolments import (
    CLOCK_PROBLEM,
    REPLAY_PROBLEM,
    REVOKED_PROBLEM,
    SIGNATURE_PROBLEM,
)
from kiosk.wire.messages import (
    DIGEST_HEADER,
    Problem,
    PullRequest,
    PushRequest,
    content_digest,
    encode,
)
from kiosk.wire.signatures import INPUT_HEADER
from tests.enrolments import stranger
from tests.fakes import FakeClock
from tests.seals import sign_in_request
from tests.servers import ScriptedServer, response

PULL = PullRequest(device="d", after=None)
JSON = "content-type: application/json"
PROBLEM = "content-type: application/problem+json"
GOOD = b'{"changes":[],"cursor":"c","more":false}'
REVOKED = encode(Problem(title="", status=403, type=REVOKED_PROBLEM))
OUTCOME = (
    b'{"type":"outcome","operation":"0","outcome":"accepted","reason":null,"decided_at":1%b}'
    % (b"0" * 30)
)


def pull_from(server: ScriptedServer, seconds: float = 60.0) -> object:
    registry = HttpRegistry(server.address, seconds, stranger())
    try:
        return registry.pull(PULL)
    finally:
        registry.close()


def test_a_whole_answer_is_understood() -> None:
    with ScriptedServer([response("200 OK", GOOD, JSON)]) as server:
        assert pull_from(server) is not None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\x00\xff garbage \r\n\r\n", id="not HTTP"),
        pytest.param(b"", id="closed at once"),
        pytest.param(
            response("200 OK", b"<html>Wi-Fi</html>", "content-type: text/html"), id="page"
        ),
        pytest.param(response("200 OK", b"{", JSON), id="half JSON"),
        pytest.param(response("200 OK", b"{}", JSON), id="missing fields"),
        pytest.param(response("200 OK", b"[1]", JSON), id="another shape"),
        pytest.param(response("200 OK", b"\xff\xfe", JSON), id="not UTF-8"),
        pytest.param(response("200 OK", GOOD, JSON, length=500), id="half a body"),
        pytest.param(response("204 No Content", b""), id="nothing"),
        pytest.param(response("200 OK", b'{"x":' + b"[" * 5000, JSON), id="nested without end"),
        pytest.param(
            response("200 OK", GOOD.replace(b"[]", b"[%b]" % OUTCOME), JSON), id="no instant"
        ),
        pytest.param(response("302 Found", b"", "location: mailto:x"), id="redirect nowhere"),
        pytest.param(response("302 Found", b"", "location: http://127.0.0.1:9/"), id="redirect"),
        pytest.param(response("307 Temporary", b"", "location: /v1/changes"), id="redirect home"),
        pytest.param(response("404 Not Found", b"{}", JSON), id="404"),
        pytest.param(response("410 Gone", b"gone", "content-type: text/html"), id="foreign 410"),
        pytest.param(response("422 Odd", b"odd", "content-type: text/html"), id="foreign 422"),
        pytest.param(response("500 Oops", b"{}", PROBLEM), id="500"),
        pytest.param(response("503 Busy", b"{}", PROBLEM, "retry-after: nan"), id="503"),
    ],
)
def test_what_is_no_whole_answer_counts_as_unreachable(answer: bytes) -> None:
    with ScriptedServer([answer]) as server, pytest.raises(Unreachable) as failure:
        pull_from(server)
    assert failure.value.retry_after is None


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    registry = HttpRegistry(f"http://127.0.0.1:{port}", 60.0, stranger())
    with pytest.raises(Unreachable, match="ConnectError"):
        registry.pull(PULL)
    registry.close()


def test_silence_ends_after_the_bound() -> None:
    with ScriptedServer([], holds=True) as server, pytest.raises(Unreachable):
        pull_from(server, 0.2)


def test_a_drip_of_bytes_ends_after_the_bound() -> None:
    whole = response("200 OK", GOOD * 1000, JSON)
    drip = [whole[i : i + 1] for i in range(len(whole))]
    with ScriptedServer(drip, pause=0.01) as server, pytest.raises(Unreachable):
        pull_from(server, 0.3)


def test_a_drip_of_headers_ends_after_the_bound() -> None:
    head = b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 300
    drip = [head[i : i + 1] for i in range(len(head))]
    began = time.monotonic()
    with ScriptedServer(drip, pause=0.2) as server, pytest.raises(Unreachable):
        pull_from(server, 0.3)
    # All of it would take a minute.
    assert time.monotonic() - began < 40.0


def test_an_endless_answer_is_not_swallowed() -> None:
    endless = [response("200 OK", b"", JSON, length=10**9), *[b" " * 10**6] * 20]
    with ScriptedServer(endless) as server, pytest.raises(Unreachable, match="oversized"):
        pull_from(server)


def test_retry_after_is_heard() -> None:
    busy = response("503 Busy", b"{}", PROBLEM, "retry-after: 17")
    with ScriptedServer([busy]) as server, pytest.raises(Unreachable) as failure:
        pull_from(server)
    assert failure.value.retry_after == 17.0


def test_retry_after_is_bounded() -> None:
    busy = response("503 Busy", b"{}", PROBLEM, "retry-after: 999999999")
    with ScriptedServer([busy]) as server, pytest.raises(Unreachable) as failure:
        pull_from(server)
    assert failure.value.retry_after == 3600.0


@pytest.mark.parametrize(
    ("status", "body", "more", "is_shut_out"),
    [
        ("403 No", REVOKED, (), True),
        ("401 Who", REVOKED, (), False),
        ("403 No", b"{}", (), False),
        ("403 No", b'{"title":"","status":403}', (), False),
        ("403 No", REVOKED, ("content-digest: sha-256=:AAAA:",), False),
    ],
    ids=["said", "unknown", "no problem", "another", "damaged"],
)
def test_only_an_undamaged_word_of_the_registry_shuts_out(
    status: str, body: bytes, more: tuple[str, ...], is_shut_out: bool
) -> None:
    answer = response(status, body, PROBLEM, *more)
    with ScriptedServer([answer]) as server, pytest.raises(NotAuthorised) as refused:
        pull_from(server)
    assert isinstance(refused.value, ShutOut) is is_shut_out


@pytest.mark.parametrize("status", ["401 Who", "403 No"])
def test_a_device_that_is_not_let_in(status: str) -> None:
    with ScriptedServer([response(status, b"{}", PROBLEM)]) as server, pytest.raises(NotAuthorised):
        pull_from(server)


def test_a_cursor_that_is_gone() -> None:
    with (
        ScriptedServer([response("410 Gone", b"{}", PROBLEM)]) as server,
        pytest.raises(CursorGone),
    ):
        pull_from(server)


@pytest.mark.parametrize("status", ["413 Big", "415 Odd", "422 Odd"])
def test_a_request_that_the_registry_cannot_read(status: str) -> None:
    with ScriptedServer([response(status, b"{}", PROBLEM)]) as server:
        registry = HttpRegistry(server.address, 60.0, stranger())
        with pytest.raises(NotUnderstood):
            registry.push(PushRequest(device="d", deliveries=[]))
        registry.close()


def test_a_registry_that_fails_at_an_operation_says_so() -> None:
    with ScriptedServer([response("500 Oops", b"{}", PROBLEM)]) as server:
        registry = HttpRegistry(server.address, 60.0, stranger())
        with pytest.raises(RegistryStumbled, match="HTTP 500"):
            registry.push(PushRequest(device="d", deliveries=[]))
        registry.close()


def test_a_request_that_was_damaged_on_its_way_is_sent_again() -> None:
    with ScriptedServer([response("400 Bad", b"{}", PROBLEM)]) as server:
        registry = HttpRegistry(server.address, 60.0, stranger())
        with pytest.raises(Unreachable, match="HTTP 400"):
            registry.push(PushRequest(device="d", deliveries=[]))
        registry.close()


def test_an_answer_that_was_damaged_on_its_way_is_none() -> None:
    said = f"{DIGEST_HEADER}: {content_digest(GOOD)}"
    damaged = GOOD.replace(b'"c"', b'"d"')
    with (
        ScriptedServer([response("200 OK", damaged, JSON, said)]) as server,
        pytest.raises(Unreachable, match="damaged"),
    ):
        pull_from(server)
    with ScriptedServer([response("200 OK", GOOD, JSON, said)]) as server:
        assert pull_from(server) is not None


def test_an_answer_that_does_not_say_its_digest_is_none() -> None:
    whole = response("200 OK", GOOD, JSON)
    # One byte of the header's name, changed on its way.
    silent = whole.replace(DIGEST_HEADER.encode(), b"content-digesu")
    assert silent != whole
    with ScriptedServer([silent]) as server, pytest.raises(Unreachable, match="damaged"):
        pull_from(server)


@pytest.mark.parametrize("status", ["410 Gone", "422 Odd"])
def test_what_only_another_question_is_answered_with_counts_as_unreachable(status: str) -> None:
    with ScriptedServer([response(status, b"{}", PROBLEM)]) as server:
        registry = HttpRegistry(server.address, 60.0, stranger())
        with pytest.raises(Unreachable):
            registry.sign_in(sign_in_request("1", "p"))
        registry.close()


@pytest.mark.parametrize("show", [str, repr])
def test_a_password_is_in_no_failure(show: Callable[[object], str]) -> None:
    request = sign_in_request("52998224725", "segredo muito bom")
    with ScriptedServer([response("500 Oops", b"{}")]) as server:
        registry = HttpRegistry(server.address, 60.0, stranger())
        with pytest.raises(Unreachable) as failure:
            registry.sign_in(request)
        registry.close()
    assert "segredo" not in show(failure.value) + show(request)
    assert "52998224725" not in show(failure.value) + show(request)


def problem_of(kind: str, now: int | None = None) -> bytes:
    return encode(Problem(title="Não", status=401, type=kind, now=now))


@pytest.mark.parametrize(
    ("said", "headers", "times"),
    [
        (problem_of(CLOCK_PROBLEM, 5_000_000), (), 2),
        (problem_of(CLOCK_PROBLEM), (), 1),
        (problem_of(REPLAY_PROBLEM), (), 2),
        (problem_of(SIGNATURE_PROBLEM), (), 2),
        (problem_of(REVOKED_PROBLEM), (), 1),
        (problem_of("about:blank"), (), 1),
        (b"<html>Wi-Fi</html>", (), 1),
        # What a damaged answer says of the time is not believed.
        (problem_of(CLOCK_PROBLEM, 5_000_000), (f"{DIGEST_HEADER}: {content_digest(b'')}",), 1),
    ],
)
def test_what_was_refused_for_no_fault_of_the_device_is_signed_anew_once(
    said: bytes, headers: tuple[str, ...], times: int
) -> None:
    clock = FakeClock(1_000_000)
    signer = CountingSigner(make_key(), clock.now_ms)
    with ScriptedServer([response("401 No", said, PROBLEM, *headers)]) as server:
        registry = HttpRegistry(server.address, 5.0, signer)
        with pytest.raises(NotAuthorised):
            registry.pull(PULL)
        registry.close()
    created = [f";created={1000 if one == 0 else 5000}" for one in range(times)]
    if b"5000000" not in said:
        created = [";created=1000"] * times
    assert [at in one for at, one in zip(created, signer.signed, strict=True)] == [True] * times
    assert len(set(signer.signed)) == times


class CountingSigner(RequestSigner):
    def __init__(self, key: DeviceKey, now_ms: Callable[[], int]) -> None:
        super().__init__(key, now_ms)
        self.signed: list[str] = []

    def sign(self, method: str, path: str, digest: str) -> dict[str, str]:
        headers = super().sign(method, path, digest)
        self.signed.append(headers[INPUT_HEADER])
        return headers
