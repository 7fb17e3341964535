"""Roster files for tests, with only what matters said."""

from pathlib import Path
from typing import Any

from kiosk.registry.rosters import HEADER
from tests.kiosk.registry.workbench import CPFS

BCRYPT = "$2b$06$PAS.amostra.kiosk.202OK/W/eyQxwVd2kC2r5xBvm.Lsr7pziwm"


def line(number: int = 1, **other: Any) -> str:
    values: dict[str, Any] = {
        "person_id": f"P{number}",
        "holder_id": "",
        "card_number": f"{number:012d}",
        "cpf": CPFS[number - 1],
        "birth_date": "1950-03-24",
        "full_name": "Joana d'Ávila",
        "social_name": "",
        "email": "",
        "status": "active",
        "origin": "none",
        "password_hash": "",
    }
    return ",".join((values | other)[name] for name in HEADER)


def write(path: Path, *lines: str | bytes, header: str = ",".join(HEADER)) -> Path:
    encoded = [one if isinstance(one, bytes) else one.encode() for one in (header, *lines)]
    path.write_bytes(b"".join(one + b"\n" for one in encoded))
    return path
