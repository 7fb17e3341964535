"""The devices that were heard, and how far the clock of each is off."""

import logging
import re
import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Update, bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from kiosk.database.engines import BUSY_TIMEOUT_MS
from kiosk.registry.clocks import Clock
from kiosk.registry.tables import devices
from kiosk.wire.messages import PullRequest

_log = logging.getLogger(__name__)
_NOTE_EVERY_MS = 60_000
_SAME_SKEW_MS = 30_000
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_MOST_REMEMBERED = 10_000
_NOTE = (
    update(devices)
    .where(devices.c.device == bindparam("code"))
    .values(heard_at=bindparam("now"), skew_ms=bindparam("skew"), seals_to=bindparam("key"))
)


@dataclass(frozen=True, slots=True)
class _Noted:
    at: int
    skew: int | None
    key: str | None


class Devices:
    """Notes which enrolled devices pull, so seldom that pulls stay reads.

    That is at most once a minute each, unless a clock was set or another key is sealed to.

    Args:
        engine: The registry's database.
        clock: The registry's time.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[str, _Noted] = {}

    def note(self, request: PullRequest) -> None:
        """Note that a device was heard just now, where that is due.

        It waits for no other writer and never fails: the next pull comes soon.
        """
        now = self._clock()
        skew = None if request.sent_at is None else request.sent_at - now
        said = request.seals_to
        key = said if said is not None and _KEY_ID.fullmatch(said) else None
        if not self._is_due(request.device, _Noted(now, skew, key)):
            return
        values = {"code": request.device, "now": now, "skew": skew, "key": key}
        if not write_unless_busy(self._engine, (_NOTE, values)):
            return
        with self._lock:
            if len(self._noted) >= _MOST_REMEMBERED:
                self._noted.clear()
            self._noted[request.device] = _Noted(now, skew, key)

    def _is_due(self, device: str, heard: _Noted) -> bool:
        with self._lock:
            noted = self._noted.get(device)
        if noted is None or not 0 <= heard.at - noted.at < _NOTE_EVERY_MS:
            return True
        if heard.key != noted.key:
            return True
        skew = heard.skew
        if skew is None or noted.skew is None:
            return skew is not noted.skew
        return abs(skew - noted.skew) > _SAME_SKEW_MS


def write_unless_busy(engine: Engine, *statements: tuple[Update, dict[str, Any]]) -> bool:
    """Write what can as well be written later; False where it was not.

    It waits for no other writer and never fails.
    """
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
            try:
                with connection.begin():
                    for statement, values in statements:
                        connection.execute(statement, values)
            finally:
                driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    except SQLAlchemyError as failure:
        _log.info("device_not_noted", extra={"error": failure})
        return False
    return True
