"""Addresses of a registry: ``https://…``, or ``http://…`` on this machine."""

from enum import StrEnum
from urllib.parse import urlsplit

LONGEST = 200
_SCHEMES = ("http", "https")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class AddressProblem(StrEnum):
    """Why a text is no address of a registry."""

    NOT_AN_ADDRESS = "not_an_address"
    PLAIN_HTTP = "plain_http"


def read(text: str) -> str | AddressProblem:
    """Read an address as settings and codes carry it; a slash at its end goes."""
    try:
        parts = urlsplit(text)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return AddressProblem.NOT_AN_ADDRESS
    is_whole = parts.scheme in _SCHEMES and bool(parts.hostname) and is_port
    # What would be sent along with every request, or never be: neither belongs to an address.
    has_more = bool(parts.username or parts.password or parts.query or parts.fragment)
    is_written = text.isprintable() and " " not in text and len(text) <= LONGEST
    if not is_whole or has_more or not is_written:
        return AddressProblem.NOT_AN_ADDRESS
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return AddressProblem.PLAIN_HTTP
    return text.rstrip("/")


def read_typed(typed: str) -> str | AddressProblem:
    """Read an address as a technician types it: the ``https://`` may be left out."""
    text = typed.strip()
    return read(text if "://" in text else f"https://{text}")
