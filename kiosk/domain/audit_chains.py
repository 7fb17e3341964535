"""Chained lines: each carries a link that nobody can make without all the lines before it.

A link is SHA-256 over the link before and the line. What was changed or taken out in the middle
breaks the chain there; what was cut off or written anew shows against a head known from elsewhere.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from struct import Struct, pack

LINK_BYTES = 32
ORIGIN = sha256(b"kiosk-pas audit chain 1").digest()
_PREFIX = Struct(">cQ").pack
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")

# What a database column of this program can hold.
Value = str | bytes | int | float | None


class BreakKind(StrEnum):
    """What is wrong at the first broken place.

    ALTERED: a line is not what was written. MISSING: lines before it are gone. TRUNCATED: the end
    is gone. FORKED: from some line on it is another chain. UNSEALED: lines follow the sealed end.
    """

    ALTERED = "altered"
    MISSING = "missing"
    TRUNCATED = "truncated"
    FORKED = "forked"
    UNSEALED = "unsealed"


class Continuation(StrEnum):
    """How a chain stands to a head that was known of it."""

    GROWN = "grown"
    UNPROVEN = "unproven"
    WENT_BACK = "went_back"
    FORKED = "forked"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain.

    Attributes:
        number: Of the line; 0 where there is none yet.
        link: Its link, 32 bytes.
    """

    number: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.link.hex()}"


EMPTY = Head(0, ORIGIN)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is kept.

    Attributes:
        number: Growing by one.
        values: Its fields in their order.
        link: What is kept as its link, whatever it is.
    """

    number: int
    values: Sequence[Value]
    link: object


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken place.

    Attributes:
        number: The first line that is altered, missing, or may differ.
    """

    kind: BreakKind
    number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    Attributes:
        lines: How many fit, one behind the other.
        head: The last of them.
        broken: None where nothing is wrong.
    """

    lines: int
    head: Head
    broken: Break | None


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a device says of its chain.

    Attributes:
        head: Its end now.
        restorations: How often it was restored.
        at: The line that the registry knew last, as far as the device has heard.
        link: What the device has there; None where it has no such line.
    """

    head: Head
    restorations: int = 0
    at: int | None = None
    link: bytes | None = None


@dataclass(frozen=True, slots=True)
class KnownChain:
    """What the registry holds of a device's chain."""

    head: Head
    restorations: int


def read_head(text: str) -> Head | None:
    """Return a head from ``NUMBER:LINK`` in hexadecimal; None where it is none."""
    found = _HEAD.fullmatch(text.strip().lower())
    return None if found is None else Head(int(found[1]), bytes.fromhex(found[2]))


def canonical(values: Iterable[Value]) -> bytes:
    """Return the one way to write a row of values: kind, length and content of each.

    Args:
        values: Text may hold what the disk has made of it, as surrogates.
    """
    parts: list[bytes] = []
    for value in values:
        if value is None:
            parts.append(b"n")
            continue
        if isinstance(value, str):
            kind, content = b"t", value.encode("utf-8", "surrogateescape")
        elif isinstance(value, bytes):
            kind, content = b"b", value
        elif isinstance(value, int):
            kind, content = b"i", b"%d" % value
        else:
            kind, content = b"r", pack(">d", value)
        parts += (_PREFIX(kind, len(content)), content)
    return b"".join(parts)


def link_of(previous: bytes, number: int, values: Sequence[Value]) -> bytes:
    """Return the link of a line.

    Args:
        previous: The link before; ``ORIGIN`` for the first.
        number: Of the line.
        values: Its fields.
    """
    return sha256(previous + canonical((number, *values))).digest()


def chained(head: Head, rows: Iterable[Sequence[Value]]) -> Iterator[tuple[Head, Sequence[Value]]]:
    """Yield each new row behind a head, with the head it makes."""
    number, link = head.number, head.link
    for values in rows:
        number += 1
        link = link_of(link, number, values)
        yield Head(number, link), values


def verify(lines: Iterable[Line], known: Iterable[Head] = ()) -> Verdict:
    """Look for the first broken place; in memory that does not grow with the chain.

    Args:
        lines: All of them, by their numbers.
        known: Heads that the chain had at some time, from elsewhere.
    """
    heads: dict[int, set[bytes]] = {}
    for one in known:
        heads.setdefault(one.number, set()).add(one.link)
    agreed, count, head = 0, 0, EMPTY
    broken: Break | None = None
    forked: int | None = None if heads.pop(0, {ORIGIN}) == {ORIGIN} else 1
    for line in lines:
        link = link_of(head.link, line.number, line.values)
        if line.link != link:
            is_next = line.number == head.number + 1
            kind = BreakKind.ALTERED if is_next else BreakKind.MISSING
            broken = Break(kind, head.number + 1)
            break
        count, head = count + 1, Head(line.number, link)
        told = heads.pop(line.number, None)
        if told is None or forked is not None:
            continue
        if told == {head.link}:
            agreed = line.number
        else:
            forked = agreed + 1
    if forked is None and any(number <= head.number for number in heads):
        # A line of that number was there once, and this chain has none.
        forked = agreed + 1
    if forked is not None:
        broken = Break(BreakKind.FORKED, forked)
    elif broken is None and heads:
        broken = Break(BreakKind.TRUNCATED, head.number + 1)
    return Verdict(count, head, broken)


def continuation(known: KnownChain, report: ChainReport) -> Continuation:
    """Tell what a device's word on its chain says against what was known of it.

    Requests may pass each other on the way: only a word on the very line that is known counts.
    """
    if report.at != known.head.number:
        return Continuation.UNPROVEN
    if report.restorations > known.restorations:
        return Continuation.RESTORED
    if report.link == known.head.link:
        return Continuation.GROWN
    if report.head.number < known.head.number:
        return Continuation.WENT_BACK
    return Continuation.FORKED
