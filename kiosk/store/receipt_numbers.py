"""The numbers of receipts, which are given once, also by a device whose file is an older copy."""

from sqlalchemy import Engine

from kiosk.database.engines import reading, writing
from kiosk.database.statements import driver_of
from kiosk.store.audit_trails import Event, append

# Far beyond whatever was given after the copy that is used now was made.
RECEIPT_JUMP = 10_000
# No machine gives a billion receipts: whoever says so is not believed, since those after it would
# have no number any more.
MOST = 1_000_000_000
_LAST_GIVEN = "SELECT seq FROM sqlite_sequence WHERE name = 'receipts'"
_FORGET = "DELETE FROM sqlite_sequence WHERE name = 'receipts'"
_GO_ON = "INSERT INTO sqlite_sequence (name, seq) VALUES ('receipts', ?)"


def go_beyond(engine: Engine, number: int, now_ms: int) -> bool:
    """Go on far beyond a number, where those given here have not come so far.

    The registry knows of later ones than this device: an old copy of its data was put back, and
    what is given from here on must not be what somebody else already holds.

    Args:
        engine: The store.
        number: The last that the registry knows of this device.
        now_ms: This machine's clock.

    Returns:
        Whether that was so.
    """
    with reading(engine).connect() as connection:
        row = driver_of(connection).execute(_LAST_GIVEN).fetchone()
    last = 0 if row is None else row[0]
    if not last < number <= MOST:
        return False
    with writing(engine) as driver:
        driver.execute(_FORGET)
        driver.execute(_GO_ON, (number + RECEIPT_JUMP,))
        append(driver, Event(now_ms, "went_back", None, f"{last}, {number}"))
    return True
