"""What a person is in the middle of, so that a start after a sudden end can say what became of it.

A file for each action, named by the id its operation will have and by its kind: nothing in it, and
nothing of the person. It is not synced: what a power cut takes away with it is told less exactly.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, bindparam, select

from kiosk.database.engines import reading
from kiosk.domain.operations import OperationKind
from kiosk.store.tables import receipts

_FOLDER = "in-hand"
_COUNTER = select(receipts.c.counter).where(receipts.c.operation == bindparam("operation"))


@dataclass(frozen=True, slots=True)
class LeftInHand:
    """An action that was under way when the program ended.

    Attributes:
        operation: The id it was to have.
        counter: Of its receipt; None where it was not recorded.
    """

    operation: UUID
    kind: OperationKind
    counter: int | None


class Hands:
    """The actions under way on one device.

    Args:
        data_dir: The data directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / _FOLDER
        self._ended: list[Path] = []

    @contextmanager
    def holding(self, operation: UUID, kind: OperationKind) -> Iterator[None]:
        """While entered, an action is under way; what became of it is still to be told afterwards.

        A disk that takes no mark is no reason to refuse the action.
        """
        self.let_go()
        mark = self._mark(operation, kind)
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            mark.touch(0o600)
        try:
            yield
        finally:
            self._ended.append(mark)

    def let_go(self) -> None:
        """Forget the actions that have ended: the person has been told, or has gone on."""
        while self._ended:
            with suppress(OSError):
                self._ended.pop().unlink(missing_ok=True)

    def left(self, engine: Engine) -> tuple[LeftInHand, ...]:
        """Return what programs that ended suddenly left in hand; said at a start, before others.

        It stays until it is forgotten: a program may end again before anybody was told.

        Args:
            engine: The store, which knows what was recorded.
        """
        left: list[LeftInHand] = []
        with reading(engine).connect() as connection:
            for mark in sorted(self._folder.glob("*.*")):
                try:
                    operation, kind = UUID(hex=mark.stem), OperationKind(mark.suffix[1:])
                except ValueError:
                    continue
                counter = connection.execute(_COUNTER, {"operation": operation.bytes}).scalar()
                left.append(LeftInHand(operation, kind, counter))
        return tuple(left)

    def forget(self, told: Iterable[LeftInHand]) -> None:
        """Forget what somebody was told."""
        for one in told:
            with suppress(OSError):
                self._mark(one.operation, one.kind).unlink(missing_ok=True)

    def _mark(self, operation: UUID, kind: OperationKind) -> Path:
        return self._folder / f"{operation.hex}.{kind}"
