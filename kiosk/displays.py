"""Whether a window can be opened at all: asked before Qt is, which aborts where it cannot."""

import os
import re
import socket
import sys


def has_display() -> bool:
    """Tell whether there is a screen to open a window on.

    True wherever ``QT_QPA_PLATFORM`` names a platform: whoever set it knows.
    """
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    display = os.environ.get("DISPLAY", "")
    return bool(display) and _x_server_answers(display)


def _x_server_answers(display: str) -> bool:
    match = re.fullmatch(r"(?:unix)?:([0-9]+)(?:\.[0-9]+)?", display)
    if match is None:
        # Another machine's screen: nobody but Qt can say.
        return True
    name = f"/tmp/.X11-unix/X{match[1]}"  # noqa: S108 - where every X server has its socket
    return any(_accepts(address) for address in (name, f"\0{name}"))


def _accepts(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2.0)
        try:
            connection.connect(address)
        except OSError:
            return False
    return True
