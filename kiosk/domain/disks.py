"""How much room the disk must have for a device to go on."""

from enum import StrEnum

LOW_BYTES = 500_000_000
FULL_BYTES = 50_000_000


class DiskState(StrEnum):
    """What the free room means: ``LOW`` is told, at ``FULL`` nothing new is taken in."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


def disk_state_of(free_bytes: int) -> DiskState:
    """Return what an amount of free room means, in bytes."""
    if free_bytes < FULL_BYTES:
        return DiskState.FULL
    return DiskState.LOW if free_bytes < LOW_BYTES else DiskState.OK
