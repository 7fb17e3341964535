"""The messages by which a device is let in, and changes its key."""

from kiosk.wire.messages import Instant, KeyAnnouncement, Message

ENROL_PATH = "/v1/devices"
LOOK_PATH = "/v1/devices/look"
RENEW_PATH = "/v1/devices/key"

# The types of the problems a device has to tell apart.
CLOCK_PROBLEM = "urn:kiosk-pas:clock"
REPLAY_PROBLEM = "urn:kiosk-pas:replayed"
SIGNATURE_PROBLEM = "urn:kiosk-pas:signature"
REVOKED_PROBLEM = "urn:kiosk-pas:revoked"
DEVICE_PROBLEM = "urn:kiosk-pas:device"
CODE_PROBLEM = "urn:kiosk-pas:enrolment-code"
TAKEN_PROBLEM = "urn:kiosk-pas:device-code"


class EnrolRequest(Message, frozen=True, kw_only=True):
    """Asks to be let in; signed with the new key.

    Attributes:
        code: As ``kiosk.domain.enrolment_codes`` reads it.
        public_key: 32 bytes.
        device: The code that begins the receipts this machine has given; None where it gave none.
    """

    code: str
    public_key: bytes
    device: str | None

    def __repr__(self) -> str:
        return "EnrolRequest(…)"


class EnrolResponse(Message, frozen=True, kw_only=True):
    """Who the device is from now on.

    Attributes:
        device: The code that begins its receipts.
        face: ``kiosk`` or ``desk``.
        now: The registry's clock.
        sealing_key: Whom the device trusts from now on, and what it seals to.
    """

    device: str
    name: str
    site: str
    face: str
    now: Instant
    sealing_key: KeyAnnouncement


class LookResponse(Message, frozen=True, kw_only=True):
    """What an enrolment with this code would make of the device; nothing came of asking.

    Attributes:
        face: ``kiosk`` or ``desk``.
        now: The registry's clock.
    """

    name: str
    site: str
    face: str
    now: Instant


class RenewRequest(Message, frozen=True, kw_only=True):
    """Asks to have another key taken; signed with the present one.

    Attributes:
        public_key: 32 bytes of the new key.
        proof: 64 bytes: the name of the present key, signed with the new one.
    """

    device: str
    public_key: bytes
    proof: bytes


class RenewResponse(Message, frozen=True, kw_only=True):
    """The new key is taken; the old one is good until it was used, and a while longer."""

    key_id: str
