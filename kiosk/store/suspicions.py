"""The suspicion that the store is damaged, which a start alone can look into and put right."""

import contextlib
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from kiosk.database.damages import is_damage
from kiosk.database.files import OWNER_ONLY

_SUFFIX = ".suspect"


def suspicion_of(store: Path) -> Path:
    """Return the file that asks the next start for a full check.

    Args:
        store: The store file.
    """
    return store.with_suffix(_SUFFIX)


class Suspicion:
    """What a running program has come to think of its own store. Any thread may say or ask.

    Args:
        store: The store file.
    """

    def __init__(self, store: Path) -> None:
        self._file = suspicion_of(store)
        self._is_raised = False

    def is_raised(self) -> bool:
        """Tell whether the store was found damaged since the program began."""
        return self._is_raised

    def set(self) -> None:
        """Say that it was found damaged, and ask the next start to look, where the disk lets us."""
        self._is_raised = True
        with contextlib.suppress(OSError):
            self._file.touch(OWNER_ONLY)

    def look_at(self, error: BaseException, with_copy: bool) -> None:
        """Take note of an error, which may say that the store is damaged.

        Args:
            error: Whatever it is.
            with_copy: The copy of the registry's word was at work too. Its errors are the driver's,
                bare, and it is begun anew by itself; those of the store are then wrapped.
        """
        is_stores_own = isinstance(error, DBAPIError) or not with_copy
        if is_stores_own and is_damage(error):
            self.set()
