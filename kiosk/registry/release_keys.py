"""Which release keys hold for each kiosk, and when others take their place.

They change whenever somebody who had them is no longer to have them: a kiosk or a desk that is shut
out, or enrolled anew, whatever its site was. Codes made with the keys before count where they were
given before the change.
"""

import sqlite3
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.database.statements import driver_of
from kiosk.domain.gates import DESK_FACE

_FIND = "SELECT release_generation, release_changed_at FROM devices WHERE device = ?"
_CHANGE = (
    "UPDATE devices SET release_generation = release_generation + 1, release_changed_at = ?"
    " WHERE device = ?"
    " OR site = (SELECT site FROM devices WHERE device = ? AND face = ?)"
)


@dataclass(frozen=True, slots=True)
class Generation:
    """How often the keys of a kiosk were changed.

    Attributes:
        changed_at: When last, milliseconds since 1970; 0 where never.
    """

    number: int = 0
    changed_at: int = 0


def generation_of(driver: sqlite3.Connection, kiosk: str) -> Generation:
    """Return which keys hold for a kiosk."""
    row = driver.execute(_FIND, (kiosk,)).fetchone()
    return Generation() if row is None else Generation(*row)


def change_keys(connection: Connection, device: str, now: int) -> None:
    """Make void what a device knows: its own keys and, where it is a desk, those of its site.

    Args:
        connection: In a transaction, before face and site of the device change.
        device: Its code.
        now: Registry time, milliseconds since 1970.
    """
    driver_of(connection).execute(_CHANGE, (now, device, device, DESK_FACE))
