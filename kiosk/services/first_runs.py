"""What a technician's first-run screens ask, and what they are answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from kiosk.domain.clock_errors import ClockError
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.disks import DiskState
from kiosk.domain.enrolment_forms import EnrolmentWish

FaceName = Literal["kiosk", "desk"]


class Trouble(StrEnum):
    """Why this machine is not enrolled yet, each of which somebody can put right."""

    NAME_UNKNOWN = "name_unknown"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NO_TLS = "no_tls"
    NOT_A_REGISTRY = "not_a_registry"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"
    AUTHORITY_UNREADABLE = "authority_unreadable"
    AUTHORITY_NONE = "authority_none"
    CODE = "code"
    OTHER_DEVICE = "other_device"
    TOO_MANY_CODES = "too_many_codes"
    SIGNATURE = "signature"
    CUSTODY = "custody"


@dataclass(frozen=True, slots=True)
class Refusal:
    """It did not come about, and nothing is half-done.

    Attributes:
        minutes: To wait, after too many wrong codes.
        clock: The day this machine's clock shows, where that may be the cause.
        said: What the custody said.
    """

    trouble: Trouble
    minutes: int = 0
    clock: datetime | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What can be compared of the registry's certificate.

    Attributes:
        fingerprint: SHA-256, 64 hexadecimal digits.
    """

    subject: str
    issuer: str
    valid_until: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CustodyOffer:
    """One who could keep the key of this machine's files.

    Attributes:
        place: Where it would be.
        refusal: Why that does not work here, in words; None where it does.
    """

    kind: CustodyKind
    place: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What answers at an address, and what the code makes of this machine.

    Attributes:
        certificate: None where the registry is on this machine, without TLS.
        clock_error: Of this machine, by the registry's time; None where there is none.
        is_bound: The custody was chosen before, by an enrolment that did not end.
    """

    address: str
    name: str
    site: str
    face: FaceName
    certificate: Certificate | None
    clock_error: ClockError | None
    custodies: tuple[CustodyOffer, ...]
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """This machine is a device.

    Attributes:
        code: Begins its receipts.
    """

    code: str
    name: str
    face: FaceName


class CheckItem(StrEnum):
    """What is looked at, in this order."""

    DISK = "disk"
    CLOCK = "clock"
    KEY = "key"
    ENCRYPTION = "encryption"
    REGISTRY = "registry"
    SEALING_KEY = "sealing_key"


class CheckState(StrEnum):
    """How it stands: ``ATTENTION`` keeps nobody from working."""

    OK = "ok"
    ATTENTION = "attention"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        custody: Who keeps the key, for ``KEY``.
        free_bytes: Of the disk, for ``DISK``.
        clock_error: For ``CLOCK``.
    """

    item: CheckItem
    state: CheckState
    custody: CustodyKind | None = None
    free_bytes: int = 0
    clock_error: ClockError | None = None


DISK_STATES = {
    DiskState.OK: CheckState.OK,
    DiskState.LOW: CheckState.ATTENTION,
    DiskState.FULL: CheckState.FAILED,
}


class FirstRun(Protocol):
    """Makes this machine a device, step by step. Any thread may ask, one at a time."""

    @property
    def address(self) -> str:
        """What the settings say of the registry; empty where they say nothing."""
        ...

    def look(self, wish: EnrolmentWish) -> Found | Refusal:
        """See what is at an address, and what a code makes of this machine; keep nothing."""
        ...

    def enrol(self, wish: EnrolmentWish, custody: CustodyKind) -> Enrolled | Refusal:
        """Let a custody take the key, and become the device that was found."""
        ...

    def check(self) -> tuple[Check, ...]:
        """Look at everything that has to work, after enrolling."""
        ...

    def close(self) -> None:
        """Let the data directory go."""
        ...
