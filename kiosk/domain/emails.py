"""E-mail addresses: the form they are compared in, and a mask that helps only their owner."""

import unicodedata


def key(text: str) -> str:
    """Return the form in which two addresses are the same: trimmed, NFC, case-folded."""
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def mask(address: str) -> str:
    """Show an address so that its owner knows it again: ``m•••a@exemplo.com.br``."""
    local, _, host = address.rpartition("@")
    shown = local[:1] + "•••" + (local[-1:] if len(local) > 3 else "")
    return f"{shown}@{host}"
