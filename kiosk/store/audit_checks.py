"""Verifying this device's audit beside a running program or without one."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from kiosk.database.damages import connect_read_only
from kiosk.database.drivers import ERRORS
from kiosk.database.keys import StoreKey
from kiosk.domain.audit_chains import Head, Verdict
from kiosk.store.audit_trails import TRAIL, known_head


def check_audit(store: Path, key: StoreKey | None, known: Iterable[Head] = ()) -> Verdict | None:
    """Look for the first broken place, also against the head that the registry said to hold.

    Args:
        store: The store file; nothing of it is changed.
        key: Of the store.
        known: Heads that were written down.

    Returns:
        None where there is no store, no chain in it yet, or it cannot be read.
    """
    if not store.is_file():
        return None
    with contextlib.suppress(*ERRORS), contextlib.closing(connect_read_only(store, key)) as found:
        found.execute("BEGIN")
        told = known_head(found)
        return TRAIL.verify(found, [*known, *([] if told is None else [told])])
    return None
