"""What every custody does, whoever keeps the key."""

from collections.abc import Sequence
from typing import Protocol

from kiosk.complaints import Complaint
from kiosk.database.keys import StoreKey
from kiosk.domain.custody_kinds import CustodyKind as CustodyKind


class Custody(Protocol):
    """Keeps the key of one data directory; two keys while one takes the other's place."""

    def load(self) -> tuple[StoreKey, ...]:
        """Return what is kept, the present key first; nothing where none was kept yet.

        Raises:
            Complaint: It cannot be asked, what it keeps is no key, or others could have read it.
        """
        ...

    def keep(self, keys: Sequence[StoreKey]) -> None:
        """Keep these keys and no others; on disk, or wherever they are, once this returns.

        Raises:
            Complaint: They cannot be kept.
        """
        ...


def read_keys(written: str, where: str) -> tuple[StoreKey, ...]:
    """Return the keys that a custody wrote, a line each; lines that begin with # are none.

    Args:
        written: What it keeps.
        where: How it is called in the complaint.

    Raises:
        Complaint: A line is no key.
    """
    lines = [line for line in written.splitlines() if line.strip() and not line.startswith("#")]
    keys = [StoreKey.read(line) for line in lines]
    if None in keys:
        raise Complaint(
            f"O que está em {where} não é uma chave deste programa (64 algarismos hexadecimais por "
            "linha). Nada foi tocado: ponha de volta a chave certa."
        )
    return tuple(key for key in keys if key is not None)
