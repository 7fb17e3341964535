"""The machine that was measured, in words."""

import os
import platform
import sqlite3

import PySide6
import sqlalchemy


def words() -> str:
    """Return what there is to know about this machine and its programs, in pt-BR."""
    cores = os.cpu_count() or 1
    parts = [
        f"{platform.system()} {platform.machine()}",
        f"{cores} núcleo{'s' if cores > 1 else ''}",
        *_memory(),
        f"Python {platform.python_version()}",
        f"PySide6 {PySide6.__version__}",
        f"SQLAlchemy {sqlalchemy.__version__}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    return ", ".join(parts)


def load() -> str:
    """Return how busy the machine is, in pt-BR."""
    if not hasattr(os, "getloadavg"):
        return "carga desconhecida"
    return f"carga média no último minuto {os.getloadavg()[0]:.1f}".replace(".", ",")


def _memory() -> list[str]:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return []
    held = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return [f"{held / 2**30:.0f} GiB"]
