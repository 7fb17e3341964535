"""One round of delivery: claim a batch, send it, settle every answer.

A full batch says that more is waiting. Then the next ones are on their way before the answers to
this one are settled: the registry never waits for this disk, nor this machine for the registry.
"""

import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from kiosk.clocks import Clock, monotonic_ms
from kiosk.domain.operations import Outcome, ParkedReason, Reason
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import BEHIND, ClaimedOperation, Settlement
from kiosk.sync.chains import ChainTeller
from kiosk.sync.findings import found_of
from kiosk.sync.policies import Pacer, is_acted_now
from kiosk.sync.push_rounds import Odd, PushRoundSoFar, Sending
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
    PushResponse,
)

_log = logging.getLogger(__name__)
# Base64 makes four bytes of three, and each operation has its other fields beside the body.
_BODY_SHARE = MAX_BODY_BYTES // 2
# So often something may fail at one operation, while all else goes well, before staff looks at it.
MOST_STUMBLES = 8
_APART_PAUSE_MS = 60_000
# Full batches on their way at a time: one is decided while another travels or is settled.
_MOST_ON_THE_WAY = 2
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
        self._chain = ChainTeller(outbox, clock)
        self._stumbles: Counter[UUID] = Counter()
        self._is_registry_well = False
        self._senders = ThreadPoolExecutor(_MOST_ON_THE_WAY, thread_name_prefix="push")
        self._on_the_way: deque[Sending] = deque()

    def push_once(self) -> PushRound:
        """Deliver one batch.

        Raises:
            LineFailed: Nothing is known of what was sent; it is back in the queue.
        """
        self._send_ahead()
        if not self._on_the_way:
            return PushRound(frozenset(), ())
        batch = self._on_the_way.popleft()
        so_far = PushRoundSoFar()
        try:
            self._deliver(batch.sent, so_far, batch)
            if so_far.was_answered:
                self._try_odd_ones_again(so_far)
        except (Unreachable, NotAuthorised) as failure:
            tried = batch.tried | self._end_all(so_far)
            raise self._given_up(failure, tried, so_far) from None
        tried = batch.tried
        if so_far.failed_at_all:
            return self._failed_at_all(tried, so_far)
        self._pacer.succeeded()
        for odd in so_far.odd:
            self._set_aside(odd)
        self._outbox.release([one.id for one in so_far.behind], error=BEHIND, not_before=None)
        return PushRound(tried, tuple(so_far.settled))

    def heard_elsewhere(self) -> None:
        """Note that the registry has answered something else than a delivery."""
        self._is_registry_well = True

    def close(self) -> None:
        """Settle what is still answered, and end the threads; a start gives back the rest."""
        try:
            self._end_all(PushRoundSoFar())
        finally:
            self._senders.shutdown()

    def _send_ahead(self) -> None:
        """Claim and send until enough is on the way, or the queue has no more full batch."""
        while len(self._on_the_way) < _MOST_ON_THE_WAY:
            if self._on_the_way and not self._on_the_way[-1].is_full:
                return
            claimed = self._outbox.claim(
                monotonic_ms(self._clock), limit=MAX_BATCH, max_bytes=_BODY_SHARE
            )
            if not claimed:
                return
            self._on_the_way.append(self._sending(claimed))

    def _sending(self, claimed: Sequence[ClaimedOperation]) -> Sending:
        """Set aside what is damaged and send the rest: in a thread where more is waiting."""
        for one in claimed:
            if not one.is_whole:
                self._park(one.id, ParkedReason.DAMAGED)
        whole = [one for one in claimed if one.is_whole]
        tried = frozenset(one.id for one in claimed)
        if len(claimed) < MAX_BATCH or not whole:
            return Sending(tried, whole, lambda: self._push(whole), is_full=False)
        on_the_way = self._senders.submit(self._registry.push, self._request(whole))
        return Sending(tried, whole, on_the_way.result, is_full=True)

    def _end_all(self, so_far: PushRoundSoFar) -> frozenset[UUID]:
        """Settle what is on the way and answered all the same; return what is claimed."""
        tried: frozenset[UUID] = frozenset()
        while self._on_the_way:
            batch = self._on_the_way.popleft()
            tried |= batch.tried
            if not batch.is_full:
                continue
            try:
                answers = self._heard(batch.answer())
            # Whatever it was: it comes again when these are sent again.
            except Exception as failure:  # noqa: BLE001
                _log.info("another_batch_failed", extra={"error": failure})
            else:
                so_far.settled += self._settle(batch.sent, answers)
        return tried

    def _request(self, sent: Sequence[ClaimedOperation]) -> PushRequest:
        deliveries = [self._delivery(one) for one in sent]
        return PushRequest(device=self._device, deliveries=deliveries, audit=self._chain.word())

    def _push(self, sent: Sequence[ClaimedOperation]) -> PushResponse:
        return self._registry.push(self._request(sent))

    def _heard(self, response: PushResponse) -> list[Answer]:
        """Take in what the registry holds of this device's audit; return its answers."""
        if self._chain.hear(response):
            _log.error("audit_contradicted")
            # Said at once: what follows in the queue may take long. The next delivery says it too.
            with contextlib.suppress(Unreachable, NotAuthorised, NotUnderstood, RegistryStumbled):
                self._chain.hear(self._push([]))
        return response.answers

    def _deliver(
        self,
        claimed: Sequence[ClaimedOperation],
        so_far: PushRoundSoFar,
        sending: Sending | None = None,
    ) -> None:
        """Send operations; a batch at which something fails is halved until the odd one is alone.

        Args:
            claimed: What is sent.
            so_far: The state of the round.
            sending: As what they are on their way already.

        Raises:
            Unreachable: The line failed; what was settled before is in ``so_far``.
            NotAuthorised: Likewise.
        """
        sent = so_far.sendable(claimed)
        if not sent:
            return
        odd: Odd | None = None
        try:
            answers = self._heard(self._push(sent) if sending is None else sending.answer())
        except NotUnderstood:
            if len(sent) == 1:
                so_far.was_answered = True
                self._park(sent[0].id, ParkedReason.NOT_UNDERSTOOD)
                return
        except RegistryStumbled as failure:
            odd = Odd(sent[0], failure)
        except (Unreachable, NotAuthorised):
            raise
        except Exception as failure:  # noqa: BLE001
            # What nobody foresaw must hold back one person at most, and end no loop.
            _log.error("delivery_stumbled", extra={"error": failure})
            odd = Odd(sent[0], None)
        else:
            so_far.was_answered = True
            if sending is not None and sending.is_full:
                self._send_ahead()
            so_far.settled += self._settle(sent, answers)
            return
        if odd is not None and len(sent) == 1:
            so_far.odd.append(odd)
            return
        half = len(sent) // 2
        for part in (sent[:half], sent[half:]):
            self._deliver(part, so_far)

    def _try_odd_ones_again(self, so_far: PushRoundSoFar) -> None:
        """Send once more, each alone, what failed before others went through.

        Both sides may just have come back from failing at everything.
        """
        odd, so_far.odd = so_far.odd, []
        for one in odd:
            self._deliver([one.operation], so_far)

    def _given_up(
        self,
        failure: Unreachable | NotAuthorised,
        tried: frozenset[UUID],
        so_far: PushRoundSoFar,
        *,
        is_of_line: bool = True,
    ) -> LineFailed:
        """Give back what was claimed and is not settled; return what is told of it."""
        pause = self._pacer.failed(failure.retry_after)
        self._outbox.release(
            tried,
            error=failure.cause,
            not_before=monotonic_ms(self._clock) + int(pause * 1000),
        )
        settled = tuple(so_far.settled)
        return LineFailed(failure.cause, pause, tried, settled, is_of_line=is_of_line)

    def _failed_at_all(self, tried: frozenset[UUID], so_far: PushRoundSoFar) -> PushRound:
        """Blame nobody, except one that is alone and was given every chance.

        Raises:
            LineFailed: All of it is back in the queue.
        """
        first = so_far.odd[0]
        # A registry that answers nothing else either fails at everything, not at this one.
        counts = first.failure is None or self._is_registry_well
        self._is_registry_well = False
        if len(tried) == 1 and counts and self._stumbled_often(first):
            self._park(first.operation.id, _parked_reason(first))
            return PushRound(tried, ())
        failure = first.failure or Unreachable("internal")
        tried |= self._end_all(so_far)
        raise self._given_up(failure, tried, so_far, is_of_line=False)

    def _set_aside(self, odd: Odd) -> None:
        """Set an operation aside; at first the registry may have failed at it by chance."""
        if odd.failure is None or self._stumbled_often(odd):
            self._park(odd.operation.id, _parked_reason(odd))
            return
        self._outbox.release(
            [odd.operation.id],
            error=odd.failure.cause,
            not_before=monotonic_ms(self._clock) + _APART_PAUSE_MS,
        )

    def _stumbled_often(self, odd: Odd) -> bool:
        """Count one more stumble over an operation, and tell whether there were too many."""
        self._stumbles[odd.operation.id] += 1
        return self._stumbles[odd.operation.id] >= MOST_STUMBLES

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
        self._outbox.settle(settlements, self._clock.now_ms(), self._chain.known)
        return settlements

    def _delivery(self, one: ClaimedOperation) -> Delivery:
        return Delivery(
            operation=one.message,
            acted_now=is_acted_now(one.attempts, self._age_of(one.id)),
        )

    def _park(self, operation: UUID, reason: ParkedReason) -> None:
        _log.error("operation_parked", extra={"operation": operation, "reason": reason})
        self._outbox.park(operation, reason, self._clock.now_ms())


def _parked_reason(odd: Odd) -> ParkedReason:
    return ParkedReason.INTERNAL if odd.failure is None else ParkedReason.REGISTRY_FAILED


def _understood(operation: UUID, answer: Answer) -> Settlement | None:
    try:
        outcome = Outcome(answer.outcome)
        reason = None if answer.reason is None else Reason(answer.reason)
    except ValueError:
        return None
    if outcome not in _FINAL or (reason is None) != (outcome is Outcome.ACCEPTED):
        return None
    return Settlement(operation, outcome, reason, answer.decided_at, found_of(answer.found))
