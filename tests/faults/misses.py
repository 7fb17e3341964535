"""What must not happen, and how often it did."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

_EXAMPLES_KEPT = 20


class Miss(StrEnum):
    """What must not happen."""

    LOST = "lost"
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out_of_order"
    STUCK = "stuck"
    MISJUDGED = "misjudged"
    CHANGED = "changed"
    RECEIPT_REPEATED = "receipt_repeated"
    DAMAGED = "damaged"
    FELL = "fell"


@dataclass
class Misses:
    """Counts of each, with the first few told."""

    counts: Counter[Miss] = field(default_factory=Counter)
    examples: dict[Miss, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, miss: Miss, what: str) -> None:
        """Count one.

        Args:
            what: For whoever looks for the fault, without data of a person.
        """
        self.counts[miss] += 1
        if len(self.examples[miss]) < _EXAMPLES_KEPT:
            self.examples[miss].append(what)

    def lines(self) -> Iterator[str]:
        """Yield the first few of each kind."""
        for miss, examples in self.examples.items():
            yield from (f"{miss}: {one}" for one in examples)
