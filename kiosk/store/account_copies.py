"""The copy of the registry's word, and the cursor up to which it reaches, committed together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.database.engines import reading
from kiosk.store.tables import accounts, meta


@dataclass(frozen=True, slots=True)
class CopiedAccount:
    """The registry's present word on one account, without anything that names the person."""

    ref: str
    status: str
    origin: str
    email: str


_SET_ACCOUNT = insert(accounts)
_SET_ACCOUNT = _SET_ACCOUNT.on_conflict_do_update(
    index_elements=["ref"],
    set_={name: _SET_ACCOUNT.excluded[name] for name in ("status", "origin", "email")},
)
_SET_CURSOR = insert(meta).values(key="cursor", value=bindparam("cursor"))
_SET_CURSOR = _SET_CURSOR.on_conflict_do_update(
    index_elements=["key"], set_={"value": _SET_CURSOR.excluded.value}
)
_CURSOR = select(meta.c.value).where(meta.c.key == "cursor")


class AccountCopy:
    """What this device has pulled."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reading(engine)

    def cursor(self) -> str | None:
        """Return the cursor of the last pull applied, or None before the first."""
        with self._reader.connect() as connection:
            value = connection.execute(_CURSOR).scalar()
        return None if value is None else value.decode()

    def apply(self, changed: Sequence[CopiedAccount], cursor: str) -> None:
        """Commit a page of changes and its cursor, both or neither."""
        with self._engine.begin() as connection:
            if changed:
                connection.execute(
                    _SET_ACCOUNT,
                    [
                        {
                            "ref": one.ref,
                            "status": one.status,
                            "origin": one.origin,
                            "email": one.email,
                        }
                        for one in changed
                    ],
                )
            connection.execute(_SET_CURSOR, {"cursor": cursor.encode()})

    def forget_cursor(self) -> None:
        """Ask for everything again at the next pull; what is there stays until it is replaced."""
        with self._engine.begin() as connection:
            connection.execute(delete(meta).where(meta.c.key == "cursor"))

    def size(self) -> int:
        """Count the accounts in the copy."""
        with self._reader.connect() as connection:
            return connection.execute(select(func.count()).select_from(accounts)).scalar_one()
