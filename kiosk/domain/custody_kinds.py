"""Who may keep the key of a device's files."""

from enum import StrEnum


class CustodyKind(StrEnum):
    """Where the key is kept; docs/adr/0007-encrypted-store.md says what each protects against."""

    KEYRING = "keyring"
    SYSTEMD = "systemd"
    FILE = "file"
    DEMO = "demo"


# What a person may choose; the demonstration's protects nothing.
OFFERED = (CustodyKind.KEYRING, CustodyKind.SYSTEMD, CustodyKind.FILE)
