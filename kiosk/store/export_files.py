"""The file of an export on its way to the disk: whole under its name, or not there."""

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from kiosk.complaints import Complaint
from kiosk.database.files import create_private, sync_folder
from kiosk.wire.messages import encode
from kiosk.wire.outbox_files import FIRST_BYTES, OutboxFileHeader, OutboxFileTrailer

_PART_SUFFIX = ".kiosk-part"


def refuse_occupied(target: Path, *, force: bool) -> None:
    """See that nothing of a name is there that must stay.

    Args:
        target: The file that is to be written.
        force: An earlier export need not stay.

    Raises:
        Complaint: Something is.
    """
    if not os.path.lexists(target):
        return
    if target.is_dir():
        raise Complaint(f"{target} é uma pasta. Diga o nome do arquivo, por exemplo: fila.kiosk")
    if not force:
        raise Complaint(
            f"O arquivo {target} já existe e ficou como estava. Escolha outro nome, ou "
            "substitua-o com --force."
        )
    try:
        with target.open("rb") as file:
            is_export = file.read(len(FIRST_BYTES)) == FIRST_BYTES
    except OSError:
        is_export = False
    if not is_export:
        raise Complaint(
            f"{target} não é uma fila exportada, e --force só substitui uma. Escolha outro nome."
        )


def write(target: Path, header: OutboxFileHeader, lines: Iterable[bytes], *, force: bool) -> None:
    """Write an export, which appears under its name only once it is whole and on disk.

    Args:
        target: The file.
        header: Its first line.
        lines: The operations, encoded.
        force: Put it in the place of an earlier export.

    Raises:
        Complaint: It cannot be written, or is there already.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_PART_SUFFIX}")
    try:
        _discard_parts(target)
        try:
            with create_private(part) as file:
                _fill(file, header, lines)
                file.flush()
                os.fsync(file.fileno())
            refuse_occupied(target, force=force)
            part.replace(target)
            _sync_folder(target.absolute().parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError:
        raise Complaint(
            f"O arquivo {target} não pôde ser gravado. Confira se a pasta existe, se há espaço e "
            "se este usuário pode escrever nela; a fila está como estava."
        ) from None


def _discard_parts(target: Path) -> None:
    """Remove what exports of the same name that were killed have left: people's data."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}{re.escape(_PART_SUFFIX)}")
    for one in target.absolute().parent.iterdir():
        if ours.fullmatch(one.name):
            one.unlink(missing_ok=True)


def _fill(file: BinaryIO, header: OutboxFileHeader, lines: Iterable[bytes]) -> None:
    digest = hashlib.sha256()
    for content in chain((encode(header),), lines):
        file.write(content + b"\n")
        digest.update(content + b"\n")
    trailer = OutboxFileTrailer(count=header.count, sha256=digest.hexdigest())
    file.write(encode(trailer) + b"\n")


def _sync_folder(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        # Some file systems of removable media have no such thing.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
