"""Operation ids: UUIDs that grow with time, so that tables keyed by them grow at one end."""

from uuid import UUID


def uuid7(unix_ms: int, random: bytes) -> UUID:
    """Compose a UUID of version 7.

    Args:
        unix_ms: Milliseconds since 1970 in UTC; only its low 48 bits are used.
        random: Ten random bytes, of which 74 bits are used.

    Source: RFC 9562 section 5.7.
    """
    value = (unix_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
