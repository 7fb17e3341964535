"""Taking in operations: each is decided once, and its answer is stored with its effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select
from sqlalchemy.exc import IntegrityError

from kiosk.domain.decisions import belongs_together, decide
from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Decision, Outcome, Reason, Seen, rejected
from kiosk.domain.receipts import is_device_code
from kiosk.registry import effects, feeds, people
from kiosk.registry.claims import Asked, NotUnderstood, read_delivery
from kiosk.registry.clocks import Clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.keys import Keys
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.people import Account
from kiosk.registry.tables import audit, operations
from kiosk.wire.messages import Answer, FoundMessage, PushRequest, PushResponse

_KNOWN = select(
    operations.c.id,
    operations.c.device,
    operations.c.wish,
    operations.c.digest,
    operations.c.outcome,
    operations.c.reason,
    operations.c.decided_at,
    operations.c.person_id,
    operations.c.found_origin,
    operations.c.found_status,
    operations.c.found_changed_at,
).where(
    or_(
        operations.c.id.in_(bindparam("ids", expanding=True)),
        operations.c.wish.in_(bindparam("ids", expanding=True)),
    )
)
_RECORD = insert(operations)
_AUDIT = insert(audit)


class NotADevice(Exception):
    """The request does not name a device by its code."""


@dataclass(frozen=True, slots=True)
class _First:
    """The answer an operation got when it was first decided, and what the registry had then."""

    digest: bytes
    outcome: str
    reason: str | None
    decided_at: int
    owner: str | None = None
    found: FoundMessage | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch is decided by, and what is written once at its end.

    Attributes:
        end: Last position of the feed when the batch began.
        known: First answers by id.
        granted: First answers by wish, to operations of this device alone.
        told: Operations whose outcome goes into the feed.
        audited: Rows for the audit.
    """

    device: str
    end: int
    known: dict[bytes, _First] = field(default_factory=dict)
    granted: dict[bytes, _First] = field(default_factory=dict)
    told: list[tuple[int, bytes]] = field(default_factory=list)
    audited: list[dict[str, object]] = field(default_factory=list)

    def note(
        self, at: int, what: str, asked: Asked, person_id: str | None, detail: str | None
    ) -> None:
        self.audited.append(
            {
                "at": at,
                "what": what,
                "device": self.device,
                "operation_id": asked.id,
                "person_id": person_id,
                "detail": detail,
            }
        )


class Operations:
    """Decides what devices deliver.

    Args:
        engine: The registry's database.
        cursors: Reads what a device had seen.
        keys: Digests what was claimed.
        hashes: Says which password hashes may be stored.
        clock: The registry's time.
    """

    def __init__(
        self, engine: Engine, cursors: Cursors, keys: Keys, hashes: PasswordHashes, clock: Clock
    ) -> None:
        self._engine = engine
        self._cursors = cursors
        self._keys = keys
        self._hashes = hashes
        self._clock = clock

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
        understood = [
            read_delivery(index, delivery, request.device, self._hashes)
            for index, delivery in enumerate(request.deliveries)
        ]
        if not understood:
            return PushResponse(answers=[])
        answers: dict[int, Answer] = {}
        with self._engine.begin() as connection:
            batch = _Batch(request.device, feeds.last_position(connection))
            _look_up(connection, understood, batch)
            for asked in sorted(understood, key=lambda asked: asked.message.sequence):
                first = batch.known.get(asked.id)
                if first is None:
                    first = self._decide_new(connection, asked, batch)
                    batch.known[asked.id] = batch.granted[asked.wish] = first
                    answers[asked.index] = _answer(asked, first, duplicate=False)
                else:
                    answers[asked.index] = self._repeat(asked, first, batch)
            feeds.append_outcomes(connection, request.device, batch.told)
            if batch.audited:
                connection.execute(_AUDIT, batch.audited)
        return PushResponse(answers=[answers[index] for index in range(len(answers))])

    def _repeat(self, asked: Asked, first: _First, batch: _Batch) -> Answer:
        if asked.digest == first.digest:
            return _answer(asked, first, duplicate=True)
        now = self._clock()
        batch.note(now, "operation_id_reused", asked, None, asked.kind)
        refusal = rejected(Reason.ID_REUSED)
        return _answer(
            asked, _First(asked.digest, refusal.outcome, refusal.reason, now), duplicate=False
        )

    def _decide_new(self, connection: Connection, asked: Asked, batch: _Batch) -> _First:
        try:
            # The savepoint keeps the batch alive on databases that give a transaction up at its
            # first error, so that the operation at fault can still be named.
            with connection.begin_nested():
                return self._apply(connection, asked, batch)
        except IntegrityError:
            raise NotUnderstood(asked.index, "receipt used before") from None

    def _apply(self, connection: Connection, asked: Asked, batch: _Batch) -> _First:
        now = self._clock()
        twin = batch.granted.get(asked.wish)
        if twin is not None:
            first = replace(twin, digest=asked.digest)
            batch.note(now, "sent_again", asked, first.owner, asked.message.replaces)
        else:
            account = people.find_claimed(connection, asked.claim)
            decision = decide(
                asked.kind,
                asked.claim,
                None if account is None else account.person,
                seen=self._seen(asked, now, batch.end),
                device=batch.device,
            )
            owner = _owner(asked, account)
            first = _First(
                asked.digest,
                decision.outcome,
                decision.reason,
                now,
                owner,
                None if owner is None else _found(connection, account, decision),
            )
            if decision.outcome is Outcome.ACCEPTED and account is not None:
                effects.apply(connection, asked, account, batch.device, now)
            batch.note(now, f"{asked.kind}_{first.outcome}", asked, owner, first.reason)
        connection.execute(_RECORD, self._row(asked, first, batch.device, now))
        batch.told.append((now, asked.id))
        return first

    def _seen(self, asked: Asked, now: int, end: int) -> Seen:
        text = asked.message.seen
        if text is None:
            return Seen(
                position=0,
                age_seconds=None,
                acted_now=asked.acted_now,
                sequence=asked.message.sequence,
            )
        cursor = self._cursors.read(text)
        is_known = cursor is not None and cursor.position <= end
        return Seen(
            position=cursor.position if cursor is not None and is_known else 0,
            age_seconds=(now - cursor.issued_at) / 1000 if cursor is not None else None,
            is_known=is_known,
            acted_now=asked.acted_now,
            sequence=asked.message.sequence,
        )

    def _row(self, asked: Asked, first: _First, device: str, now: int) -> Mapping[str, object]:
        claim, found = asked.claim, first.found
        by_card = claim.identifier.kind is IdentifierKind.CARD
        return {
            "id": asked.id,
            "device": device,
            "sequence": asked.message.sequence,
            "kind": asked.kind,
            "receipt": asked.message.receipt,
            "digest": asked.digest,
            "seen": asked.message.seen,
            "made_at": asked.message.made_at,
            "received_at": now,
            "outcome": first.outcome,
            "reason": first.reason,
            "decided_at": first.decided_at,
            "person_id": first.owner,
            "card_proof": self._keys.card_proof(claim.identifier.value) if by_card else None,
            "birth_proof": self._keys.birth_proof(claim.birth_date),
            "wish": asked.wish,
            "found_origin": None if found is None else found.origin,
            "found_status": None if found is None else found.status,
            "found_changed_at": None if found is None else found.changed_at,
        }


def _owner(asked: Asked, account: Account | None) -> str | None:
    """Return whose operation it is; one whose claim does not fit is nobody's."""
    if account is None or not belongs_together(asked.kind, asked.claim, account.person):
        return None
    return account.person.person_id


def _found(
    connection: Connection, account: Account | None, decision: Decision
) -> FoundMessage | None:
    if account is None:
        return None
    person = account.person
    position = 0
    if decision.reason in (Reason.SUPERSEDED, Reason.ALREADY_REGISTERED):
        position = person.credential_changed_at
    elif decision.reason is Reason.CHANGED_MEANWHILE:
        position = person.email_changed_at
    changed_at = feeds.instant_of(connection, position) if position else None
    return FoundMessage(origin=person.origin, status=person.status, changed_at=changed_at)


def _look_up(connection: Connection, understood: Sequence[Asked], batch: _Batch) -> None:
    """Find what is known of a batch's operations, and of others sent for the same wishes."""
    wanted = {key for asked in understood for key in (asked.id, asked.wish)}
    rows: list[Row[Any]] = list(connection.execute(_KNOWN, {"ids": list(wanted)}))
    for row in rows:
        found = feeds.found_message(row.found_origin, row.found_status, row.found_changed_at)
        first = _First(row.digest, row.outcome, row.reason, row.decided_at, row.person_id, found)
        batch.known[row.id] = first
        if row.device == batch.device:
            batch.granted[row.wish or row.id] = first


def _answer(asked: Asked, first: _First, *, duplicate: bool) -> Answer:
    return Answer(
        id=asked.message.id,
        outcome=first.outcome,
        reason=first.reason,
        decided_at=first.decided_at,
        duplicate=duplicate,
        found=first.found,
    )
