"""What the registry says it had, as far as this program understands it."""

from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.wire.messages import FoundMessage


def found_of(message: FoundMessage | None) -> Found | None:
    """Return what a message tells; None also for the words of a later registry."""
    if message is None:
        return None
    try:
        return Found(Origin(message.origin), MembershipStatus(message.status), message.changed_at)
    except ValueError:
        return None
