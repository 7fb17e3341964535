"""The lines an import left out, written beside the file they come from."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.registry.rosters import HEADER, Roster, Unreadable, split


def rejected_path(roster: Path) -> Path:
    """Return where the rejected lines of a file are written: ``FILE.rejected.csv``."""
    stem = roster.stem if roster.suffix.lower() == ".csv" else roster.name
    return roster.with_name(f"{stem}.rejected.csv")


def write_rejections(path: Path, roster: Roster, rejected: Iterable[tuple[int, str]]) -> None:
    """Write number, reason and fields of every rejected line.

    The file is for its owner's eyes alone: like the roster itself it holds personal data.

    Args:
        path: Where to; an older file is replaced.
        roster: The file they come from, which is read again.
        rejected: Line numbers and reasons, in the order of the lines.

    Raises:
        Complaint: The file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
            writer = csv.writer(file)
            writer.writerow(("line", "reason", *HEADER))
            lines = roster.lines()
            for wanted, reason in rejected:
                raw = next((raw for line, raw in lines if line == wanted), b"")
                writer.writerow((wanted, reason, *_fields(raw)))
        part.replace(path)
    except OSError:
        raise _unwritable(path) from None
    finally:
        part.unlink(missing_ok=True)


def forget_rejections(path: Path) -> None:
    """Remove the file of an earlier import that left lines out.

    Raises:
        Complaint: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError:
        raise _unwritable(path) from None


def _unwritable(path: Path) -> Complaint:
    return Complaint(
        f"As linhas recusadas não puderam ser gravadas em {path}. "
        "Verifique a pasta e as permissões; nada foi importado."
    )


def _fields(raw: bytes) -> list[str]:
    try:
        return split(raw)
    except Unreadable:
        return [raw.decode(errors="backslashreplace").replace("\0", "\\x00")]
