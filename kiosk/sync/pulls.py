"""One round of listening: what changed at the registry, committed with its cursor."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from kiosk.clocks import Clock
from kiosk.domain.operations import Outcome, Reason
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from kiosk.store.receipt_numbers import go_beyond
from kiosk.store.resendings import forget_old
from kiosk.sync.findings import found_of
from kiosk.sync.policies import Pacer
from kiosk.sync.registries import (
    CursorGone,
    LineFailed,
    NotAuthorised,
    Registry,
    ShutOut,
    Unreachable,
)
from kiosk.sync.snapshots import SnapshotIntake
from kiosk.wire.identity_digests import DIGESTS_VERSION, is_sound
from kiosk.wire.messages import (
    ACCOUNTS,
    DIGESTS,
    AccountChange,
    KeyAnnouncement,
    OutcomeChange,
    PullRequest,
    PullResponse,
)
from kiosk.wire.sealed_bodies import SealingKey

_FORGETS_EVERY_SECONDS = 24 * 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PullRound:
    """What one round did.

    Attributes:
        has_more: The next has something to do at once.
        heard: The registry answered; False where only what was fetched before was worked on.
        pause_seconds: Until the next, where the registry wants to be left alone a while.
    """

    has_more: bool
    heard: bool = True
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PullListeners:
    """Who hears what a pull says of other things than accounts.

    Attributes:
        seals_to: Tells the key this device seals to, which the registry is told in turn.
        gate_said: Takes the tag of what this device is to know of its gate.
        shut_out: Is told that the registry says this device was revoked.
    """

    seals_to: Callable[[], SealingKey | None] = lambda: None
    gate_said: Callable[[str], object] = lambda _: None
    shut_out: Callable[[], object] = lambda: None


NO_LISTENERS = PullListeners()


class Puller:
    """Keeps the copy of the registry's word up to date, from the feed, else by a snapshot.

    Args:
        copy: What was pulled before.
        outbox: Where later words on this device's own operations are recorded.
        registry: Whom to ask.
        device: Who is asking.
        clock: This machine's time, which is told the registry's.
        pacer: How long the line is left alone after a failure.
        learn_key: Takes what the registry says of the key to seal to.
        listeners: Hear what else a pull says.
    """

    def __init__(
        self,
        copy: AccountCopy,
        outbox: Outbox,
        registry: Registry,
        device: str,
        clock: Clock,
        pacer: Pacer,
        learn_key: Callable[[KeyAnnouncement], object] = lambda _: None,
        listeners: PullListeners = NO_LISTENERS,
    ) -> None:
        self._learn_key = learn_key
        self._listeners = listeners
        self._copy = copy
        self._outbox = outbox
        self._registry = registry
        self._device = device
        self._clock = clock
        self._pacer = pacer
        # How long a registry is left alone that gives no cursor it still knows afterwards.
        self._doubts = pacer.another()
        self._snapshots = SnapshotIntake(
            copy, outbox, registry, device, self._record, self._doubts, clock.now_ms
        )
        self._is_replacing = False
        self._has_just_replaced = False
        self._forgets_at = 0.0

    def pull_once(self) -> PullRound:
        """Fetch and apply one page, or do one step towards a snapshot.

        Raises:
            LineFailed: Nothing was changed.
        """
        try:
            if self._is_replacing:
                return self._go_on_replacing()
            return self._read_feed()
        except (Unreachable, NotAuthorised) as failure:
            if isinstance(failure, ShutOut):
                self._listeners.shut_out()
            raise LineFailed(failure.cause, self._pacer.failed(failure.retry_after)) from None

    def close(self) -> None:
        """Close what is open; what was fetched stays."""
        self._snapshots.close()

    def _go_on_replacing(self) -> PullRound:
        step = self._snapshots.step()
        if step.heard:
            self._pacer.succeeded()
        if step.is_done:
            self._is_replacing = False
            self._has_just_replaced = True
        return PullRound(has_more=True, heard=step.heard, pause_seconds=step.pause_seconds)

    def _begin_replacing(self) -> PullRound:
        self._pacer.succeeded()
        self._is_replacing = True
        # A registry whose snapshot leads to nothing would be asked for one after another.
        pause = self._doubts.failed() if self._has_just_replaced else 0.0
        return PullRound(has_more=True, pause_seconds=pause)

    def _read_feed(self) -> PullRound:
        key = self._listeners.seals_to()
        request = PullRequest(
            device=self._device,
            after=self._copy.cursor(),
            sent_at=self._clock.now_ms(),
            digests=DIGESTS_VERSION,
            seals_to=None if key is None else key.id.hex(),
        )
        began = self._clock.monotonic()
        try:
            page = self._registry.pull(request)
        except CursorGone:
            return self._begin_replacing()
        if self._is_of_another_kind(page):
            # What came before the cursor, of what the registry now sends, never came.
            return self._begin_replacing()
        self._pacer.succeeded()
        self._doubts.succeeded()
        self._has_just_replaced = False
        self._snapshots.tidy()
        if page.now is not None:
            self._clock.hear(page.now, self._clock.monotonic() - began)
            self._forget_old(page.now)
        if page.sealing_key is not None:
            self._learn_key(page.sealing_key)
        if page.last_sequence is not None:
            self._go_beyond(page.last_sequence)
        for change in page.changes:
            if isinstance(change, OutcomeChange):
                self._record(change)
        # Outcomes first, cursor last: a crash in between repeats them, and they are idempotent.
        self._apply(page)
        if page.gate_tag is not None:
            # Last: an exchange of its own, which may fail without undoing this one.
            self._listeners.gate_said(page.gate_tag)
        return PullRound(page.more)

    def _is_of_another_kind(self, page: PullResponse) -> bool:
        sent = ACCOUNTS if page.digests is None else DIGESTS
        return self._copy.holds() not in (None, sent)

    def _apply(self, page: PullResponse) -> None:
        digests = page.digests
        if digests is not None:
            if not is_sound(digests.key):
                raise ValueError("the key of the digests is none")
            self._copy.apply_digests(digests.lines, digests.key, page.cursor)
            return
        accounts = {
            change.ref: CopiedAccount(change.ref, change.status, change.origin, change.email)
            for change in page.changes
            if isinstance(change, AccountChange)
        }
        self._copy.apply(list(accounts.values()), page.cursor)

    def _forget_old(self, registry_ms: int) -> None:
        now = self._clock.monotonic()
        if now >= self._forgets_at:
            self._forgets_at = now + _FORGETS_EVERY_SECONDS
            forget_old(self._outbox.engine, registry_ms)

    def _go_beyond(self, number: int) -> None:
        if go_beyond(self._outbox.engine, number, self._clock.now_ms()):
            _log.error("device_rolled_back", extra={"number": number})

    def _record(self, change: OutcomeChange) -> None:
        try:
            settlement = Settlement(
                UUID(hex=change.operation),
                Outcome(change.outcome),
                None if change.reason is None else Reason(change.reason),
                change.decided_at,
                found_of(change.found),
            )
        except ValueError:
            # A later registry's word; the receipt keeps the one this program understands.
            return
        self._outbox.revise(settlement, self._clock.now_ms())
