"""The bytes of one file: what a disk holds for certain, and what may be still on its way to it."""

import random
from dataclasses import dataclass, field

SECTOR = 512
_PAGE = 4096
# A page cache writes out sectors, pages or runs of pages; whoever always tears at sectors hardly
# ever sees a whole page arrive without its neighbour.
_GRAINS = (SECTOR, _PAGE, 16 * _PAGE)


@dataclass(slots=True)
class Odds:
    """How much of what was on its way arrived, drawn once for each power loss.

    Attributes:
        share: Of what was on its way; 0 and 1 are drawn often, being what mostly happens.
        grain: Bytes that arrive or stay away together.
    """

    chance: random.Random
    share: float = field(init=False)
    grain: int = field(init=False)

    def __post_init__(self) -> None:
        self.share = self.chance.choice((0.0, 0.2, 0.5, 0.8, 0.97, 1.0))
        self.grain = self.chance.choice(_GRAINS)

    def arrived(self) -> bool:
        return self.chance.random() < self.share

    def of_these(self, count: int) -> int:
        """Return how many of things that arrive in their order have arrived."""
        if self.arrived():
            return count
        return 0 if self.share == 0 else self.chance.randint(0, count)


@dataclass(slots=True)
class Harm:
    """What a power loss did, for the report."""

    torn: int = 0
    absent: int = 0
    names: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A write, or where ``data`` is None a cut to the size ``at``."""

    number: int
    at: int
    data: bytes | None = field(repr=False)


@dataclass(slots=True)
class Content:
    """One file.

    Attributes:
        settled: What is on the disk whatever happens.
        pending: Later changes, in their order.
    """

    settled: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def settle(self, before: int) -> bool:
        """A sync that began as this number has returned. Returns whether the size changed."""
        size, was_cut = len(self.settled), False
        for change in self.pending:
            if change.number >= before:
                break
            was_cut |= change.data is None
            apply(self.settled, change)
        self.pending = [change for change in self.pending if change.number >= before]
        return was_cut or len(self.settled) != size

    def present(self) -> bytes:
        """Return what the running system sees."""
        text = bytearray(self.settled)
        for change in self.pending:
            apply(text, change)
        return bytes(text)

    def after_loss_in_order(self, odds: Odds, cut_until: int, harm: Harm) -> bytes:
        """Return what a file system with ordered data leaves.

        A size grows on disk only after the bytes that fill it, and it grows and shrinks in the
        order in which it did; cuts of the file belong to the metadata. What is written over is
        anybody's guess, sector by sector.

        Args:
            odds: Of this power loss.
            cut_until: Number of the last entry of the metadata that is on disk.
            harm: Counted here.
        """
        first, last = 0, len(self.pending)
        for place, change in enumerate(self.pending):
            if change.data is None and change.number <= cut_until:
                first = place + 1
            elif change.data is None:
                last = place
                break
        grown = first + odds.of_these(last - first)
        arrivals = _Arrivals(odds, last)
        text = bytearray(self.settled)
        for place, change in enumerate(self.pending[:last]):
            if change.data is None:
                apply(text, change)
                continue
            size = len(text)
            whole = change.at + len(change.data)
            if whole > size and place < grown:
                apply(text, Change(change.number, max(size, change.at), _from(change, size)))
            elif whole > size and place == grown and odds.share > 0:
                end = odds.chance.randint(size, whole) // _PAGE * _PAGE
                if end > max(size, change.at):
                    piece = _from(change, size)[: end - max(size, change.at)]
                    apply(text, Change(change.number, max(size, change.at), piece))
                    harm.torn += 1
            elif change.at >= size:
                harm.absent += 1
            arrivals.write(text, place, change, size, harm)
        harm.absent += len(self.pending) - last
        return bytes(text)

    def after_loss_in_any_order(self, odds: Odds, harm: Harm) -> bytes:
        """Return what a file system may leave that promises no more than a sync.

        Sizes arrive apart from bytes, what was never written holds anything, cuts may be undone.
        """
        sizes, cuts = [len(self.settled)], []
        for place, change in enumerate(self.pending):
            if change.data is None:
                cuts.append(place)
                sizes.append(change.at)
            else:
                sizes.append(max(sizes[-1], change.at + len(change.data)))
        known = odds.of_these(len(self.pending))
        most = max(sizes)
        filler = odds.chance.randbytes(most) if odds.chance.random() < 0.5 else bytes(most)
        text = bytearray(self.settled) + filler[len(self.settled) :]
        arrivals = _Arrivals(odds, len(self.pending))
        for place, change in enumerate(self.pending):
            if change.data is not None:
                arrivals.write(text, place, change, most, harm)
            elif place < known:
                text[change.at :] = filler[change.at :]
        return bytes(text[: sizes[known]])


class _Arrivals:
    """For each sector, how many of the changes of its file have reached it, in their order."""

    def __init__(self, odds: Odds, count: int) -> None:
        self._odds = odds
        self._count = count
        self._reached: dict[int, int] = {}

    def write(self, text: bytearray, place: int, change: Change, limit: int, harm: Harm) -> None:
        """Write what arrived of a change, below a limit in bytes."""
        assert change.data is not None
        end = min(change.at + len(change.data), limit)
        if end <= change.at:
            return
        grain = self._odds.grain
        arrived = absent = 0
        for number in range(change.at // grain, -(-end // grain)):
            if number not in self._reached:
                self._reached[number] = self._odds.of_these(self._count)
            if self._reached[number] <= place:
                absent += 1
                continue
            arrived += 1
            start, stop = max(number * grain, change.at), min((number + 1) * grain, end)
            text[start:stop] = change.data[start - change.at : stop - change.at]
        harm.torn += bool(arrived and absent)
        harm.absent += bool(absent and not arrived)


def apply(text: bytearray, change: Change) -> None:
    """Make a change to the bytes of a file."""
    end = change.at + len(change.data or b"")
    if end > len(text):
        text.extend(bytes(end - len(text)))
    if change.data is None:
        del text[change.at :]
    else:
        text[change.at : end] = change.data


def _from(change: Change, size: int) -> bytes:
    assert change.data is not None
    return change.data[max(size - change.at, 0) :]
