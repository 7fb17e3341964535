"""Taking in operations: each is decided once, and its answer is stored with its effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select
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
from kiosk.wire.messages import Answer, PushRequest, PushResponse

_KNOWN = select(
    operations.c.id,
    operations.c.digest,
    operations.c.outcome,
    operations.c.reason,
    operations.c.decided_at,
).where(operations.c.id.in_(bindparam("ids", expanding=True)))
_RECORD = insert(operations)
_AUDIT = insert(audit)


class NotADevice(Exception):
    """The request does not name a device by its code."""


@dataclass(frozen=True, slots=True)
class _First:
    """The answer an operation got when it was first decided."""

    digest: bytes
    outcome: str
    reason: str | None
    decided_at: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch is decided by, and what is written once at its end.

    Attributes:
        end: Last position of the feed when the batch began.
        told: Operations whose outcome goes into the feed.
        audited: Rows for the audit.
    """

    device: str
    end: int
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
        answer again, and nothing is written for it.

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
            firsts = _first_answers(connection, [asked.id for asked in understood])
            batch = _Batch(request.device, feeds.last_position(connection))
            for asked in sorted(understood, key=lambda asked: asked.message.sequence):
                first = firsts.get(asked.id)
                if first is None:
                    first = self._decide_new(connection, asked, batch)
                    firsts[asked.id] = first
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
        account = people.find_claimed(connection, asked.claim)
        decision = decide(
            asked.kind,
            asked.claim,
            None if account is None else account.person,
            seen=self._seen(asked, now, batch.end),
            device=batch.device,
        )
        connection.execute(_RECORD, self._row(asked, account, decision, batch.device, now))
        if decision.outcome is Outcome.ACCEPTED and account is not None:
            effects.apply(connection, asked, account, batch.device, now)
        batch.told.append((now, asked.id))
        what = f"{asked.kind}_{decision.outcome}"
        batch.note(now, what, asked, _owner(asked, account), decision.reason)
        return _First(asked.digest, decision.outcome, decision.reason, now)

    def _seen(self, asked: Asked, now: int, end: int) -> Seen:
        text = asked.message.seen
        if text is None:
            return Seen(position=0, age_seconds=None, acted_now=asked.acted_now)
        cursor = self._cursors.read(text)
        if cursor is None or cursor.position > end:
            return Seen(position=0, age_seconds=None, is_known=False, acted_now=asked.acted_now)
        age = (now - cursor.issued_at) / 1000
        return Seen(position=cursor.position, age_seconds=age, acted_now=asked.acted_now)

    def _row(
        self,
        asked: Asked,
        account: Account | None,
        decision: Decision,
        device: str,
        now: int,
    ) -> Mapping[str, object]:
        claim = asked.claim
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
            "outcome": decision.outcome,
            "reason": decision.reason,
            "decided_at": now,
            "person_id": _owner(asked, account),
            "card_proof": self._keys.card_proof(claim.identifier.value) if by_card else None,
            "birth_proof": self._keys.birth_proof(claim.birth_date),
        }


def _owner(asked: Asked, account: Account | None) -> str | None:
    """Return whose operation it is; one whose claim does not fit is nobody's."""
    if account is None or not belongs_together(asked.kind, asked.claim, account.person):
        return None
    return account.person.person_id


def _first_answers(connection: Connection, ids: list[bytes]) -> dict[bytes, _First]:
    rows: list[Row[Any]] = list(connection.execute(_KNOWN, {"ids": ids}))
    return {row.id: _First(row.digest, row.outcome, row.reason, row.decided_at) for row in rows}


def _answer(asked: Asked, first: _First, *, duplicate: bool) -> Answer:
    return Answer(
        id=asked.message.id,
        outcome=first.outcome,
        reason=first.reason,
        decided_at=first.decided_at,
        duplicate=duplicate,
    )
