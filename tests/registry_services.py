"""A registry that serves in a thread of the test, over TLS where it is given a certificate."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import Engine

from kiosk.domain.cards import CardFormat
from kiosk.registry.api import create_app
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.enrolments import Enrolments, Place
from kiosk.registry.keys import load_keys
from kiosk.registry.password_hashes import PasswordHashes
from tests.seals import use_the_tests_key

PLACE = Place("Quiosque 2", "Sede", "kiosk")
_CHEAP = PasswordHashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Service:
    """Where it is, and what its administrator does there."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine = engine
        self.address = address
        self.enrolments = Enrolments(engine, load_keys(engine), system_clock)

    def code(self, device: str | None = None, place: Place = PLACE) -> str:
        return self.enrolments.make_code(place, device)


@contextmanager
def served(folder: Path, certificate: Path | None = None) -> Iterator[Service]:
    engine = open_database(default_url(folder))
    use_the_tests_key(engine)
    app = create_app(engine, card_format=CardFormat(), sign_in_floor_seconds=0, hashes=_CHEAP)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ssl_certfile=certificate)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    scheme = "http" if certificate is None else "https"
    try:
        yield Service(engine, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        engine.dispose()
