"""Opening the copy of the registry's word at a start, which nothing that befell it may prevent."""

import logging
from pathlib import Path

from kiosk.complaints import unusable_data_dir
from kiosk.database.drivers import ERRORS
from kiosk.database.keys import StoreKey
from kiosk.store.account_copies import FILE_NAME, AccountCopy
from kiosk.store.disks import is_disk_full
from kiosk.store.quarantines import next_number, quarantine
from kiosk.store.restorations import set_aside_if_damaged

_log = logging.getLogger(__name__)


def open_copy(data_dir: Path, *, ended_suddenly: bool, key: StoreKey | None = None) -> AccountCopy:
    """Open the copy; what cannot be opened, whatever it is, is set aside, and an empty one follows.

    Args:
        data_dir: The data directory.
        ended_suddenly: The last program did, and the file is looked into first.
        key: Of the file.

    Raises:
        Complaint: It cannot be set aside either, or there is no room.
    """
    path = data_dir / FILE_NAME
    try:
        if ended_suddenly:
            set_aside_if_damaged(path, key)
        return AccountCopy(data_dir, key=key)
    except (OSError, *ERRORS) as error:
        if is_disk_full(error):
            raise unusable_data_dir(data_dir) from None
        _log.error("copy_stumbled", extra={"error": error})
    try:
        quarantine(path, next_number(data_dir))
        return AccountCopy(data_dir, key=key)
    except (OSError, *ERRORS):
        raise unusable_data_dir(data_dir) from None
