"""The real service on a real file, in a thread of the test."""

import socket
import threading
from types import TracebackType

import uvicorn
from sqlalchemy import Engine, func, insert, select

from kiosk.database.engines import reading
from kiosk.domain.cards import CardFormat
from kiosk.domain.people import Person
from kiosk.registry.api import create_app
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.tables import Change, changes, operations, people
from kiosk.sync.signers import RequestSigner
from tests.enrolments import new_signer
from tests.seals import use_the_tests_key


class RegistryService:
    """Answers on loopback until it is left.

    Args:
        engine: The registry's database; the caller closes it.
        hashes: Which password hashes it takes.
    """

    def __init__(self, engine: Engine, hashes: PasswordHashes) -> None:
        self._engine = engine
        use_the_tests_key(engine)
        app = create_app(engine, card_format=CardFormat(), sign_in_floor_seconds=0, hashes=hashes)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "RegistryService":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def signer(self, code: str) -> RequestSigner:
        """Let a device in and return what signs its requests."""
        return new_signer(self._engine, code)

    def add(self, *persons: Person) -> None:
        fill(self._engine, *persons)

    def decided(self) -> list[str]:
        """Return the ids of the operations in its books."""
        with reading(self._engine).connect() as connection:
            return [one.hex() for one in connection.execute(select(operations.c.id)).scalars()]

    def effects(self) -> int:
        """Count the changes of anybody's credential."""
        with reading(self._engine).connect() as connection:
            wanted = select(func.count()).where(changes.c.what == Change.CREDENTIAL)
            return connection.execute(wanted).scalar_one()


def fill(engine: Engine, *persons: Person) -> None:
    """Keep people in a registry, as its import would."""
    with engine.begin() as connection:
        connection.execute(insert(people), [_row_of(one) for one in persons])


def _row_of(person: Person) -> dict[str, object]:
    return {
        "person_id": person.person_id,
        "ref": person.person_id.encode().hex().zfill(32),
        "card_number": person.card_number,
        "cpf": person.cpf,
        "birth_date": person.birth_date,
        "full_name": person.full_name,
        "status": person.status,
        "origin": person.origin,
    }
