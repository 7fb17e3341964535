"""The registry's books after a soak, and whether they agree with themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, select

from kiosk.database.engines import reading
from kiosk.domain.decisions import decide
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, Decision, OperationKind, Outcome, Reason, Seen, rejected
from kiosk.domain.people import Origin, Person
from kiosk.registry import people as accounts
from kiosk.registry.clocks import system_clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.databases import default_url, opened_database
from kiosk.registry.keys import load_keys
from kiosk.registry.people import Account
from kiosk.registry.tables import Change, audit, changes, operations, people
from tests.faults.hashes import is_hash_of
from tests.faults.limits import Held, PlainLimits
from tests.faults.misses import Miss, Misses

_NOBODY = Claim(Identifier(IdentifierKind.CARD, "0"), None, date(1900, 1, 1))
_NEVER = [2**63]


@dataclass(frozen=True, slots=True)
class Decided:
    """One operation in the registry's books."""

    id: bytes
    device: str
    sequence: int
    kind: str
    receipt: str
    digest: bytes = field(repr=False)
    seen: str | None
    made_at: int
    received_at: int
    outcome: str
    reason: str | None
    decided_at: int
    person_id: str | None
    card_proof: bytes | None = field(repr=False)

    @property
    def answer(self) -> tuple[str, str | None]:
        return self.outcome, self.reason

    @property
    def decision(self) -> Decision:
        reason = None if self.reason is None else Reason(self.reason)
        return Decision(Outcome(self.outcome), reason)


@dataclass(frozen=True, slots=True)
class RegistryBooks:
    """Everything the registry has written down.

    Attributes:
        before: The accounts before anybody acted, by ``person_id``.
        after: The accounts at the end.
        decided: Operations, by id.
        told: Positions in the feed at which each operation's outcome is told.
        credentials: Positions at which each person's credential changed, growing.
        audited: How often the audit tells of the decision of each operation.
        cursors: Reads what a device had seen.
        cards: Whose card a digest of one is, by ``person_id``.
    """

    before: Mapping[str, Account]
    after: Mapping[str, Account]
    decided: Mapping[bytes, Decided]
    told: Mapping[bytes, list[int]]
    credentials: Mapping[str, list[int]]
    audited: Mapping[bytes, int]
    cursors: Cursors
    cards: Mapping[bytes, str]

    def in_order(self) -> list[Decided]:
        """Return the operations in the order in which they were decided."""
        return sorted(
            self.decided.values(), key=lambda one: (self.told.get(one.id, _NEVER)[0], one.sequence)
        )

    def judge_effects(self, misses: Misses, chosen: Mapping[str, str]) -> None:
        """Each operation has one decision, each accepted one changed one credential, once.

        Args:
            misses: Where it is noted.
            chosen: The passwords of the people who were acknowledged, by receipt.
        """
        for one in self.decided.values():
            times = len(self.told.get(one.id, ()))
            if times != 1 or self.audited.get(one.id) != 1:
                miss = Miss.DOUBLED if times > 1 else Miss.LOST
                misses.note(miss, f"receipt {one.receipt}: told {times} times")
        accepted: defaultdict[str | None, list[Decided]] = defaultdict(list)
        for one in self.in_order():
            if one.outcome == Outcome.ACCEPTED:
                accepted[one.person_id].append(one)
        for person_id, account in self.after.items():
            mine = accepted[person_id]
            positions = self.credentials.get(person_id, [])
            if len(positions) > len(mine):
                misses.note(Miss.DOUBLED, f"{len(positions)} changes by {len(mine)} operations")
            elif len(positions) < len(mine):
                misses.note(Miss.LOST, f"{len(positions)} changes by {len(mine)} operations")
            elif mine and not _is_left_by(
                account, mine[-1], positions[-1], chosen.get(mine[-1].receipt)
            ):
                misses.note(Miss.OUT_OF_ORDER, f"the credential is not of {mine[-1].receipt}")
            elif not mine and account != self.before[person_id]:
                misses.note(Miss.CHANGED, "an account changed that nobody asked to change")

    def judge_decisions(self, misses: Misses, people_named: Mapping[str, str]) -> None:
        """Each was decided as the domain's rules decide, given all that were decided before it.

        Args:
            misses: Where it is noted.
            people_named: Who was named, by receipt, as far as anybody was told one.
        """
        limits = PlainLimits()
        standing: dict[str | None, Account] = dict(self.before.items())
        positions = {person: iter(where) for person, where in self.credentials.items()}
        for one in self.in_order():
            account = standing.get(one.person_id)
            named = self._named(one, people_named.get(one.receipt))
            held = limits.look(one.device, named, one.decided_at)
            if one.decision not in self._possible(one, account, held):
                misses.note(Miss.MISJUDGED, f"receipt {one.receipt}: {one.answer}")
            if one.reason == Reason.IDENTITY_MISMATCH:
                limits.fail(one.device, named, one.decided_at)
            if one.outcome == Outcome.ACCEPTED:
                limits.succeed(one.device, named)
            if one.outcome == Outcome.ACCEPTED and account is not None:
                person = account.person
                changed = replace(
                    person,
                    origin=Origin.APP_2024,
                    credential_changed_at=next(positions.get(person.person_id, iter(())), 0),
                    credential_changed_by=one.device,
                    credential_sequence=one.sequence,
                )
                standing[one.person_id] = replace(account, person=changed)

    def _named(self, one: Decided, person_id: str | None) -> list[object] | None:
        """Return everything that was typed and names somebody; None where no book says who."""
        if one.card_proof is not None and one.card_proof not in self.cards:
            # Nobody's card: with it goes nobody's CPF.
            return [one.card_proof]
        if one.card_proof is not None:
            person_id = self.cards[one.card_proof]
        account = self.before.get(one.person_id or person_id or "")
        if account is None:
            return None
        person = account.person
        typed = person.email if one.card_proof is None else one.card_proof
        # Whoever has no CPF typed none: they are not one with all the others who have none.
        cpf = [] if person.cpf is None else [("cpf", person.cpf)]
        return [typed, *cpf, ("person", person.person_id)]

    def _possible(self, one: Decided, account: Account | None, held: Held) -> Iterator[Decision]:
        """Yield what the rules say, for both words on its freshness, which no book keeps."""
        person = None if account is None else account.person
        claim = _NOBODY if person is None else _claim_of(person)
        for acted_now in (False, True):
            seen = self._seen(one, acted_now=acted_now)
            decision = decide(OperationKind(one.kind), claim, person, seen=seen, device=one.device)
            # What is too old to be decided at all is put aside before anything is looked at.
            if not held.has_to_be or decision.outcome is Outcome.QUARANTINED:
                yield decision
        if one.person_id is None and held.may_be:
            yield rejected(Reason.THROTTLED)

    def _seen(self, one: Decided, *, acted_now: bool) -> Seen:
        known = Seen(0, None, acted_now=acted_now, sequence=one.sequence)
        if one.seen is None:
            return known
        cursor = self.cursors.read(one.seen)
        if cursor is None:
            return replace(known, is_known=False)
        age = (one.received_at - cursor.issued_at) / 1000
        return replace(known, position=cursor.position, age_seconds=age)


def read_accounts(data_dir: Path) -> dict[str, Account]:
    """Return every account of a registry that nobody is using."""
    with opened_database(default_url(data_dir)) as engine, reading(engine).connect() as connection:
        return _accounts(connection)


def read_books(data_dir: Path, before: Mapping[str, Account]) -> RegistryBooks:
    """Read a registry's books.

    Args:
        data_dir: Of a registry that nobody is using.
        before: The accounts as ``read_accounts`` returned them before anybody acted.
    """
    told: defaultdict[bytes, list[int]] = defaultdict(list)
    credentials: defaultdict[str, list[int]] = defaultdict(list)
    with opened_database(default_url(data_dir)) as engine:
        keys = load_keys(engine)
        cursors = Cursors(keys.cursors, system_clock)
        with reading(engine).connect() as connection:
            for row in connection.execute(select(changes).order_by(changes.c.position)):
                if row.what == Change.OUTCOME:
                    told[row.operation_id].append(row.position)
                elif row.what == Change.CREDENTIAL:
                    credentials[row.person_id].append(row.position)
            rows = connection.execute(select(operations)).mappings()
            decided = {
                row["id"]: Decided(**{one.name: row[one.name] for one in fields(Decided)})
                for row in rows
            }
            audited = Counter(
                row.operation_id
                for row in connection.execute(select(audit.c.operation_id, audit.c.what))
                if row.what.startswith(tuple(OperationKind))
            )
            after = _accounts(connection)
    cards = {keys.card_proof(one.person.card_number): name for name, one in before.items()}
    return RegistryBooks(before, after, decided, told, credentials, audited, cursors, cards)


def _accounts(connection: Connection) -> dict[str, Account]:
    ids = list(connection.execute(select(people.c.person_id)).scalars())
    return accounts.by_ids(connection, ids)


def _is_left_by(account: Account, last: Decided, position: int, password: str | None) -> bool:
    """Tell whether an account stands as its last accepted operation left it.

    Args:
        account: As it is.
        last: That operation. What it brought was sealed, and no book keeps it.
        position: Of the last change of the credential.
        password: What its person chose; None where they were told nothing, so that nobody knows.
    """
    person = account.person
    if (person.credential_changed_at, person.credential_changed_by) != (position, last.device):
        return False
    if person.origin is not Origin.APP_2024 or account.password_hash is None:
        return False
    return password is None or is_hash_of(password, account.password_hash)


def _claim_of(person: Person) -> Claim:
    card = Identifier(IdentifierKind.CARD, person.card_number)
    return Claim(card, person.cpf, person.birth_date)
