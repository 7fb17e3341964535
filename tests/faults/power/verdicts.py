"""What must be true of a store after a power loss, given what was said before it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from kiosk.complaints import Complaint
from kiosk.database.damages import find_damage
from kiosk.database.drivers import DATABASE_ERRORS, ERRORS, connect
from kiosk.database.keys import StoreKey
from kiosk.domain import receipts as receipt_numbers
from kiosk.domain.operations import Outcome
from kiosk.store import files
from kiosk.store.backups import backups_of
from kiosk.store.holds import DataDirHold
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Recorded
from kiosk.store.rewritings import NotTheSame, rewrite_all
from tests import factories
from tests.faults.power.drivers import DATA_DIR, KEY, LATER_REVISION, NEW_KEY, digest_of

_SAID = "id, kind, subject, label, body, made_by, made_at"
_NOBODY = 900_000_000
REPLACED = "o banco foi achado danificado e trocado"


@dataclass(slots=True)
class Promises:
    """What was said up to a moment.

    Attributes:
        begun: Digest of each operation whose recording had begun.
        recorded: Receipt of each whose recording had returned.
        settling: Those whose answer was being recorded; they may be either way.
        settled: Those whose answer was recorded.
        replaced: Those that another was recorded in the place of, and that other.
        parked: Those that were set aside.
        code: Of the device, once it was told.
        key: Digest of the device's key.
        is_rekeying: The files are being put under another key.
        is_rekeyed: They are.
        is_migrating: A later program has begun to migrate the file.
        backups: How many were made.
        before_migration: Those that were recorded when it began; None until it had finished.
    """

    begun: dict[bytes, str] = field(default_factory=dict)
    recorded: dict[bytes, str] = field(default_factory=dict)
    settling: set[bytes] = field(default_factory=set)
    settled: set[bytes] = field(default_factory=set)
    replaced: dict[bytes, bytes] = field(default_factory=dict)
    parked: set[bytes] = field(default_factory=set)
    code: str | None = None
    key: str | None = None
    is_rekeying: bool = False
    is_rekeyed: bool = False
    is_migrating: bool = False
    backups: int = 0
    before_migration: frozenset[bytes] | None = None

    def hear(self, mark: dict[str, Any]) -> None:
        """Take in what the driven program said next."""
        ids = [bytes.fromhex(one) for one in mark.get("ids", [mark.get("id", "")])]
        match mark["mark"]:
            case "recording":
                self.begun[ids[0]] = mark["digest"]
                if "replaces" in mark:
                    self.replaced[bytes.fromhex(mark["replaces"])] = ids[0]
            case "recorded":
                self.recorded[ids[0]] = mark["receipt"]
            case "settling":
                self.settling.update(ids)
            case "settled":
                self.settled.update(ids)
            case "parked":
                self.parked.update(ids)
            case "identity":
                self.code, self.key = mark["code"], mark["key"]
            case "rekeying":
                self.is_rekeying = True
            case "rekeyed":
                self.is_rekeyed = True
            case "migrating":
                self.is_migrating = True
            case "backed up":
                self.backups += 1
            case "migrated":
                self.before_migration = frozenset(self.recorded)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not be: ``lost`` what was acknowledged, ``broken`` anything else."""

    what: str
    is_loss: bool


def judge(root: Path, promises: Promises, later_scripts: Path) -> list[Fault]:
    """Open what a power loss left, as the program does, and say what is wrong with it.

    Args:
        root: Where it was laid down.
        promises: What was said before.
        later_scripts: The migrations of the later program.
    """
    data_dir = root / DATA_DIR
    own_scripts = files.SCRIPTS
    files.SCRIPTS = later_scripts if promises.is_migrating else own_scripts
    all_lost = [Fault("tudo se perdeu com ele", is_loss=True)] * len(promises.recorded)
    try:
        DataDirHold(data_dir).close()
        if promises.is_rekeying and not promises.is_rekeyed:
            # As the next start does, to which the choice says that this is under way.
            rewrite_all(data_dir, KEY, NEW_KEY)
        key = NEW_KEY if promises.is_rekeying else KEY
        engine = files.open_store(data_dir, key)
    except (Complaint, NotTheSame, *ERRORS, SQLAlchemyError) as error:
        return [Fault(f"o banco não abre: {type(error).__name__}", is_loss=False), *all_lost]
    finally:
        files.SCRIPTS = own_scripts
    try:
        was_replaced = (data_dir / "quarantine").exists()
        return [
            *_faults(engine, promises, was_replaced),
            *_faults_of_the_kept(data_dir, promises, key),
        ]
    except (*ERRORS, SQLAlchemyError) as error:
        return [
            Fault(f"o banco não pode ser lido: {type(error).__name__}", is_loss=False),
            *all_lost,
        ]
    finally:
        engine.dispose()


def _faults(engine: Engine, promises: Promises, was_replaced: bool) -> Iterator[Fault]:
    with closing(engine.raw_connection()) as connection:
        database: Any = connection.driver_connection
        words = [row[0] for row in database.execute("PRAGMA integrity_check")]
        is_damaged = words != ["ok"]
        if is_damaged:
            yield Fault("integrity_check acha danos", is_loss=False)
        if database.execute("PRAGMA foreign_key_check").fetchone() is not None:
            yield Fault("uma referência não leva a nada", is_loss=False)
        columns = {row[1] for row in database.execute("PRAGMA table_info(outbox)")}
        if promises.is_migrating and "later" not in columns:
            yield Fault("o esquema não é o que o arquivo diz", is_loss=False)
        receipts = {
            row[0]: row[1:]
            for row in database.execute("SELECT operation, counter, outcome FROM receipts")
        }
        said = {
            row[0]: (digest_of(row[: _SAID.count(",") + 1]), *row[-3:])
            for row in database.execute(
                f"SELECT {_SAID}, receipt, sequence, parked_reason FROM outbox"
            )
        }
        recorded = [
            row[0] for row in database.execute("SELECT operation FROM audit WHERE event='recorded'")
        ]
    yield from _lost(promises, receipts, said)
    if was_replaced:
        # The program itself says that commits are missing; of the rest it promises no more.
        yield Fault(REPLACED, is_loss=True)
    if was_replaced or is_damaged:
        return
    yield from _halves(promises, receipts, said, recorded)
    free = {operation for operation, row in said.items() if row[3] is None}
    yield from _stuck(engine, promises, free)


def _lost(
    promises: Promises,
    receipts: dict[bytes, tuple[int, str | None]],
    said: dict[bytes, tuple[str, str, int, str | None]],
) -> Iterator[Fault]:
    for operation, receipt in promises.recorded.items():
        counter, outcome = receipts.get(operation, (0, None))
        if receipt_numbers.parse(receipt) != receipt_numbers.ReceiptNumber(receipt[:6], counter):
            yield Fault("um recibo confirmado sumiu", is_loss=True)
        elif operation in promises.settled:
            if outcome is None:
                yield Fault("uma resposta confirmada sumiu", is_loss=True)
        elif outcome is not None:
            if operation not in promises.settling:
                yield Fault("uma resposta que ninguém deu", is_loss=True)
        elif operation not in said or said[operation][1] != receipt:
            yield Fault("uma operação confirmada saiu da fila", is_loss=True)
        elif operation in promises.parked and said[operation][3] is None:
            yield Fault("uma operação posta de lado voltou à fila", is_loss=True)


def _halves(
    promises: Promises,
    receipts: dict[bytes, tuple[int, str | None]],
    said: dict[bytes, tuple[str, str, int, str | None]],
    recorded: list[bytes],
) -> Iterator[Fault]:
    if Counter(recorded) != Counter(receipts.keys()):
        yield Fault("recibos e auditoria não dizem o mesmo", is_loss=False)
    for operation, (counter, outcome) in receipts.items():
        if operation not in promises.begun:
            yield Fault("uma operação que ninguém fez", is_loss=False)
        if (outcome is None) != (operation in said):
            yield Fault("meia operação: recibo e fila não concordam", is_loss=False)
        if operation in said and said[operation][2] != counter:
            yield Fault("uma operação sob o recibo de outra", is_loss=False)
    for old, new in promises.replaced.items():
        if (receipts.get(old, (0, None))[1] == Outcome.REPLACED) != (new in receipts):
            yield Fault("metade de um novo envio", is_loss=False)
    for operation, (digest, *_) in said.items():
        if operation not in receipts:
            yield Fault("uma operação sem recibo", is_loss=False)
        if promises.begun.get(operation) != digest:
            yield Fault("uma operação cujos bytes mudaram", is_loss=False)


def _stuck(engine: Engine, promises: Promises, free: set[bytes]) -> Iterator[Fault]:
    """Go on where the program stopped: deliver all that waits, record something new."""
    identity = load_identity(engine)
    key = sha256(identity.subject_key).hexdigest()
    if promises.code is not None and (identity.code, key) != (promises.code, promises.key):
        yield Fault("o aparelho virou outro", is_loss=True)
    outbox = Outbox(engine, identity.code)
    outbox.heal()
    claimed = outbox.claim(0, limit=len(free) + 1, max_bytes=1_000_000_000)
    if {one.id.bytes for one in claimed} != free:
        yield Fault("uma operação não sai da fila", is_loss=False)
    if not all(one.is_whole for one in claimed):
        yield Fault("uma operação não diz o que dizia", is_loss=False)
    new = outbox.record(factories.new_operation(factories.person(_NOBODY)))
    if not isinstance(new, Recorded):
        yield Fault("nada de novo pode ser gravado", is_loss=False)
    elif new.receipt in promises.recorded.values():
        yield Fault("um número de recibo foi dado de novo", is_loss=True)


def _faults_of_the_kept(data_dir: Path, promises: Promises, key: StoreKey) -> Iterator[Fault]:
    backups = backups_of(data_dir)
    if len(backups) < promises.backups:
        yield Fault("uma cópia de segurança sumiu", is_loss=False)
    if any(find_damage(backup, full=True, key=key) is not None for backup in backups):
        yield Fault("uma cópia de segurança não está inteira", is_loss=False)
    if promises.before_migration is None:
        return
    kept = data_dir / f"{files.FILE_NAME}.before-{LATER_REVISION}"
    if not kept.exists():
        yield Fault("o arquivo de antes da migração sumiu", is_loss=False)
        return
    with closing(connect(kept, key)) as database:
        try:
            words = database.execute("PRAGMA integrity_check").fetchone()
            rows = {row[0] for row in database.execute("SELECT operation FROM receipts")}
        except DATABASE_ERRORS:
            yield Fault("o arquivo de antes da migração não pode ser lido", is_loss=False)
            return
    if words != ("ok",) or not promises.before_migration <= rows:
        yield Fault("o arquivo de antes da migração não está inteiro", is_loss=False)
