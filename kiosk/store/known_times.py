"""What a device knows of the time, kept from one run of the program to the next."""

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.clocks import TimeMarks
from kiosk.database.engines import reading
from kiosk.store.tables import meta

_HIGHEST, _SKEW = "highest_time_ms", "clock_skew_ms"
_READ = select(meta.c.key, meta.c.value).where(meta.c.key.in_((_HIGHEST, _SKEW)))
_SET = insert(meta).values(key=bindparam("name"), value=bindparam("number"))
_SET = _SET.on_conflict_do_update(index_elements=["key"], set_={"value": _SET.excluded.value})


class KnownTimes:
    """Reads and writes the marks of a device.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> TimeMarks:
        """Return what is on disk; what cannot be read is as if it had not been noted."""
        with reading(self._engine).connect() as connection:
            known = {row.key: _number(row.value) for row in connection.execute(_READ)}
        return TimeMarks(known.get(_HIGHEST) or 0, known.get(_SKEW))

    def keep(self, marks: TimeMarks) -> None:
        """Put marks on disk."""
        rows = [{"name": _HIGHEST, "number": b"%d" % marks.highest_ms}]
        if marks.skew_ms is not None:
            rows.append({"name": _SKEW, "number": b"%d" % marks.skew_ms})
        with self._engine.begin() as connection:
            connection.execute(_SET, rows)


def _number(value: bytes) -> int | None:
    try:
        number = int(value)
    except ValueError:
        return None
    return number if abs(number) < 2**53 else None
