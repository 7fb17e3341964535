"""What one round of delivery has found out so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kiosk.store.queued_operations import ClaimedOperation, Settlement
from kiosk.sync.registries import RegistryStumbled
from kiosk.wire.messages import PushResponse


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch that was claimed and whose answer is not settled yet.

    Attributes:
        tried: What was claimed.
        sent: Those of it that are whole.
        answer: Waits for the registry's answer, and raises what went wrong.
        is_full: More is waiting behind it, and it is on its way already; else it is sent only when
            it is asked for its answer.
    """

    tried: frozenset[UUID]
    sent: Sequence[ClaimedOperation]
    answer: Callable[[], PushResponse]
    is_full: bool


@dataclass(frozen=True, slots=True)
class Odd:
    """An operation at which something failed that nobody foresaw.

    Attributes:
        failure: The registry's own, or None where this program failed.
    """

    operation: ClaimedOperation
    failure: RegistryStumbled | None


@dataclass(slots=True)
class PushRoundSoFar:
    """The state of one round.

    Attributes:
        settled: Final answers, which are on disk.
        odd: What could not be delivered, each sent alone.
        behind: What was not sent because an odd one of the same person goes first.
        was_answered: The registry has answered some of it, so neither side fails at everything.
    """

    settled: list[Settlement] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    behind: list[ClaimedOperation] = field(default_factory=list)
    was_answered: bool = False

    def sendable(self, operations: Sequence[ClaimedOperation]) -> list[ClaimedOperation]:
        """Return what may be sent now, and keep back what stands behind an odd one."""
        held = {one.operation.subject for one in self.odd}
        self.behind += [one for one in operations if one.subject in held]
        return [one for one in operations if one.subject not in held]

    @property
    def failed_at_all(self) -> bool:
        """Whether there are odd ones and nothing went through, so that none is to blame."""
        return bool(self.odd) and not self.was_answered
