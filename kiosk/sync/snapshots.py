"""Putting a snapshot in the place of the copy, a step at a time, so that deliveries go between."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.store.account_copies import FILE_NAME, AccountCopy
from kiosk.store.copy_loads import CopyLoad, DamagedSnapshot
from kiosk.store.open_receipts import open_receipts
from kiosk.store.outboxes import Outbox
from kiosk.store.resendings import delivered_after, queue_again
from kiosk.store.snapshot_parts import SnapshotParts, is_sound
from kiosk.sync.policies import CAP_SECONDS, Pacer
from kiosk.sync.registries import Registry, SnapshotGone, Unreachable
from kiosk.wire.identity_digests import DIGESTS_VERSION
from kiosk.wire.messages import (
    MAX_PIECE_BYTES,
    OutcomeChange,
    OutcomesRequest,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
)

NOT_READY_SECONDS = 2.0
LOADING_SECONDS = 0.04
# Each word may be a commit of its own.
_RECEIPTS = 50
# A slow line brings no large piece within the time that an exchange has.
_LEAST_PIECE_BYTES = 16 * 1024
_FIRST_PIECE_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SnapshotStep:
    """What one step did.

    Attributes:
        heard: The registry answered.
        pause_seconds: Until the next.
        is_done: The copy has been replaced.
    """

    heard: bool
    pause_seconds: float = 0.0
    is_done: bool = False


class SnapshotIntake:
    """Asks for a snapshot, fetches it in pieces, loads it, checks it, and replaces the copy by it.

    What was fetched stays on disk: a cut line or a restart costs one piece. The words on this
    device's own operations, which the feed that is gone may have told, are asked for between; so is
    whether the registry still knows what it took in, which it does not where it was restored from
    an older copy. What it has lost is queued again.

    Args:
        copy: What is replaced.
        outbox: Whose operations are asked about.
        registry: Whom to ask.
        device: Who is asking.
        record: Takes a word on an operation.
        doubts: How long a registry is left alone whose snapshot was not what it said.
        now_ms: This machine's clock.
    """

    def __init__(
        self,
        copy: AccountCopy,
        outbox: Outbox,
        registry: Registry,
        device: str,
        record: Callable[[OutcomeChange], None],
        doubts: Pacer,
        now_ms: Callable[[], int],
    ) -> None:
        self._copy = copy
        self._outbox = outbox
        self._registry = registry
        self._device = device
        self._request = SnapshotRequest(device=device, digests=DIGESTS_VERSION)
        self._record = record
        self._now_ms = now_ms
        self._doubts = doubts
        self._parts = SnapshotParts(copy.data_dir)
        self._target = copy.data_dir / f"{FILE_NAME}.loading"
        self._load: CopyLoad | None = None
        self._piece_bytes = _FIRST_PIECE_BYTES
        # Counter of the last receipt asked about; None where all were.
        self._asked_until: int | None = 0
        # Likewise of what was taken in and may be lost.
        self._looked_until: int | None = 0
        self._is_tidy = False

    def step(self) -> SnapshotStep:
        """Do one thing: an exchange, or some loading.

        Raises:
            Unreachable: As the registry does.
            NotAuthorised: As the registry does.
        """
        self._is_tidy = False
        facts = self._parts.facts
        if facts is None:
            return self._ask()
        if self._asked_until is not None:
            return self._ask_for_outcomes(self._asked_until)
        if self._looked_until is not None:
            return self._look_for_lost(self._looked_until)
        try:
            offset = self._parts.received()
            if offset < facts.size:
                return self._fetch(facts, offset)
            return self._load_some(facts)
        except FileNotFoundError:
            return self._doubt("what was fetched of it has vanished", heard=False)

    def tidy(self) -> None:
        """Remove what an earlier snapshot has left, where the cursor is good after all."""
        if not self._is_tidy:
            self._give_up()
            self._is_tidy = True

    def close(self) -> None:
        """Close what is open; what was fetched stays."""
        if self._load is not None:
            self._load.close()
            self._load = None

    def _ask(self) -> SnapshotStep:
        response = self._registry.snapshot(self._request)
        if not response.ready:
            return SnapshotStep(heard=True, pause_seconds=NOT_READY_SECONDS)
        if not is_sound(response):
            return self._doubt("unsound")
        if not self._parts.has_room_for(response):
            megabytes = response.size // 1_000_000
            _log.error("snapshot_without_room", extra={"megabytes": megabytes})
            return SnapshotStep(heard=True, pause_seconds=CAP_SECONDS)
        self._parts.begin(response)
        self._asked_until = self._looked_until = 0
        _log.info("snapshot_begun", extra={"snapshot": response.id, "count": response.count})
        return SnapshotStep(heard=True)

    def _ask_for_outcomes(self, after: int) -> SnapshotStep:
        receipts = open_receipts(self._outbox.engine, after, _RECEIPTS)
        if not receipts:
            self._asked_until = None
            return SnapshotStep(heard=False)
        operations = [one.operation.hex for one in receipts]
        request = OutcomesRequest(device=self._device, operations=operations)
        for outcome in self._registry.outcomes(request).outcomes:
            self._record(outcome)
        self._asked_until = receipts[-1].counter
        return SnapshotStep(heard=True)

    def _look_for_lost(self, after: int) -> SnapshotStep:
        taken_in = delivered_after(self._outbox.engine, after, _RECEIPTS)
        if not taken_in:
            self._looked_until = None
            return SnapshotStep(heard=False)
        operations = [one.operation.hex for one in taken_in]
        request = OutcomesRequest(device=self._device, operations=operations)
        known = {one.operation for one in self._registry.outcomes(request).outcomes}
        lost = [one.operation for one in taken_in if one.operation.hex not in known]
        if lost:
            queued = queue_again(self._outbox.engine, lost, self._now_ms())
            self._outbox.joined(queued)
            _log.warning("registry_lost_operations", extra={"operations": lost})
        self._looked_until = taken_in[-1].sequence
        return SnapshotStep(heard=True)

    def _fetch(self, facts: SnapshotResponse, offset: int) -> SnapshotStep:
        length = min(self._piece_bytes, facts.size - offset)
        request = SnapshotPieceRequest(
            device=self._device, id=facts.id, offset=offset, length=length
        )
        try:
            piece = self._registry.snapshot_piece(request)
        except SnapshotGone:
            return self._doubt("gone")
        except Unreachable:
            self._piece_bytes = max(_LEAST_PIECE_BYTES, self._piece_bytes // 2)
            raise
        if len(piece) != length:
            return self._doubt("short_piece")
        self._parts.append(offset, piece)
        self._piece_bytes = min(MAX_PIECE_BYTES, self._piece_bytes * 2)
        return SnapshotStep(heard=True)

    def _load_some(self, facts: SnapshotResponse) -> SnapshotStep:
        try:
            if self._load is None:
                self._load = CopyLoad(self._parts.path, self._target, facts, self._copy.key)
            if not self._load.go_on(LOADING_SECONDS):
                return SnapshotStep(heard=False)
            self._copy.replace(self._target)
        except DamagedSnapshot:
            return self._doubt("other_content", heard=False)
        except BaseException:
            # The disk, most likely: what was fetched is loaded again from its beginning.
            self._drop_load()
            raise
        _log.info("snapshot_in_place", extra={"snapshot": facts.id})
        self._give_up()
        return SnapshotStep(heard=False, is_done=True)

    def _doubt(self, why: str, *, heard: bool = True) -> SnapshotStep:
        """Throw away what there is of a snapshot, and leave the registry alone for a while."""
        _log.warning("snapshot_doubted", extra={"doubt": why})
        self._give_up()
        return SnapshotStep(heard, self._doubts.failed())

    def _give_up(self) -> None:
        self._drop_load()
        self._parts.discard()
        self._asked_until = self._looked_until = 0

    def _drop_load(self) -> None:
        self.close()
        self._target.unlink(missing_ok=True)
