"""Stand-ins that behave: a clock to turn, a registry in memory under the real one's contract."""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.clocks import local_time
from kiosk.domain import emails
from kiosk.domain.cards import CardFormat
from kiosk.domain.clock_errors import ClockError
from kiosk.domain.decisions import belongs_together, decide
from kiosk.domain.gates import Gate
from kiosk.domain.identifiers import Identifier, IdentifierKind, classify
from kiosk.domain.operations import Claim, OperationKind, Outcome, Seen
from kiosk.domain.people import MembershipStatus, Origin, Person
from kiosk.domain.release_codes import VALID_MINUTES, Release, ReleaseKeys, make, written
from kiosk.domain.sign_in import SignInResult, choose_candidate, judge, ways_in
from kiosk.sync.registries import (
    CursorGone,
    NotAuthorised,
    NotUnderstood,
    ShutOut,
    SnapshotGone,
)
from kiosk.wire.gate_words import GateRequest, GateResponse, HandedKey, state_gate
from kiosk.wire.identity_digests import card_digest, verifier
from kiosk.wire.key_announcements import announce
from kiosk.wire.messages import (
    ACCOUNTS,
    CODE_PATH,
    DIGESTS,
    MAX_PIECE_BYTES,
    RECEIPT_PATH,
    RELEASE_PATH,
    AccountChange,
    AccountView,
    Answer,
    CodeBody,
    CodeRequest,
    CodeResponse,
    CredentialBody,
    Delivery,
    DigestKey,
    DigestLine,
    DigestPage,
    FoundMessage,
    KeyAnnouncement,
    OutcomeChange,
    OutcomesRequest,
    OutcomesResponse,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    ReceiptBody,
    ReceiptRequest,
    ReceiptResponse,
    ReleaseBody,
    ReleaseRequest,
    ReleaseResponse,
    SealingKeyRequest,
    SignInBody,
    SignInRequest,
    SignInResponse,
    SnapshotPieceRequest,
    SnapshotRequest,
    SnapshotResponse,
)
from kiosk.wire.sealed_bodies import (
    CannotOpen,
    open_sealed,
    operation_binding,
    request_binding,
    sign_in_binding,
)
from tests.seals import PRIVATE_KEY, SEALING_KEY

DIGEST_KEY = DigestKey(key=b"k" * 32, memory_kib=8, passes=1)
"""Quick to work with."""
Body = TypeVar("Body", CodeBody, ReleaseBody, ReceiptBody)


class FakeClock:
    """A clock that stands until it is turned.

    Attributes:
        ms: What it shows; may be set to anything.
        seconds: The monotonic ones.
        day: What it takes for today; None for the day of what it shows.
        heard: The registry's time and the seconds of the round trip, as often as it was told.
    """

    def __init__(
        self, now_ms: int = 1_700_000_000_000, day: date | None = date(2026, 3, 1)
    ) -> None:
        self.ms = now_ms
        self.seconds = 1000.0
        self.day = day
        self.heard: list[tuple[int, float]] = []

    def now_ms(self) -> int:
        return self.ms

    def today(self) -> date:
        return self.day or local_time(self.ms).date()

    def hear(self, registry_ms: int, round_trip_seconds: float) -> None:
        self.heard.append((registry_ms, round_trip_seconds))

    def error(self) -> ClockError | None:
        return None

    def monotonic(self) -> float:
        return self.seconds

    def steady_ms(self) -> int:
        return self.ms

    def turn(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)
        self.seconds += seconds


@dataclass
class _Known:
    digest: bytes
    answer: Answer
    device: str
    receipt: str
    made_at: int
    claim: Claim
    kind: str
    wish: str


@dataclass
class FakeRegistry:
    """A registry in memory that decides by the same rules.

    Attributes:
        people: By ``person_id``.
        passwords: What each person's password is, by ``person_id``; hashes are not looked into.
        failures: Raised one after another by the next calls, before anything happens.
        lost_answers: As many of the next pushes take effect and then fail.
        garble: Changes answers on their way back.
        before_push: Called when a push arrives.
        clock: Its time, milliseconds since 1970.
        unready: As many of the next requests for a snapshot find none ready.
        misstate: Changes what is said of a snapshot.
        snapshots: Their files, by id; taking one out makes it gone.
        pieces: Offset and length of each piece that was asked for.
        asked_outcomes: What was asked about in each request for outcomes.
        revoked: Codes of devices without access.
        identity: Vouches for the key that is sealed to.
        kiosks: Codes of devices that are enrolled as such; they get digests and no accounts.
        gates: By device; the manual's flow where none is named.
        desks: The kiosks of the site of each device at which staff act.
        key_changes: How often the release keys were changed.
        codes_asked: What was asked for codes by e-mail.
        gates_asked: How often somebody asked for their gate.
    """

    people: dict[str, Person] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    failures: deque[Exception] = field(default_factory=deque)
    lost_answers: deque[Exception] = field(default_factory=deque)
    unreadable: Callable[[str], bool] = lambda _id: False
    garble: Callable[[Answer], Answer | None] = lambda answer: answer
    before_push: Callable[[], object] = lambda: None
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    pushed: list[PushRequest] = field(default_factory=list)
    pulls: int = 0
    unready: int = 0
    misstate: Callable[[SnapshotResponse], SnapshotResponse] = lambda response: response
    snapshots: dict[str, bytes] = field(default_factory=dict)
    pieces: list[tuple[int, int]] = field(default_factory=list)
    asked_outcomes: list[list[str]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    identity: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kiosks: set[str] = field(default_factory=set)
    _of_kiosks: set[str] = field(default_factory=set)
    # All that each person ever had.
    _cards: dict[str, list[str]] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    desks: dict[str, list[str]] = field(default_factory=dict)
    key_changes: int = 0
    codes_asked: list[CodeBody] = field(default_factory=list)
    gates_asked: int = 0
    _known: dict[str, _Known] = field(default_factory=dict)
    _feed: list[tuple[str, str]] = field(default_factory=list)
    _generation: int = 1
    # One batch at a time has its effect, as at the real one.
    _deciding: threading.Lock = field(default_factory=threading.Lock)

    def add(self, person: Person, password: str | None = None) -> None:
        self.people[person.person_id] = person
        self._cards.setdefault(person.person_id, []).append(person.card_number)
        self._feed.append(("account", person.person_id))
        if password is not None:
            self.passwords[person.person_id] = password

    def forget_cursors(self) -> None:
        self._generation += 1

    def push(self, request: PushRequest) -> PushResponse:
        self.before_push()
        with self._deciding:
            return self._decide(request)

    def _decide(self, request: PushRequest) -> PushResponse:
        self._fail()
        if any(self.unreadable(one.operation.id) for one in request.deliveries):
            raise NotUnderstood(422)
        self.pushed.append(request)
        answers = [self._answer(request.device, one) for one in request.deliveries]
        if self.lost_answers:
            raise self.lost_answers.popleft()
        return PushResponse(answers=[sent for one in answers if (sent := self.garble(one))])

    def pull(self, request: PullRequest) -> PullResponse:
        self._fail(request.device)
        self.pulls += 1
        start = 0
        if request.after is not None:
            generation, _, position = request.after.partition(":")
            if generation != str(self._generation):
                raise CursorGone
            start = int(position)
        is_kiosk = request.device in self.kiosks and request.digests > 0
        page = self._feed[start : start + request.limit]
        changes: list[AccountChange | OutcomeChange] = []
        lines: list[DigestLine] = []
        for kind, key in page:
            if kind == "account" and is_kiosk:
                lines += [self._line(card) for card in self._cards[key]]
            elif kind == "account":
                changes.append(self._account(self.people[key]))
            elif self._known[key].device == request.device:
                changes.append(_outcome(key, self._known[key].answer))
        end = start + len(page)
        return PullResponse(
            changes=changes,
            cursor=f"{self._generation}:{end}",
            more=end < len(self._feed),
            now=self.clock(),
            sealing_key=self._announcement(),
            digests=DigestPage(key=DIGEST_KEY, lines=lines) if is_kiosk else None,
            gate_tag=self._gate_tag(request.device),
        )

    def sealing_key(self, request: SealingKeyRequest) -> KeyAnnouncement:
        self._fail(request.device)
        return self._announcement()

    def snapshot(self, request: SnapshotRequest) -> SnapshotResponse:
        self._fail(request.device)
        if self.unready:
            self.unready -= 1
            return SnapshotResponse(ready=False)
        is_kiosk = request.device in self.kiosks and request.digests > 0
        rows: list[DigestLine] | list[tuple[str, ...]]
        if is_kiosk:
            lines = [self._line(one.card_number) for one in self.people.values()]
            rows = sorted((one for one in lines if one.verifier), key=lambda one: one.card)
        else:
            told = [self._account(one) for one in self.people.values()]
            rows = sorted((one.ref, one.status, one.origin, one.email) for one in told)
        content = msgspec.json.Encoder().encode_lines(rows)
        cursor = f"{self._generation}:{len(self._feed)}"
        digest = hashlib.sha256(content).hexdigest()
        name = hashlib.sha256(cursor.encode() + content).hexdigest()[:32]
        self.snapshots[name] = content
        if is_kiosk:
            self._of_kiosks.add(name)
        return self.misstate(
            SnapshotResponse(
                ready=True,
                id=name,
                cursor=cursor,
                count=len(rows),
                size=len(content),
                sha256=digest,
                holds=DIGESTS if is_kiosk else ACCOUNTS,
            )
        )

    def snapshot_piece(self, request: SnapshotPieceRequest) -> bytes:
        self._fail(request.device)
        self.pieces.append((request.offset, request.length))
        content = self.snapshots.get(request.id, b"")
        is_sensible = 0 <= request.offset < len(content) and 0 < request.length <= MAX_PIECE_BYTES
        is_foreign = request.id in self._of_kiosks and request.device not in self.kiosks
        if is_foreign or not is_sensible:
            raise SnapshotGone
        return content[request.offset : request.offset + request.length]

    def outcomes(self, request: OutcomesRequest) -> OutcomesResponse:
        self._fail(request.device)
        self.asked_outcomes.append(request.operations)
        return OutcomesResponse(
            outcomes=[
                _outcome(one, self._known[one].answer)
                for one in request.operations
                if one in self._known and self._known[one].device == request.device
            ]
        )

    def decide_again(self, operation: str, outcome: str, reason: str | None) -> None:
        """A supervisor's word, which the feed does not tell any more."""
        known = self._known[operation]
        known.answer = replace_answer(known.answer, outcome, reason)

    def sign_in(self, request: SignInRequest) -> SignInResponse:
        self._fail(request.device)
        binding = sign_in_binding(request.device, request.nonce)
        asked = msgspec.json.decode(_opened(request.sealed, binding), type=SignInBody)
        readings = classify(asked.identifier, CardFormat())
        found = [(one, [p for p in self.people.values() if _has(p, one)]) for one in readings]
        candidate = choose_candidate(found)
        if candidate is None:
            return SignInResponse(result=SignInResult.NO_MATCH)
        person = candidate.person
        known = self.passwords.get(person.person_id)
        result = judge(candidate, password_matches=known == asked.password)
        if result is not SignInResult.SIGNED_IN:
            return SignInResponse(result=result)
        ways = ways_in(person)
        view = AccountView(
            shown_name=person.shown_name,
            card_number=person.card_number,
            opens_by_card=ways.card,
            opens_by_cpf=ways.cpf,
            opens_by_email=ways.email,
            masked_email=None if person.email is None else emails.mask(person.email),
        )
        return SignInResponse(result=result, account=view)

    def query_receipt(self, request: ReceiptRequest) -> ReceiptResponse:
        self._fail(request.device)
        asked = _asked(request, RECEIPT_PATH, ReceiptBody)
        for known in self._known.values():
            proves = known.claim.birth_date == asked.birth_date or (
                asked.card_number is not None
                and known.claim.identifier == Identifier(IdentifierKind.CARD, asked.card_number)
            )
            if known.receipt == asked.receipt and proves:
                return ReceiptResponse(
                    kind=known.kind,
                    outcome=known.answer.outcome,
                    reason=known.answer.reason,
                    made_at=known.made_at,
                    decided_at=known.answer.decided_at,
                )
        return ReceiptResponse()

    def request_code(self, request: CodeRequest) -> CodeResponse:
        self._fail(request.device)
        self.codes_asked.append(_asked(request, CODE_PATH, CodeBody))
        return CodeResponse(gate=self.gate_of(request.device))

    def release(self, request: ReleaseRequest) -> ReleaseResponse:
        self._fail(request.device)
        asked = _asked(request, RELEASE_PATH, ReleaseBody)
        if self.desks.get(request.device) is None or asked.kiosk not in self.kiosks_of(
            request.device
        ):
            raise NotAuthorised
        subject = f"cpf:{asked.cpf}" if asked.cpf else f"card:{asked.card_number}"
        wanted = Release(asked.kiosk, OperationKind(asked.purpose), subject)
        code = make(self.release_keys(asked.kiosk), wanted, self.clock())
        return ReleaseResponse(code=written(code), valid_minutes=VALID_MINUTES)

    def gate(self, request: GateRequest) -> GateResponse:
        self._fail(request.device)
        self.gates_asked += 1
        is_desk = request.device in self.desks
        keys = []
        for kiosk in self.kiosks_of(request.device):
            pair = self.release_keys(kiosk)
            keys.append(
                HandedKey(
                    kiosk=kiosk,
                    name="Quiosque de teste",
                    kiosk_key=pair.kiosk,
                    registry_key=pair.registry if is_desk else None,
                )
            )
        gate = self.gate_of(request.device)
        return state_gate(self.identity, request, gate, self._gate_tag(request.device), keys)

    def gate_of(self, device: str) -> Gate:
        gate = self.gates.get(device, Gate.MANUAL)
        return Gate.MANUAL if gate is Gate.ATTENDANT and device in self.desks else gate

    def kiosks_of(self, device: str) -> list[str]:
        """Those whose release keys a device gets."""
        known = self.desks.get(device, [device])
        return [one for one in known if self.gates.get(one) is Gate.ATTENDANT]

    def release_keys(self, kiosk: str) -> ReleaseKeys:
        seed = f"{kiosk}:{self.key_changes}".encode()
        return ReleaseKeys(
            hashlib.sha256(b"kiosk" + seed).digest(), hashlib.sha256(b"registry" + seed).digest()
        )

    def _gate_tag(self, device: str) -> str:
        return f"{self.gate_of(device)}:{self.kiosks_of(device)}:{self.key_changes}"

    def close(self) -> None:
        pass

    def _fail(self, asks: str | None = None) -> None:
        if self.failures:
            raise self.failures.popleft()
        if asks in self.revoked:
            raise ShutOut

    def _answer(self, device: str, delivery: Delivery) -> Answer:
        operation = delivery.operation
        known = self._known.get(operation.id)
        if known is not None:
            if known.digest != operation.digest():
                return replace_answer(known.answer, Outcome.REJECTED, "id_reused")
            return msgspec.structs.replace(known.answer, duplicate=True)
        wish = operation.replaces or operation.id
        twin = next(
            (one for one in self._known.values() if (one.wish, one.device) == (wish, device)), None
        )
        binding = operation_binding(wish, operation.kind, device)
        body = msgspec.json.decode(_opened(operation.body, binding), type=CredentialBody)
        claim = Claim(
            Identifier(IdentifierKind(body.identifier_kind), body.identifier),
            body.cpf,
            body.birth_date,
        )
        person = next((p for p in self.people.values() if _has(p, claim.identifier)), None)
        position = 0 if operation.seen is None else int(operation.seen.partition(":")[2])
        seen = Seen(position, 0.0, acted_now=delivery.acted_now, sequence=operation.sequence)
        kind = OperationKind(operation.kind)
        is_revoked = device in self.revoked
        decision = decide(kind, claim, person, seen=seen, device=device, is_revoked=is_revoked)
        fits = person is not None and belongs_together(kind, claim, person)
        found = (
            FoundMessage(origin=person.origin, status=person.status)
            if person is not None and fits and not is_revoked
            else None
        )
        if twin is None and decision.outcome is Outcome.ACCEPTED and person is not None:
            self.effects.append(operation.id)
            self._feed.append(("account", person.person_id))
            self.people[person.person_id] = replace(
                person,
                origin=Origin.APP_2024,
                credential_changed_at=len(self._feed),
                credential_changed_by=device,
                credential_sequence=operation.sequence,
            )
        answer = Answer(
            id=operation.id,
            outcome=decision.outcome,
            reason=decision.reason,
            decided_at=1_700_000_000_500,
            found=found,
        )
        if twin is not None:
            answer = msgspec.structs.replace(twin.answer, id=operation.id)
        self._known[operation.id] = _Known(
            operation.digest(),
            answer,
            device,
            operation.receipt,
            operation.made_at,
            claim,
            operation.kind,
            wish,
        )
        self._feed.append(("outcome", operation.id))
        return answer

    def _announcement(self) -> KeyAnnouncement:
        return announce(self.identity, SEALING_KEY.public_key, self.clock())

    def _line(self, card: str) -> DigestLine:
        found = [
            one
            for one in self.people.values()
            if one.card_number == card and one.status is MembershipStatus.ACTIVE
        ]
        slow = [verifier(DIGEST_KEY, card, one.cpf, one.birth_date) for one in found]
        return DigestLine(card_digest(DIGEST_KEY, card), slow[0] if slow else b"")

    def _account(self, person: Person) -> AccountChange:
        email = "none"
        if person.email is not None:
            email = "shared" if person.email_is_shared else "usable"
        return AccountChange(
            ref=person.person_id.encode().hex().zfill(32)[-32:],
            status=person.status,
            origin=person.origin,
            email=email,
        )


def _opened(sealed: bytes, binding: bytes) -> bytes:
    try:
        return open_sealed(sealed, binding, {SEALING_KEY.id: PRIVATE_KEY}.get)
    except CannotOpen:
        raise NotUnderstood(422) from None


def _asked(
    request: CodeRequest | ReleaseRequest | ReceiptRequest, path: str, body: type[Body]
) -> Body:
    binding = request_binding(path, request.device, request.nonce)
    return msgspec.json.decode(_opened(request.sealed, binding), type=body)


def _outcome(operation: str, answer: Answer) -> OutcomeChange:
    return OutcomeChange(
        operation=operation,
        outcome=answer.outcome,
        reason=answer.reason,
        decided_at=answer.decided_at,
        found=answer.found,
    )


def replace_answer(answer: Answer, outcome: str, reason: str | None) -> Answer:
    return msgspec.structs.replace(answer, outcome=outcome, reason=reason)


def _has(person: Person, identifier: Identifier) -> bool:
    match identifier.kind:
        case IdentifierKind.CARD:
            return person.card_number == identifier.value
        case IdentifierKind.CPF:
            return person.cpf == identifier.value
        case IdentifierKind.EMAIL:
            return person.email is not None and emails.key(person.email) == identifier.value
