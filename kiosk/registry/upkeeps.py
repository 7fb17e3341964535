"""What a registry that serves for years clears away, without forgiving anybody anything.

Failures of a person, or of a card, CPF or e-mail that is somebody's, stay: they end a pair at the
twentieth, however slowly they come, and only a success or the desk takes them away. What was typed
and names nobody has nothing to be guessed; such rows go when they were left alone for long.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from kiosk.database.engines import reading
from kiosk.database.statements import DATABASE_FAILURES, driver_of
from kiosk.domain import cards, emails
from kiosk.domain.identifiers import canonical
from kiosk.domain.throttles import IDLE_MS, SWEEP_WINDOW_MS
from kiosk.registry.keys import Keys
from kiosk.registry.times import RegistryTimes

_EVERY_SECONDS = 24 * 3600.0
_AT_ONCE = 500
_IDLE = "SELECT DISTINCT subject FROM throttles WHERE at < ?"
_PEOPLE = "SELECT person_id, card_number, cpf, email FROM people"
_FORGET = "DELETE FROM throttles WHERE subject IN (SELECT value FROM json_each(?)) AND at < ?"
_FORGET_SWEEPS = "DELETE FROM sweeps WHERE at < ?"

_log = logging.getLogger(__name__)


class Upkeep:
    """Clears away what counts for nothing any more.

    Args:
        engine: The registry's database.
        keys: Digests who is known.
        times: The registry's time.
    """

    def __init__(self, engine: Engine, keys: Keys, times: RegistryTimes) -> None:
        self._engine = engine
        self._keys = keys
        self._times = times
        self._ended = threading.Event()

    def end(self) -> None:
        """Let what is under way come to nothing, soon."""
        self._ended.set()

    def forget_nobodys_failures(self) -> int:
        """Delete the failures of nobody that were left alone for long; return how many rows.

        In short transactions: nobody who signs in meanwhile waits for it.
        """
        with self._engine.begin() as connection:
            now = self._times.now(driver_of(connection))
            driver_of(connection).execute(_FORGET_SWEEPS, (now - SWEEP_WINDOW_MS,))
        before = now - IDLE_MS
        with reading(self._engine).connect() as connection:
            driver = driver_of(connection)
            idle = {row[0] for row in driver.execute(_IDLE, (before,))}
            if idle:
                idle.difference_update(self._known(driver))
        if self._ended.is_set():
            # Not everybody was looked at.
            return 0
        forgotten = 0
        left = sorted(idle)
        for start in range(0, len(left), _AT_ONCE):
            subjects = json.dumps(left[start : start + _AT_ONCE])
            with self._engine.begin() as connection:
                # What has failed again meanwhile stays.
                done = driver_of(connection).execute(_FORGET, (subjects, before))
                forgotten += done.rowcount
        return forgotten

    def _known(self, driver: sqlite3.Connection) -> Iterator[str]:
        for person_id, card, cpf, email in driver.execute(_PEOPLE):
            if self._ended.is_set():
                return
            yield self._keys.subject_of_person(person_id)
            yield self._keys.subject_of_typed(cards.clean(card))
            yield self._keys.subject_of_typed(canonical(card))
            if cpf is not None:
                yield self._keys.subject_of_typed(cpf)
            if email is not None:
                yield self._keys.subject_of_typed(emails.key(email))


class UpkeepThread:
    """Does it at the start, and once a day.

    Args:
        upkeep: What is done; returns how many rows went.
        end: Lets it come to nothing, soon.
    """

    def __init__(self, upkeep: Callable[[], int], end: Callable[[], object] = lambda: None) -> None:
        self._upkeep = upkeep
        self._end = end
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def __enter__(self) -> "UpkeepThread":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._end()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                forgotten = self._upkeep()
            except DATABASE_FAILURES as failure:
                _log.info("upkeep_waits", extra={"error": failure})
            except Exception as failure:  # noqa: BLE001
                # Whatever it is, nobody is kept from anything by it, and another day comes.
                _log.error("upkeep_stumbled", extra={"error": failure})
            else:
                if forgotten:
                    _log.info("failures_forgotten", extra={"count": forgotten})
            self._ending.wait(_EVERY_SECONDS)
