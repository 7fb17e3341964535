"""What Hypothesis gives a target: seeds, what was kept, both changed here and there, and noise."""

from hypothesis import strategies as st

from tests.fuzz.choices import SEPARATOR
from tests.fuzz.corpora import kept_inputs
from tests.fuzz.targets import Target

_MOST_CHANGES = 4
_LONGEST_PIECE = 24


def inputs_of(wanted: Target) -> st.SearchStrategy[bytes]:
    """Return the inputs of a target, none longer than it wants."""
    seeds = [*wanted.seeds, *kept_inputs(wanted.name)]
    words = st.sampled_from([*wanted.words, SEPARATOR, b"\xff", b"\0"])
    texts = st.text(max_size=_LONGEST_PIECE).map(lambda text: text.encode("utf-8", "replace"))
    pieces = st.one_of(words, texts, st.binary(max_size=_LONGEST_PIECE))
    change = st.tuples(st.integers(0, 2**16), st.integers(0, 12), pieces)
    changed = st.builds(_changed, st.sampled_from(seeds), st.lists(change, max_size=_MOST_CHANGES))
    noise = st.binary(max_size=min(wanted.longest, 256))
    return st.one_of(changed, changed, noise).map(lambda data: data[: wanted.longest])


def _changed(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, piece in changes:
        at = place % (len(seed) + 1)
        seed = seed[:at] + piece + seed[at + removed :]
    return seed
