"""Taking in operations: each is decided once, and its answer is stored with its effect."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Engine

from kiosk.database.engines import reading, writing
from kiosk.database.statements import driver_of
from kiosk.domain.decisions import belongs_together, decide
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Decision, Outcome, Reason, Seen
from kiosk.domain.people import Person
from kiosk.domain.receipts import is_device_code
from kiosk.registry import effects
from kiosk.registry.audit_trails import append
from kiosk.registry.batches import Batch, First, find_first
from kiosk.registry.claims import Asked, NotUnderstood, read_delivery
from kiosk.registry.clocks import Clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.device_chains import hear
from kiosk.registry.keys import Keys
from kiosk.registry.limits import BatchLimits, Limits
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.wire.messages import (
    Answer,
    FoundMessage,
    HeadMessage,
    OperationMessage,
    PushRequest,
    PushResponse,
)

_log = logging.getLogger(__name__)


class NotADevice(Exception):
    """The request does not name a device by its code."""


class Operations:
    """Decides what devices deliver.

    Args:
        engine: The registry's database.
        cursors: Reads what a device had seen.
        keys: Digests what was claimed.
        sealing: Opens what devices sealed.
        hashes: Says which password hashes may be stored.
        clock: The registry's time.
        limits: Says what bars an operation, and counts.
    """

    def __init__(
        self,
        engine: Engine,
        cursors: Cursors,
        keys: Keys,
        sealing: SealingKeys,
        hashes: PasswordHashes,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._cursors = cursors
        self._keys = keys
        self._sealing = sealing
        self._hashes = hashes
        self._clock = clock
        self._limits = limits

    def take(self, request: PushRequest) -> PushResponse:
        """Decide a batch in one transaction and return an answer for each operation.

        They take effect in the order of their sequence. An operation that is known gets its first
        answer again, and nothing is written for it. One that is sent again under another id gets
        the answer of whichever came first, without a second effect.

        Raises:
            NotADevice: The device's code is none.
            NotUnderstood: One operation cannot be read; nothing was applied.
        """
        if not is_device_code(request.device):
            raise NotADevice
        answers: dict[int, Answer] = {}
        understood: list[Asked] = []
        for index, delivery in enumerate(request.deliveries):
            try:
                asked = read_delivery(index, delivery, request.device, self._hashes, self._sealing)
            except NotUnderstood:
                # What was decided once has its answer, even if its key is gone, or it was in clear.
                first_answer = self._answer_of(delivery.operation)
                if first_answer is None:
                    raise
                answers[index] = first_answer
            else:
                understood.append(asked)
        if not understood:
            return PushResponse(answers=list(answers.values()), audit=self._listen(request))
        with writing(self._engine) as driver:
            batch = Batch(driver, request.device, understood)
            limits = self._limits.begin(batch, understood)
            for asked in sorted(understood, key=lambda asked: asked.message.sequence):
                first = batch.known.get(asked.id)
                if first is None:
                    first = self._decide_new(asked, batch, limits)
                    batch.known[asked.id] = batch.granted[asked.wish] = first
                    answers[asked.index] = _answer(asked.message, first, duplicate=False)
                else:
                    answers[asked.index] = self._repeat(asked, first, batch)
            limits.write()
            known = None
            if request.audit is not None:
                known, found = hear(batch.driver, request.device, request.audit, self._clock())
                batch.note_events(found)
            batch.write()
        in_order = [answers[index] for index in range(len(answers))]
        _log_answers(request, in_order)
        return PushResponse(answers=in_order, audit=known)

    def _listen(self, request: PushRequest) -> HeadMessage | None:
        """Take in what a device says of its audit alone."""
        if request.audit is None:
            return None
        with writing(self._engine) as driver:
            known, found = hear(driver, request.device, request.audit, self._clock())
            if found:
                append(driver, found)
        return known

    def _answer_of(self, message: OperationMessage) -> Answer | None:
        """Return the first answer to an operation that was decided just as it is."""
        with self._reading.connect() as connection:
            first = find_first(driver_of(connection), message.id)
        if first is None or first.digest != message.digest():
            return None
        return _answer(message, first, duplicate=True)

    def _repeat(self, asked: Asked, first: First, batch: Batch) -> Answer:
        if asked.digest == first.digest:
            return _answer(asked.message, first, duplicate=True)
        now = self._clock()
        batch.note(now, "operation_id_reused", asked, None, asked.message.kind)
        refusal = First(asked.digest, Outcome.REJECTED.value, Reason.ID_REUSED.value, now)
        return _answer(asked.message, refusal, duplicate=False)

    def _decide_new(self, asked: Asked, batch: Batch, limits: BatchLimits) -> First:
        if asked.message.receipt in batch.used:
            raise NotUnderstood(asked.index, "receipt used before")
        now = self._clock()
        twin = batch.granted.get(asked.wish)
        if twin is not None:
            first = replace(twin, digest=asked.digest)
            batch.note(now, "sent_again", asked, first.owner, asked.message.replaces)
        else:
            first = self._decide(asked, batch, limits, now)
            what = f"{asked.message.kind}_{first.outcome}"
            batch.note(now, what, asked, first.owner, first.reason)
        batch.record(now, asked, self._row(asked, first, batch.device, now))
        return first

    def _decide(self, asked: Asked, batch: Batch, limits: BatchLimits, now: int) -> First:
        person = batch.person_of(asked.claim)
        seen = self._seen(asked, now, batch)
        bars = limits.bars(asked, person, seen)
        decision = decide(
            asked.kind,
            asked.claim,
            person,
            seen=seen,
            device=batch.device,
            is_revoked=batch.is_revoked,
            bars=bars,
        )
        limits.settle(asked, person, decision)
        outcome, reason = decision.outcome, decision.reason
        owner = found = None
        # One whose claim does not fit, or was not looked at, is nobody's.
        if (
            person is not None
            and bars.before is None
            and belongs_together(asked.kind, asked.claim, person)
        ):
            owner = person.person_id
            # Whoever has a stolen device learns nothing of whom they claim to be.
            found = None if batch.is_revoked else _found(batch, person, decision)
        if outcome is Outcome.ACCEPTED and person is not None:
            effects.apply(batch, asked, person, now, limits.now)
        return First(
            asked.digest, outcome.value, None if reason is None else reason.value, now, owner, found
        )

    def _seen(self, asked: Asked, now: int, batch: Batch) -> Seen:
        text = asked.message.seen
        if text is None:
            return Seen(
                position=0,
                age_seconds=None,
                acted_now=asked.acted_now,
                sequence=asked.message.sequence,
            )
        cursor = batch.cursor_of(text, self._cursors)
        return Seen(
            position=0 if cursor is None else cursor.position,
            age_seconds=(now - cursor.issued_at) / 1000 if cursor is not None else None,
            is_known=cursor is not None,
            acted_now=asked.acted_now,
            sequence=asked.message.sequence,
        )

    def _row(self, asked: Asked, first: First, device: str, now: int) -> tuple[object, ...]:
        message, claim, found = asked.message, asked.claim, first.found
        by_card = claim.identifier.kind is IdentifierKind.CARD
        return (
            asked.id,
            device,
            message.sequence,
            message.kind,
            message.receipt,
            asked.digest,
            message.seen,
            message.made_at,
            now,
            first.outcome,
            first.reason,
            first.decided_at,
            first.owner,
            self._keys.card_proof(claim.identifier.value) if by_card else None,
            self._keys.birth_proof(claim.birth_date),
            asked.wish,
            None if found is None else found.origin,
            None if found is None else found.status,
            None if found is None else found.changed_at,
            1 if asked.unverified else None,
        )


def _log_answers(request: PushRequest, answers: Sequence[Answer]) -> None:
    groups: dict[tuple[str, str | None, bool], list[int]] = {}
    for index, one in enumerate(answers):
        groups.setdefault((one.outcome, one.reason, one.duplicate), []).append(index)
    for (outcome, reason, is_repeated), indices in groups.items():
        said = {
            "device": request.device,
            "outcome": outcome,
            "reason": reason,
            "is_repeated": is_repeated,
            "operations": [UUID(hex=answers[index].id) for index in indices],
            "receipts": [request.deliveries[index].operation.receipt for index in indices],
        }
        _log.info("operations_decided", extra=said)


def _found(batch: Batch, person: Person, decision: Decision) -> FoundMessage:
    position = 0
    if decision.reason in (Reason.SUPERSEDED, Reason.ALREADY_REGISTERED):
        position = person.credential_changed_at
    elif decision.reason is Reason.CHANGED_MEANWHILE:
        position = person.email_changed_at
    changed_at = batch.instant_of(position) if position else None
    return FoundMessage(
        origin=person.origin.value, status=person.status.value, changed_at=changed_at
    )


def _answer(message: OperationMessage, first: First, *, duplicate: bool) -> Answer:
    return Answer(
        id=message.id,
        outcome=first.outcome,
        reason=first.reason,
        decided_at=first.decided_at,
        duplicate=duplicate,
        found=first.found,
    )
