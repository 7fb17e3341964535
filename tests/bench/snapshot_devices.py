"""A process that is a device whose cursor is gone, and says how it came by a snapshot.

Words: data folder, address of the registry. Prints as JSON the seconds from the registry's word on
the snapshot until the copy was replaced, the accounts in it, and by how many MiB the process grew
meanwhile.
"""

import json
import logging
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from kiosk import bootstrap, settings
from kiosk.custody.choices import Wish
from kiosk.custody.custodies import CustodyKind
from kiosk.store.account_copies import AccountCopy
from kiosk.store.unlockings import known_key, unlock
from kiosk.sync import snapshots

_PATIENCE_SECONDS = 600
_STATUS = Path("/proc/self/status")


class Listener(logging.Handler):
    """Hears from the log when a snapshot was begun and when it had taken the copy's place."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.ended = threading.Event()
        self.seconds = 0.0
        self.grown_mib = 0.0
        logger = logging.getLogger(snapshots.__name__)
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said == "snapshot_begun":
            # The highest mark so far is taken down to what is there now.
            with suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5")
            self._began = perf_counter()
            self._had = _mib("VmRSS")
        elif said == "snapshot_in_place":
            self.seconds = perf_counter() - self._began
            self.grown_mib = _mib("VmHWM") - self._had
            self.ended.set()


def forget(data_dir: Path) -> None:
    """Leave a device there whose cursor no registry knows."""
    key = unlock(data_dir, Wish(CustodyKind.DEMO))
    copy = AccountCopy(data_dir, key=key)
    copy.apply([], "of a registry that was")
    copy.close()


def run(data_dir: Path, address: str) -> tuple[float, int, float]:
    """Be that device until the copy is replaced."""
    forget(data_dir)
    listener = Listener()
    loaded = settings.load(None, data_dir=data_dir, pull_interval_seconds=3600, key_custody="demo")
    desk = bootstrap.open_front_desk(loaded, address)
    try:
        if not listener.ended.wait(_PATIENCE_SECONDS):
            raise RuntimeError("the copy was not replaced in time")
    finally:
        desk.close()
    copy = AccountCopy(data_dir, key=known_key(data_dir))
    count = copy.size()
    copy.close()
    return listener.seconds, count, listener.grown_mib


def _mib(name: str) -> float:
    if not _STATUS.exists():
        return 0.0
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), sys.argv[2])) + "\n")
