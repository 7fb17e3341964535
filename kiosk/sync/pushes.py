"""One round of delivery: claim a batch, send it, settle every answer."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from kiosk.clocks import Clock, monotonic_ms
from kiosk.domain.operations import Outcome, ParkedReason, Reason
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import ClaimedOperation, Settlement
from kiosk.sync.findings import found_of
from kiosk.sync.policies import Pacer, is_acted_now
from kiosk.sync.registries import (
    LineFailed,
    NotAuthorised,
    NotUnderstood,
    Registry,
    RegistryStumbled,
    Unreachable,
)
from kiosk.wire.messages import (
    MAX_BATCH,
    MAX_BODY_BYTES,
    Answer,
    Delivery,
    PushRequest,
)

_log = logging.getLogger(__name__)
# Base64 makes four bytes of three, and each operation has its other fields beside the body.
_BODY_SHARE = MAX_BODY_BYTES // 2
# An operation that is alone in the queue has no others to show that it is the odd one.
_STUMBLES_ALONE = 8
_APART_PAUSE_MS = 60_000
_FINAL = frozenset({Outcome.ACCEPTED, Outcome.REJECTED, Outcome.QUARANTINED})


@dataclass(frozen=True, slots=True)
class PushRound:
    """What one round did.

    Attributes:
        tried: Operations that were claimed.
        settled: Final answers recorded.
    """

    tried: frozenset[UUID]
    settled: tuple[Settlement, ...]


class Pusher:
    """Delivers what waits.

    Args:
        outbox: The queue.
        registry: Where it goes.
        device: Who is delivering.
        clock: This machine's time.
        age_of: Seconds since an operation was recorded in this run of the program, else None.
        pacer: How long the line is left alone after a failure.
    """

    def __init__(
        self,
        outbox: Outbox,
        registry: Registry,
        device: str,
        clock: Clock,
        age_of: Callable[[UUID], float | None],
        pacer: Pacer,
    ) -> None:
        self._outbox = outbox
        self._registry = registry
        self._device = device
        self._clock = clock
        self._age_of = age_of
        self._pacer = pacer

    def push_once(self) -> PushRound:
        """Deliver one batch.

        Raises:
            LineFailed: Nothing is known of what was sent; it is back in the queue.
        """
        claimed = self._outbox.claim(
            monotonic_ms(self._clock), limit=MAX_BATCH, max_bytes=_BODY_SHARE
        )
        if not claimed:
            return PushRound(frozenset(), ())
        tried = frozenset(one.id for one in claimed)
        whole = [one for one in claimed if one.is_whole]
        for one in claimed:
            if not one.is_whole:
                self._park(one.id, ParkedReason.DAMAGED)
        try:
            settled = self._deliver(whole) if whole else []
        except (Unreachable, NotAuthorised, _Stumbled) as failure:
            is_own = isinstance(failure, _Stumbled) and failure.failure is None
            if is_own and _is_odd_alone(claimed):
                self._park(claimed[0].id, ParkedReason.INTERNAL)
                return PushRound(tried, ())
            pause = self._pacer.failed(failure.retry_after)
            self._outbox.release(
                tried,
                error=failure.cause,
                not_before=monotonic_ms(self._clock) + int(pause * 1000),
            )
            raise LineFailed(failure.cause, pause, tried) from None
        self._pacer.succeeded()
        return PushRound(tried, tuple(settled))

    def _deliver(self, claimed: Sequence[ClaimedOperation]) -> list[Settlement]:
        """Send operations; a batch that cannot be read is halved until the odd one is alone.

        Raises:
            _Stumbled: The program, or the registry, failed at all of them: none is to blame.
        """
        request = PushRequest(
            device=self._device, deliveries=[self._delivery(one) for one in claimed]
        )
        try:
            answers = self._registry.push(request).answers
        except NotUnderstood:
            if len(claimed) == 1:
                self._park(claimed[0].id, ParkedReason.NOT_UNDERSTOOD)
                return []
            half = len(claimed) // 2
            return [*self._deliver(claimed[:half]), *self._deliver(claimed[half:])]
        except RegistryStumbled as failure:
            return self._deliver_apart(claimed, failure)
        except (Unreachable, NotAuthorised):
            raise
        except Exception as failure:  # noqa: BLE001
            # What nobody foresaw must hold back one row at most, and end no loop.
            _log.error("delivering stumbled over %s", type(failure).__name__)
            return self._deliver_apart(claimed)
        return self._settle(claimed, answers)

    def _deliver_apart(
        self, claimed: Sequence[ClaimedOperation], failure: RegistryStumbled | None = None
    ) -> list[Settlement]:
        """Send the halves each on its own; who fails while others do not is set aside.

        Args:
            claimed: What was sent together.
            failure: The registry's, where it stumbled; else the program did.
        """
        if len(claimed) == 1:
            raise _Stumbled(claimed, failure)
        half = len(claimed) // 2
        settled: list[Settlement] = []
        odd: list[ClaimedOperation] = []
        for part in (claimed[:half], claimed[half:]):
            try:
                settled += self._deliver(part)
            except _Stumbled as stumble:
                odd += stumble.operations
                failure = failure or stumble.failure
        if len(odd) == len(claimed):
            raise _Stumbled(odd, failure)
        for one in odd:
            self._set_aside(one, failure)
        return settled

    def _set_aside(self, one: ClaimedOperation, failure: RegistryStumbled | None) -> None:
        """Park an operation at fault; the registry may have failed at it by chance, at first."""
        if failure is None or one.attempts >= _STUMBLES_ALONE:
            self._park(one.id, ParkedReason.INTERNAL)
            return
        self._outbox.release(
            [one.id],
            error=failure.cause,
            not_before=monotonic_ms(self._clock) + _APART_PAUSE_MS,
        )

    def _settle(
        self, claimed: Sequence[ClaimedOperation], answers: Sequence[Answer]
    ) -> list[Settlement]:
        by_id = {answer.id: answer for answer in answers}
        settlements: list[Settlement] = []
        for one in claimed:
            answer = by_id.get(one.message.id)
            settlement = None if answer is None else _understood(one.id, answer)
            if settlement is not None:
                settlements.append(settlement)
            elif answer is None:
                self._park(one.id, ParkedReason.NO_ANSWER)
            else:
                self._park(one.id, ParkedReason.ANSWER_NOT_UNDERSTOOD)
        self._outbox.settle(settlements, self._clock.now_ms())
        return settlements

    def _delivery(self, one: ClaimedOperation) -> Delivery:
        return Delivery(
            operation=one.message,
            acted_now=is_acted_now(one.attempts, self._age_of(one.id)),
        )

    def _park(self, operation: UUID, reason: ParkedReason) -> None:
        _log.error("operation %s parked: %s", operation, reason)
        self._outbox.park(operation, reason, self._clock.now_ms())


def _is_odd_alone(claimed: Sequence[ClaimedOperation]) -> bool:
    return len(claimed) == 1 and claimed[0].attempts >= _STUMBLES_ALONE


class _Stumbled(Exception):
    """The program itself, or the registry, failed at every one of some operations."""

    def __init__(
        self, operations: Sequence[ClaimedOperation], failure: RegistryStumbled | None = None
    ) -> None:
        self.cause = "internal" if failure is None else failure.cause
        super().__init__(self.cause)
        self.operations = operations
        self.failure = failure
        self.retry_after = None if failure is None else failure.retry_after


def _understood(operation: UUID, answer: Answer) -> Settlement | None:
    try:
        outcome = Outcome(answer.outcome)
        reason = None if answer.reason is None else Reason(answer.reason)
    except ValueError:
        return None
    if outcome not in _FINAL or (reason is None) != (outcome is Outcome.ACCEPTED):
        return None
    return Settlement(operation, outcome, reason, answer.decided_at, found_of(answer.found))
