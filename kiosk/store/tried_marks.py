"""Up to where operations count as tried, whatever their rows say.

After a sudden end nobody takes back as never sent what a row that the disk has changed may have
forgotten.
"""

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.store.tables import meta, outbox

_KEY = "tried_through"
_LAST = select(func.coalesce(func.max(outbox.c.sequence), 0))
_NOTE = insert(meta).values(key=_KEY, value=bindparam("number"))
_NOTE = _NOTE.on_conflict_do_update(index_elements=["key"], set_={"value": _NOTE.excluded.value})
_READ = select(meta.c.value).where(meta.c.key == _KEY)


def note_all_tried(connection: Connection) -> None:
    """Take everything that waits now for tried, for this program and every later one."""
    last = connection.execute(_LAST).scalar_one()
    connection.execute(_NOTE, {"number": b"%d" % last})


def tried_through(connection: Connection) -> int:
    """Return the sequence; where the disk has changed what was noted, everything counts."""
    known = connection.execute(_READ).scalar()
    try:
        return 0 if known is None else int(known)
    except ValueError:
        return 2**63 - 1
