"""One round of listening: what changed at the registry, committed with its cursor."""

from uuid import UUID

from kiosk.clocks import Clock
from kiosk.domain.operations import Outcome, Reason
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Settlement
from kiosk.sync.findings import found_of
from kiosk.sync.policies import Pacer
from kiosk.sync.registries import CursorGone, LineFailed, NotAuthorised, Registry, Unreachable
from kiosk.wire.messages import AccountChange, OutcomeChange, PullRequest


class Puller:
    """Keeps the copy of the registry's word up to date.

    Args:
        copy: What was pulled before.
        outbox: Where later words on this device's own operations are recorded.
        registry: Whom to ask.
        device: Who is asking.
        clock: This machine's time, which is told the registry's.
        pacer: How long the line is left alone after a failure.
    """

    def __init__(
        self,
        copy: AccountCopy,
        outbox: Outbox,
        registry: Registry,
        device: str,
        clock: Clock,
        pacer: Pacer,
    ) -> None:
        self._copy = copy
        self._outbox = outbox
        self._registry = registry
        self._device = device
        self._clock = clock
        self._pacer = pacer

    def pull_once(self) -> bool:
        """Fetch and apply one page; return whether there is more.

        Raises:
            LineFailed: Nothing was changed.
        """
        request = PullRequest(
            device=self._device, after=self._copy.cursor(), sent_at=self._clock.now_ms()
        )
        began = self._clock.monotonic()
        try:
            page = self._registry.pull(request)
        except CursorGone:
            if request.after is None:
                # A registry that cannot even begin would be asked again and again.
                raise LineFailed("no beginning", self._pacer.failed()) from None
            # The feed from its beginning tells the present state of everyone.
            self._copy.forget_cursor()
            return True
        except (Unreachable, NotAuthorised) as failure:
            raise LineFailed(failure.cause, self._pacer.failed(failure.retry_after)) from None
        self._pacer.succeeded()
        if page.now is not None:
            self._clock.hear(page.now, self._clock.monotonic() - began)
        for change in page.changes:
            if isinstance(change, OutcomeChange):
                self._record(change)
        accounts = {
            change.ref: CopiedAccount(change.ref, change.status, change.origin, change.email)
            for change in page.changes
            if isinstance(change, AccountChange)
        }
        # Outcomes first, cursor last: a crash in between repeats them, and they are idempotent.
        self._copy.apply(list(accounts.values()), page.cursor)
        return page.more

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
