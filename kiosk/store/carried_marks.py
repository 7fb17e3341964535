"""Which operations may have left this machine in a file that somebody carries to the registry.

An operation that was never on the line can be taken back as if it had never been; one that lies in
an exported file cannot, because the file may be imported at any time.
"""

import os
import tempfile
from pathlib import Path

from kiosk.database.files import sync_folder

_NAME = "outbox.carried"


class CarriedMark:
    """The sequence up to which operations were exported; 0 where none was.

    Args:
        data_dir: The device's data directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / _NAME

    def reaches(self) -> int:
        """Return the highest sequence that was ever exported.

        What cannot be read counts as everything: nothing is then taken back that may be on its way.
        """
        try:
            return int(self._file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            return 2**63 - 1

    def extend(self, sequence: int) -> None:
        """Note that operations up to a sequence are about to leave; on disk when it returns.

        Two at a time must not be here: the larger one might be lost.

        Raises:
            OSError: The folder cannot be written.
        """
        reach = max(sequence, self.reaches())
        folder = self._file.parent
        descriptor, name = tempfile.mkstemp(prefix=f"{_NAME}.", suffix=".part", dir=folder)
        part = Path(name)
        try:
            with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(str(reach))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(folder)
