"""Addresses of a registry: ``https://…``, or ``http://…`` on this machine."""

import re
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

LONGEST = 200
_SCHEMES = ("http", "https")
_NUMERIC = re.compile(r"[0-9.]+")
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
    is_whole = parts.scheme in _SCHEMES and is_port and _is_plain(parts)
    # What would be sent along with every request, or never be: neither belongs to an address.
    has_more = bool(parts.username or parts.password or parts.query or parts.fragment)
    is_written = text.isprintable() and " " not in text and len(text) <= LONGEST
    if not is_whole or has_more or not is_written:
        return AddressProblem.NOT_AN_ADDRESS
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return AddressProblem.PLAIN_HTTP
    return text.rstrip("/")


def _is_plain(parts: SplitResult) -> bool:
    """Tell whether there is a host, and beside it nothing that other parsers read otherwise.

    A name with accents is written as DNS has it, ``xn--…``.
    """
    host = parts.hostname or ""
    if not host.isascii() or (_NUMERIC.fullmatch(host) and not _is_ip_address(host)):
        return False
    written = f"[{host}]" if ":" in host else host
    port = "" if parts.port is None else f":{parts.port}"
    return bool(host) and parts.netloc.rpartition("@")[2].lower() == written + port


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def read_typed(typed: str) -> str | AddressProblem:
    """Read an address as a technician types it: the ``https://`` may be left out."""
    text = typed.strip()
    return read(text if "://" in text else f"https://{text}")
