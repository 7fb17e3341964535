"""What can befall the device's file, and what is told of it after it was put right."""

from dataclasses import dataclass
from enum import StrEnum


class Damage(StrEnum):
    """What was found wrong with a database file."""

    MISSING = "missing"
    EMPTY = "empty"
    NO_DATABASE = "no_database"
    TRUNCATED = "truncated"
    BROKEN_PAGES = "broken_pages"
    BROKEN_REFERENCES = "broken_references"
    MISSING_LOG = "missing_log"
    BROKEN_LOG = "broken_log"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What the front desk tells about a restored file, until a member of staff has read it.

    Attributes:
        number: Grows with every restoration of this device.
        found: What was wrong.
        restored_at: Milliseconds, this machine's clock.
        backup: Name of the backup that took the file's place; None where none was good.
        salvaged_receipts: Receipts that could still be read from the damaged file.
        salvaged_operations: Unanswered operations read from it that were not answered elsewhere.
        lost_at_most: Most operations that may be lost; None where it cannot be known.
        quarantine: Folder under the data directory in which the damaged file lies, whole.
    """

    number: int
    found: Damage
    restored_at: int
    backup: str | None
    salvaged_receipts: int
    salvaged_operations: int
    lost_at_most: int | None
    quarantine: str

    @property
    def may_have_lost(self) -> bool:
        """Whether staff has to look for operations that are gone."""
        return self.lost_at_most != 0
