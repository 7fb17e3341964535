"""The protocol as plain dicts and lists: what a device keeps and what the registry decides."""

from dataclasses import dataclass, field

from kiosk.domain.throttles import Tally, failed, hold_of

DAY_MS = 24 * 3600 * 1000
LEASE_MS = 60_000
MADE_NOW_SECONDS = 30.0

Word = tuple[str, str | None]


@dataclass
class Wish:
    """What one person asked for at one device, under however many ids it is sent.

    Attributes:
        sequence: The device's count when the person acted.
        seen: How many changes the device had heard of then.
        seen_at: When, by the registry's clock; None where it had never heard of any.
    """

    device: str
    person: str
    kind: str
    sequence: int
    seen: int
    seen_at: int | None
    was_parked: bool = False


@dataclass
class Row:
    """An operation in a device's queue."""

    id: str
    counter: int
    wish: Wish
    attempts: int = 0
    claimed_until: int | None = None
    not_before: int | None = None
    parked: str | None = None
    is_damaged: bool = False

    def is_held(self, now: int) -> bool:
        return any(end is not None and end > now for end in (self.claimed_until, self.not_before))


@dataclass
class ModelDevice:
    """What one device keeps.

    Attributes:
        rows: The queue, by counter.
        ids: Operation of each receipt given, by counter.
        words: Outcome and reason under each receipt, by counter.
        recorded_at: Seconds of the running program's clock, of what was recorded in this run.
    """

    rows: dict[int, Row] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    words: dict[int, Word] = field(default_factory=dict)
    recorded_at: dict[str, float] = field(default_factory=dict)
    seen: int = 0
    seen_at: int | None = None
    heard: int = 0

    def next_counter(self) -> int:
        return max(self.ids, default=0) + 1

    def waiting_same(self, person: str, kind: str) -> Row | None:
        same = [
            row
            for row in self.rows.values()
            if (row.wish.person, row.wish.kind) == (person, kind) and row.parked is None
        ]
        return max(same, key=lambda row: row.counter, default=None)

    def free(self, now: int) -> list[Row]:
        """Return what the next round takes: of each person whatever nothing earlier holds back."""
        held: set[str] = set()
        free = []
        for counter in sorted(self.rows):
            row = self.rows[counter]
            if row.parked is not None:
                continue
            if row.is_held(now):
                held.add(row.wish.person)
            elif row.wish.person not in held:
                free.append(row)
        return free

    def close(self, counter: int, word: Word) -> None:
        """An operation leaves the queue for good."""
        self.rows.pop(counter, None)
        self.words[counter] = word

    def restart(self) -> None:
        """A new run of the program: whatever was claimed or told to wait is free."""
        self.recorded_at.clear()
        for row in self.rows.values():
            row.claimed_until = row.not_before = None


@dataclass
class ModelRegistry:
    """What the registry knows.

    Attributes:
        origins: Of each person.
        effects: Every change of a credential: person and wish, in order.
        words: The answer under each operation id.
        granted: Wishes that were answered, with the answer.
        told: Device and operation, in the order in which they were first decided.
        failures: Of each device and person whom nobody knows.
    """

    origins: dict[str, str]
    cancelled: frozenset[str]
    effects: list[tuple[str, Wish]] = field(default_factory=list)
    words: dict[str, Word] = field(default_factory=dict)
    granted: list[tuple[Wish, Word]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def hear(self, operation: str, wish: Wish, now: int, *, acted_now: bool) -> None:
        """An operation arrives, for the first time or again."""
        if operation in self.words:
            return
        word = next((word for granted, word in self.granted if granted is wish), None)
        if word is None:
            word = self._decide(wish, now, acted_now=acted_now)
            self.granted.append((wish, word))
            if word[0] == "accepted":
                self.effects.append((wish.person, wish))
                self.origins[wish.person] = "app_2024"
        self.words[operation] = word
        self.told.append((wish.device, operation))

    def _decide(self, wish: Wish, now: int, *, acted_now: bool) -> Word:
        is_old = wish.seen_at is not None and now - wish.seen_at > 30 * DAY_MS
        if is_old and not acted_now:
            return "quarantined", "stale"
        if wish.person not in self.origins:
            pair = (wish.device, wish.person)
            tally = self.failures.get(pair, Tally())
            if hold_of([tally], now) is not None:
                return "rejected", "throttled"
            self.failures[pair] = failed(tally, now)
            return "rejected", "identity_mismatch"
        if wish.person in self.cancelled:
            return "rejected", "not_covered"
        origin = self.origins[wish.person]
        if wish.kind == "register":
            is_new = origin != "app_2024"
            return ("accepted", None) if is_new else ("rejected", "already_registered")
        if origin in ("none", "legacy_app"):
            return "rejected", "not_registered"
        if not acted_now and self._is_overtaken(wish):
            return "rejected", "superseded"
        return "accepted", None

    def _is_overtaken(self, wish: Wish) -> bool:
        changes = [
            (place, other)
            for place, (person, other) in enumerate(self.effects, 1)
            if person == wish.person
        ]
        if not changes:
            return False
        place, last = changes[-1]
        if last.device == wish.device:
            return last.sequence > wish.sequence
        return place > wish.seen
