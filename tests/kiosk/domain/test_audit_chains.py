from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.audit_chains import (
    EMPTY,
    ORIGIN,
    Break,
    BreakKind,
    ChainReport,
    Continuation,
    Head,
    KnownChain,
    Line,
    Value,
    canonical,
    chained,
    continuation,
    link_of,
    read_head,
    verify,
)

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=20),
    st.text(max_size=20),
    st.floats(allow_nan=False),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12)


def chain(rows: Sequence[Sequence[Value]], after: Head = EMPTY) -> list[Line]:
    return [Line(head.number, values, head.link) for head, values in chained(after, rows)]


def head_of(lines: list[Line]) -> Head:
    last = lines[-1].link
    assert isinstance(last, bytes)
    return Head(lines[-1].number, last)


TEN = chain([(number, f"linha {number}") for number in range(10)])
OTHER = TEN[:6] + chain([(number, "outra") for number in range(4)], head_of(TEN[:6]))


def test_a_whole_chain_is_whole() -> None:
    verdict = verify(TEN, [head_of(TEN[:4]), head_of(TEN), EMPTY])
    assert (verdict.lines, verdict.head, verdict.broken) == (10, head_of(TEN), None)
    assert verify([]).head == EMPTY


@pytest.mark.parametrize(
    ("lines", "known", "expected"),
    [
        ([*TEN[:3], Line(4, (3, "falsa"), TEN[3].link), *TEN[4:]], [], (BreakKind.ALTERED, 4)),
        ([*TEN[:3], Line(4, TEN[3].values, bytes(32)), *TEN[4:]], [], (BreakKind.ALTERED, 4)),
        ([*TEN[:3], Line(4, TEN[3].values, None), *TEN[4:]], [], (BreakKind.ALTERED, 4)),
        ([*TEN[:3], *TEN[4:]], [], (BreakKind.MISSING, 4)),
        ([*TEN[:3], *TEN[6:]], [], (BreakKind.MISSING, 4)),
        (TEN[1:], [], (BreakKind.MISSING, 1)),
        (TEN[:7], [head_of(TEN)], (BreakKind.TRUNCATED, 8)),
        ([], [head_of(TEN)], (BreakKind.TRUNCATED, 1)),
        # An older file, which knows of heads that it still has.
        (TEN[:7], [head_of(TEN[:5]), head_of(TEN)], (BreakKind.TRUNCATED, 8)),
        (OTHER, [head_of(TEN)], (BreakKind.FORKED, 1)),
        (OTHER, [head_of(TEN[:5]), head_of(TEN)], (BreakKind.FORKED, 6)),
        (OTHER, [head_of(TEN[:5]), head_of(TEN[:8]), head_of(TEN)], (BreakKind.FORKED, 6)),
        # Shorter than what is known, and another before that.
        (OTHER[:8], [head_of(TEN[:7]), head_of(TEN)], (BreakKind.FORKED, 1)),
        # What is wrong further on does not hide it.
        ([*OTHER[:8], *TEN[8:]], [head_of(TEN[:7])], (BreakKind.FORKED, 1)),
        # Two cannot both be right.
        (TEN, [head_of(TEN), Head(10, bytes(32))], (BreakKind.FORKED, 1)),
        (TEN, [Head(0, bytes(32))], (BreakKind.FORKED, 1)),
    ],
)
def test_the_first_broken_place_is_named(
    lines: list[Line], known: list[Head], expected: tuple[BreakKind, int]
) -> None:
    assert verify(lines, known).broken == Break(*expected)


def test_a_line_that_was_never_there_is_no_line_of_a_known_head() -> None:
    # Numbers with a gap, as an older program left them, fit where they were chained so.
    gap = [TEN[0], Line(5, ("x",), link_of(head_of(TEN[:1]).link, 5, ("x",)))]
    assert verify(gap).broken is None
    assert verify(gap, [Head(3, bytes(32))]).broken == Break(BreakKind.FORKED, 1)


@given(ROWS, ROWS)
def test_only_the_same_rows_have_the_same_form(
    ours: list[tuple[Value, Value]], theirs: list[tuple[Value, Value]]
) -> None:
    def flat(rows: list[tuple[Value, Value]]) -> list[tuple[type, Value]]:
        return [(type(value), repr(value)) for row in rows for value in row]

    one, other = (b"".join(map(canonical, rows)) for rows in (ours, theirs))
    assert (one == other) == (flat(ours) == flat(theirs))


@given(ROWS, st.data())
def test_whatever_is_done_to_a_chain_whose_end_is_known_shows(
    rows: list[tuple[Value, Value]], data: st.DataObject
) -> None:
    lines = chain(rows)
    known = head_of(lines)
    place = data.draw(st.integers(0, len(lines) - 1))
    line = lines[place]
    what = data.draw(st.sampled_from(["alter", "take out", "cut", "replace", "swap", "renumber"]))
    if what == "alter":
        values = (*line.values, "mais")
        lines[place] = Line(line.number, values, line.link)
    elif what == "take out":
        del lines[place]
    elif what == "cut":
        del lines[place:]
    elif what == "replace":
        before = EMPTY if place == 0 else head_of(lines[:place])
        lines[place:] = chain(
            [(*line.values, "outra"), *(one.values for one in lines[place + 1 :])], before
        )
    elif what == "swap":
        if place == 0 or lines[place - 1].values == line.values:
            return
        swapped = (lines[place - 1].values, line.values)
        lines[place] = Line(line.number, swapped[0], line.link)
        lines[place - 1] = Line(line.number - 1, swapped[1], lines[place - 1].link)
    else:
        lines[place] = Line(line.number + 100, line.values, line.link)
    verdict = verify(lines, [known])
    assert verdict.broken is not None
    # Never beyond the place, and what it calls whole is.
    assert verdict.broken.number <= place + 1
    assert verify(chain(rows)[: verdict.lines]).broken is None


def test_text_that_the_disk_has_changed_is_a_line_like_any_other() -> None:
    odd = b"\xff".decode(errors="surrogateescape")
    assert canonical([odd]) == b"t" + (1).to_bytes(8, "big") + b"\xff"


def test_a_head_is_written_and_read() -> None:
    head = head_of(TEN)
    assert read_head(f" {head}\n".upper()) == head
    assert read_head(f"10:{ORIGIN.hex()[:-1]}") is None
    assert read_head("fim") is None


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (ChainReport(Head(12, b"n"), 0, 10, b"k"), Continuation.GROWN),
        (ChainReport(Head(10, b"k"), 0, 10, b"k"), Continuation.GROWN),
        # It speaks of another line: it may have been overtaken on the way.
        (ChainReport(Head(7, b"n")), Continuation.UNPROVEN),
        (ChainReport(Head(12, b"n"), 5, 9, b"k"), Continuation.UNPROVEN),
        (ChainReport(Head(7, b"n"), 0, 10, None), Continuation.WENT_BACK),
        (ChainReport(Head(10, b"n"), 0, 10, b"n"), Continuation.FORKED),
        (ChainReport(Head(12, b"n"), 0, 10, b"x"), Continuation.FORKED),
        (ChainReport(Head(12, b"n"), 0, 10, None), Continuation.FORKED),
        (ChainReport(Head(7, b"n"), 1, 10, None), Continuation.RESTORED),
        (ChainReport(Head(12, b"n"), 1, 10, b"k"), Continuation.RESTORED),
    ],
)
def test_what_a_device_says_is_held_against_what_was_known(
    report: ChainReport, expected: Continuation
) -> None:
    assert continuation(KnownChain(Head(10, b"k"), 0), report) is expected
