"""What a technician asks of a data directory; nothing of it is changed, nobody's data are told."""

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kiosk.complaints import Complaint, unusable_data_dir
from kiosk.custody.choices import Choice, load_choice
from kiosk.database.damages import connect_read_only
from kiosk.database.drivers import ERRORS
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import newest_revision
from kiosk.database.sealed_pages import is_plain
from kiosk.domain.audit_chains import Verdict
from kiosk.store.audit_checks import check_audit
from kiosk.store.disks import free_bytes_of
from kiosk.store.enrolments import Enrolment, enrolment_in
from kiosk.store.files import FILE_NAME, SCRIPTS
from kiosk.store.unlockings import known_key

# The registry of a demonstration lies beside, and has nothing to do with this device's custody.
_NOT_OURS = ("registry.", "device.lock")
_SCHEMA = "SELECT version_num FROM alembic_version"
_META = "SELECT key, value FROM meta"


class KeyState(StrEnum):
    """What is found of the key."""

    OPENS = "opens"
    NOT_CHOSEN = "not_chosen"
    UNDER_WAY = "under_way"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found.

    Attributes:
        choice: The custody; None where none was chosen.
        key: What is found of the key.
        complaint: What is to be done, where it is refused.
        schema: Of the store; None where there is no store or it cannot be read.
        wanted_schema: The one of this program.
        enrolment: Of this device; None where it is not enrolled, or that cannot be read.
        audit: What a look at its chain found; None where it cannot be looked at.
        free_bytes: On the disk.
        plain_files: Database files that are not encrypted, by their place in the directory.
    """

    choice: Choice | None
    key: KeyState
    complaint: str | None
    schema: str | None
    wanted_schema: str
    enrolment: Enrolment | None
    audit: Verdict | None
    free_bytes: int
    plain_files: tuple[str, ...]


def check_up(data_dir: Path) -> Checkup:
    """Look at a data directory, beside a running program or without one.

    Args:
        data_dir: The data directory; it must exist.

    Raises:
        Complaint: Files of it cannot be read by this user.
    """
    try:
        return _check_up(data_dir)
    except OSError:
        raise unusable_data_dir(data_dir) from None


def _check_up(data_dir: Path) -> Checkup:
    choice, state, complaint, key = None, KeyState.NOT_CHOSEN, None, None
    try:
        choice = load_choice(data_dir)
        key = known_key(data_dir)
        if choice is not None:
            is_under_way = choice.is_converting or choice.next is not None or key is None
            state = KeyState.UNDER_WAY if is_under_way else KeyState.OPENS
    except Complaint as refused:
        state, complaint = KeyState.REFUSED, str(refused)
    store = data_dir / FILE_NAME
    return Checkup(
        choice=choice,
        key=state,
        complaint=complaint,
        schema=None if complaint else _schema(store, key),
        wanted_schema=newest_revision(SCRIPTS),
        enrolment=None if complaint else _enrolment(store, key),
        audit=None if complaint else check_audit(store, key),
        free_bytes=free_bytes_of(data_dir),
        plain_files=tuple(
            str(one.relative_to(data_dir))
            for one in sorted(data_dir.rglob("*"))
            if one.is_file() and not one.name.startswith(_NOT_OURS) and is_plain(one)
        ),
    )


def _schema(store: Path, key: StoreKey | None) -> str | None:
    rows = _rows(store, key, _SCHEMA)
    return str(rows[0][0]) if rows else None


def _enrolment(store: Path, key: StoreKey | None) -> Enrolment | None:
    return enrolment_in({str(name): value for name, value in _rows(store, key, _META)})


def _rows(store: Path, key: StoreKey | None, query: str) -> list[Any]:
    if not store.is_file():
        return []
    with contextlib.suppress(*ERRORS), contextlib.closing(connect_read_only(store, key)) as found:
        return list(found.execute(query))
    return []
