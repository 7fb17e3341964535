"""What the registry says it had, as far as this program understands it."""

from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.wire.messages import FoundMessage

_ORIGINS = {one.value: one for one in Origin}
_STATUSES = {one.value: one for one in MembershipStatus}


def found_of(message: FoundMessage | None) -> Found | None:
    """Return what a message tells; None also for the words of a later registry."""
    if message is None:
        return None
    origin, status = _ORIGINS.get(message.origin), _STATUSES.get(message.status)
    if origin is None or status is None:
        return None
    return Found(origin, status, message.changed_at)
