"""QR codes of enrolments: on a terminal, and as a picture to print."""

import io
import os
from pathlib import Path

import segno
import typer

from kiosk.complaints import Complaint

_PICTURES = (".png", ".svg")
_SCALE = 8


def print_qr(said: str) -> None:
    """Print a QR code on the terminal."""
    drawn = io.StringIO()
    # White around and between: on a dark terminal half of the scanners read nothing else.
    _made(said).terminal(drawn, compact=True)
    typer.echo(drawn.getvalue())


def require_picture(file: Path) -> None:
    """Refuse a file that cannot become the picture, before a code is made.

    Raises:
        Complaint: Its name says no kind of picture, or it is there already.
    """
    if file.suffix.lower() not in _PICTURES:
        raise Complaint("--qr: o nome do arquivo termina em .png ou .svg.", 2)
    if file.exists():
        raise Complaint(f"O arquivo {file} já existe, e não foi tocado. Dê outro nome.", 2)


def save_qr(said: str, file: Path) -> None:
    """Write a QR code as a picture that only this user reads: whoever has it can enrol a machine.

    Raises:
        Complaint: The file cannot be written.
    """
    drawn = io.BytesIO()
    _made(said).save(drawn, kind=file.suffix.lower()[1:], scale=_SCALE)
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as written:
            written.write(drawn.getvalue())
    except OSError:
        raise Complaint(
            f"O QR não pôde ser gravado em {file}. O código acima vale do mesmo modo."
        ) from None


def _made(said: str) -> segno.QRCode:
    return segno.make_qr(said, error="m")
