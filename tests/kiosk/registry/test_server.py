import contextlib
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from kiosk.complaints import Complaint
from kiosk.registry.server import Certificate, serve
from tests.certificates import make_authority

PROGRAM = """
import sys
from fastapi import FastAPI
from kiosk.registry.server import serve
app = FastAPI()
@app.get("/")
async def root() -> str:
    return "aqui"
serve(app, "127.0.0.1", 0, exit_with_stdin=sys.argv[1] == "yes")
print("fim")
"""
PATIENCE = 60


@contextlib.contextmanager
def serving(word: str, program: str = PROGRAM) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, word],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_in_order_when_told(number: signal.Signals) -> None:
    with serving("no") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert client.get("/").json() == "aqui"
            process.send_signal(number)
            rest, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, rest, errors) == (0, "fim\n", "")


def test_it_ends_with_its_standard_input() -> None:
    with serving("yes") as (process, address):
        assert httpx.get(address, trust_env=False).json() == "aqui"
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, rest, errors) == (0, "fim\n", "")


def test_a_taken_port_is_told_in_one_line() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Complaint, match="--port"),
    ):
        serve(FastAPI(), "127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(("host", "port"), [("::gg", 0), ("a" * 300, 0)])
def test_an_address_that_is_none_is_told_in_one_line(host: str, port: int) -> None:
    with pytest.raises(Complaint, match="não existe"):
        serve(FastAPI(), host, port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - what is refused
def test_without_tls_nobody_outside_this_machine_is_served(host: str) -> None:
    with pytest.raises(Complaint, match="--tls-cert"):
        serve(FastAPI(), host, 0)


def test_a_certificate_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    for content in (None, "nada"):
        if content is not None:
            file.write_text(content)
        with pytest.raises(Complaint, match="--tls-key"):
            serve(FastAPI(), "127.0.0.1", 0, certificate=Certificate(file, file))


def test_it_serves_over_tls_and_says_so(tmp_path: Path) -> None:
    authority = make_authority()
    program = PROGRAM.replace(
        'exit_with_stdin=sys.argv[1] == "yes"', "certificate=Certificate(sys.argv[1], sys.argv[1])"
    ).replace("import serve", "import Certificate, serve")
    with serving(str(authority.write(tmp_path)), program) as (process, address):
        assert address.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cadata=authority.pem)
        assert httpx.get(address, trust_env=False, verify=trusted).json() == "aqui"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
