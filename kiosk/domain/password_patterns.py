"""Repetitions, sequences and walks over a keyboard.

A password is taken apart into runs: the same character again and again, neighbours of the alphabet
or of the digits, keys that lie in a line or in a zigzag. What is left with three pieces or fewer
says no more than three things, however long it is.
"""

from itertools import pairwise

_SHORTEST_LINE = 3
_SHORTEST_ZIGZAG = 6
_LONGEST_UNIT = 4
_FEW_PIECES = 3
_LEAST_CHARACTERS_A_PIECE = 4
# Rows of keys as they lie on ABNT2 and US keyboards, without and with shift, and the digits apart.
# A blank is a key that is skipped.
_LAYOUTS = {
    "abnt2": (
        ("'1234567890-=", '"!@#$%¨&*()_+'),
        (" qwertyuiop´[", "           `{"),
        (" asdfghjklç~]", "           ^}"),
        (" zxcvbnm,.;/", "        <>:?"),
    ),
    "us": (
        ("`1234567890-=", "~!@#$%^&*()_+"),
        (" qwertyuiop[]\\", "           {}|"),
        (" asdfghjkl;'", '          :"'),
        (" zxcvbnm,./", "        <>?"),
    ),
    "pad": (("789", ""), ("456", ""), ("123", ""), ("0", "")),
}

Step = tuple[str, int, int]


def _keys() -> dict[str, list[Step]]:
    keys: dict[str, list[Step]] = {}
    for layout, rows in _LAYOUTS.items():
        for row, shifts in enumerate(rows):
            for shift in shifts:
                for column, character in enumerate(shift):
                    if character != " ":
                        keys.setdefault(character, []).append((layout, row, column))
    return keys


_KEYS = _keys()


def is_repetition(text: str) -> bool:
    """Tell whether a text is one to four characters, again and again."""
    return any(
        text[unit:] == text[:-unit] for unit in range(1, min(_LONGEST_UNIT, len(text) // 2) + 1)
    )


def is_made_of_runs(text: str) -> bool:
    """Tell whether a text is a few sequences or keyboard walks and hardly anything else."""
    few = max(_FEW_PIECES, len(text) // _LEAST_CHARACTERS_A_PIECE)
    if count_pieces(text) <= few:
        return True
    return all(count_pieces(every_other) == 1 for every_other in (text[::2], text[1::2]))


def count_pieces(text: str) -> int:
    """Count the runs of a text; a character that is in none counts as one."""
    steps = [_steps(one, other) for one, other in pairwise(text)]
    pieces, at = 0, 0
    while at < len(text):
        at += _run_length(steps, at)
        pieces += 1
    return pieces


def _run_length(steps: list[frozenset[Step]], at: int) -> int:
    line = 1 + _steady(steps, at, 1)
    even, odd = _steady(steps, at, 2), _steady(steps, at + 1, 2)
    zigzag = 1 + min(2 * even, 2 * odd + 1)
    longest = max(line, zigzag if zigzag >= _SHORTEST_ZIGZAG else 0)
    return longest if longest >= _SHORTEST_LINE else 1


def _steady(steps: list[frozenset[Step]], at: int, stride: int) -> int:
    """Count the steps from a place on that can all be one and the same."""
    common: frozenset[Step] | None = None
    count = 0
    # Without a copy of what follows: of a long text that would be one for each of its characters.
    for place in range(at, len(steps), stride):
        common = steps[place] if common is None else common & steps[place]
        if not common:
            break
        count += 1
    return count


def _steps(one: str, other: str) -> frozenset[Step]:
    distance = ord(other) - ord(one)
    steps: list[Step] = []
    if distance == 0 or (abs(distance) == 1 and one.isalnum() and other.isalnum()):
        steps.append(("order", 0, distance))
    for layout, row, column in _KEYS.get(one, ()):
        for also, other_row, other_column in _KEYS.get(other, ()):
            down, right = other_row - row, other_column - column
            if layout == also and max(abs(down), abs(right)) == 1:
                steps.append((layout, down, right))
    return frozenset(steps)
