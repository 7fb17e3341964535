"""Keeping the digests up while the registry serves: one core, after everything else."""

import contextlib
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from kiosk.database.statements import DATABASE_FAILURES
from kiosk.registry.clocks import Clock
from kiosk.registry.digests import Digests, Filled
from kiosk.wire.messages import DigestKey

LOOK_EVERY_SECONDS = 5.0
_AFTER_A_FAILURE_SECONDS = 30.0
_NICENESS = 10
# So that the service ends soon when it is told to.
_BATCH = 16
_NOTHING = Filled(0, has_more=False)

_log = logging.getLogger(__name__)


class DigestThread:
    """Makes what is missing where there are kiosks, and looks for more now and then.

    The slow part is done by a thread that yields to all others. It has nothing to do with the
    database: who yields while holding a lock makes others wait.

    Args:
        engine: The registry's database.
        key: What digests are made with.
        clock: The registry's time.
        look_every_seconds: Pause where nothing is to do.
    """

    def __init__(
        self,
        engine: Engine,
        key: DigestKey,
        clock: Clock,
        look_every_seconds: float = LOOK_EVERY_SECONDS,
    ) -> None:
        self._pool = ThreadPoolExecutor(1, "digesting", _give_way)
        self._digests = Digests(engine, key, clock, self._pool.map)
        self._look_every = look_every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="digests", daemon=True)

    def __enter__(self) -> "DigestThread":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch under way, which takes a quarter of a second."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        pause, made = 0.0, 0
        while not self._ended.wait(pause):
            try:
                filled = _NOTHING if not self._digests.is_wanted() else self._digests.fill(_BATCH)
            except DATABASE_FAILURES as failure:
                # An import that holds the database, say: nothing is lost by waiting.
                _log.info("digests_wait", extra={"error": failure})
                pause = _AFTER_A_FAILURE_SECONDS
                continue
            except Exception as failure:  # noqa: BLE001
                # Whatever it is, kiosks get their digests again once it is over.
                _log.error("digests_failed", extra={"error": failure})
                pause = _AFTER_A_FAILURE_SECONDS
                continue
            made += filled.made
            pause = 0.0 if filled.has_more else self._look_every
            if made and not filled.has_more:
                _log.info("digests_made", extra={"count": made})
                made = 0


def _give_way() -> None:
    """Let this thread alone yield to all others, where the system knows such a thing."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
