"""Taking in a queue that came in a file: the same as if its device had delivered it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from sqlalchemy import Engine

from kiosk.complaints import Complaint
from kiosk.database.statements import DATABASE_FAILURES
from kiosk.domain import receipts
from kiosk.domain.operations import Outcome
from kiosk.registry.audit_trails import Event, note
from kiosk.registry.claims import NotUnderstood
from kiosk.registry.clocks import Clock
from kiosk.registry.operations import Operations
from kiosk.wire.messages import MAX_BATCH, Answer, Delivery, Message, OperationMessage, PushRequest
from kiosk.wire.outbox_files import (
    FIRST_BYTES,
    FORMAT,
    MAX_LINE_BYTES,
    VERSION,
    OutboxFileHeader,
    OutboxFileKind,
    OutboxFileTrailer,
)

_KIND = msgspec.json.Decoder(OutboxFileKind)
_OPERATION = msgspec.json.Decoder(OperationMessage)
_Read = TypeVar("_Read", bound=Message)


@dataclass(slots=True)
class OutboxImportReport:
    """What became of a file.

    Attributes:
        device: Whose queue it was.
        decided: Operations per outcome that were new.
        reasons: Why, for those not accepted.
        known: Operations that were decided before, here or over the line.
        not_understood: Operations that cannot be read.
    """

    device: str
    decided: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: int = 0
    not_understood: int = 0

    @property
    def count(self) -> int:
        """How many operations have an answer or cannot be read."""
        return self.decided.total() + self.known + self.not_understood

    def note(self, answer: Answer) -> None:
        """Count one answer."""
        if answer.duplicate:
            self.known += 1
            return
        self.decided[answer.outcome] += 1
        if answer.outcome != Outcome.ACCEPTED and answer.reason is not None:
            self.reasons[answer.outcome, answer.reason] += 1


@dataclass(frozen=True, slots=True)
class _Checked:
    header: OutboxFileHeader
    sha256: str


def import_outbox(
    engine: Engine,
    path: Path,
    operations: Operations,
    clock: Clock,
    tell_not_understood: Callable[[str, str], None],
) -> OutboxImportReport:
    """Deliver every operation of an exported queue.

    The whole file is read before the first is delivered. Ids are those of the device, so what comes
    again, by file or over the line, is answered as a duplicate.

    Args:
        engine: The registry's database.
        path: The file.
        operations: Decides.
        clock: The registry's time.
        tell_not_understood: Called with receipt and part of each operation that cannot be read.

    Raises:
        Complaint: The file is not whole, and nothing was applied; or file or database failed on the
            way, and what was applied is known when the same file comes again.
    """
    try:
        file = path.open("rb")
    except IsADirectoryError:
        raise Complaint(f"{path} é uma pasta. Indique o arquivo da fila exportada.") from None
    except OSError:
        raise Complaint(
            f"O arquivo {path} não pôde ser lido. Confira o nome e as permissões."
        ) from None
    with file:
        try:
            checked = _check(file, path)
        except OSError:
            raise _refused(path, "não pôde ser lido até o fim", "Exporte-o de novo") from None
        report = OutboxImportReport(checked.header.device)
        try:
            _deliver(file, checked, operations, report, tell_not_understood)
            _note(engine, checked, clock())
        except (OSError, *DATABASE_FAILURES):
            raise Complaint(
                f"A importação de {path} parou depois de {report.count} de {checked.header.count} "
                "pedidos: o arquivo deixou de ser lido, ou o banco não respondeu. Importe-o de "
                "novo; o que já entrou é reconhecido."
            ) from None
    return report


def _check(file: BinaryIO, path: Path) -> _Checked:
    """Read a whole file and return its header."""
    digest = hashlib.sha256()
    first = file.readline(MAX_LINE_BYTES)
    header = _header(first, path)
    digest.update(first)
    count = 0
    last = b""
    for line in iter(lambda: file.readline(MAX_LINE_BYTES), b""):
        if last:
            _operation(last, header, path)
            digest.update(last)
            count += 1
        last = line
    trailer = _decoded(last, OutboxFileTrailer)
    if trailer is None or not last.endswith(b"\n"):
        raise _refused(
            path, "está incompleto: a cópia parou no meio", "Exporte-o ou copie-o de novo"
        )
    if trailer.sha256 != digest.hexdigest() or not trailer.count == count == header.count:
        raise _changed(path)
    return _Checked(header, trailer.sha256)


def _header(line: bytes, path: Path) -> OutboxFileHeader:
    if not line:
        raise _refused(path, "está vazio", "Exporte-o ou copie-o de novo")
    try:
        kind = _KIND.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = None
    if kind is None and not line.endswith(b"\n") and _begins_alike(line):
        raise _refused(
            path, "está incompleto: a cópia parou no meio", "Exporte-o ou copie-o de novo"
        )
    if kind is None or kind.format != FORMAT:
        raise _refused(path, "não é uma fila exportada", "Indique o arquivo de “outbox export”")
    if kind.version > VERSION:
        raise _refused(
            path,
            f"é de uma versão mais nova (formato {kind.version})",
            "Atualize o cadastro central",
        )
    header = _decoded(line, OutboxFileHeader)
    if header is None or kind.version != VERSION or not receipts.is_device_code(header.device):
        raise _changed(path)
    return header


def _operation(line: bytes, header: OutboxFileHeader, path: Path) -> OperationMessage:
    try:
        message = _OPERATION.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _changed(path) from None
    number = receipts.parse(message.receipt)
    if number is None or str(number) != message.receipt:
        raise _changed(path)
    if number.device_code != header.device:
        raise _refused(
            path,
            "traz pedidos de outro aparelho que o nomeado no início",
            "Exporte a fila de cada aparelho num arquivo próprio",
        )
    return message


def _deliver(
    file: BinaryIO,
    checked: _Checked,
    operations: Operations,
    report: OutboxImportReport,
    tell: Callable[[str, str], None],
) -> None:
    file.seek(0)
    digest = hashlib.sha256(file.readline(MAX_LINE_BYTES))
    for batch in _batches(file, checked.header.count, digest.update):
        while batch:
            deliveries = [Delivery(operation=one) for one in batch]
            try:
                answers = operations.take(
                    PushRequest(device=checked.header.device, deliveries=deliveries)
                ).answers
            except NotUnderstood as odd:
                # Nothing of the batch was applied; without the one at fault it goes again.
                tell(batch.pop(odd.index).receipt, odd.what)
                report.not_understood += 1
                continue
            for answer in answers:
                report.note(answer)
            break
    if digest.hexdigest() != checked.sha256:
        # Somebody wrote into it since it was read; every operation of it was readable all the same.
        raise OSError


def _batches(
    file: BinaryIO, count: int, heed: Callable[[bytes], None]
) -> Iterator[list[OperationMessage]]:
    batch: list[OperationMessage] = []
    for _ in range(count):
        line = file.readline(MAX_LINE_BYTES)
        heed(line)
        try:
            batch.append(_OPERATION.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise OSError from None
        if len(batch) == MAX_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _note(engine: Engine, checked: _Checked, now: int) -> None:
    with engine.begin() as connection:
        note(
            connection,
            Event(
                now,
                "outbox_imported",
                checked.header.device,
                detail=f"{checked.header.count} {checked.sha256}",
            ),
        )


def _decoded(line: bytes, kind: type[_Read]) -> _Read | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _begins_alike(line: bytes) -> bool:
    shorter = min(len(line), len(FIRST_BYTES))
    return line[:shorter] == FIRST_BYTES[:shorter]


def _changed(path: Path) -> Complaint:
    return _refused(
        path, "foi alterado ou danificado depois de exportado", "Exporte-o ou copie-o de novo"
    )


def _refused(path: Path, what: str, remedy: str) -> Complaint:
    return Complaint(f"O arquivo {path} {what}. {remedy}; nada foi importado.")
