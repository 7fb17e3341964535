"""The protocol of the queue, searched through by spin: every claim holds, every mutant is found."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
# Spin itself asks for a compiler of this name, to read its models.
SPIN, COMPILER = shutil.which("spin"), shutil.which("gcc")
SECONDS = 300

SAFETY = "safety"
TWO_FAULTS, TWO_PARKED = ("FAULTS=2", "PARKS=1"), ("FAULTS=1", "PARKS=2")
NOBODY_COMES = (*TWO_FAULTS, "NO_STAFF")

CLAIMS = {
    "safety, two faults": (SAFETY, TWO_FAULTS),
    "safety, two rows parked": (SAFETY, TWO_PARKED),
    "answered": ("answered", TWO_FAULTS),
    "truthful": ("truthful", TWO_FAULTS),
    "moving, nobody looks after parked rows": ("moving", NOBODY_COMES),
}

# Searched by make soak alone.
LONG = {"safety, two rows parked", "truthful"}

DOUBLED = "assertion violated  !(effects[wish[m]])"
OUT_OF_ORDER = "assertion violated ((wish[m]!=0)|| !(effects[1]))"
OVERWRITTEN = "||(position<=knew[wish[m]])"
REFUSED_FOR_NOTHING = "||(((wish[m]==0)&&effects[1])&&(parks<1))"
TAKEN_BACK = "assertion violated (told[m]!=5)"
FOR_EVER = "acceptance cycle"

# The rule that is left out, where it is looked for, and what has to be found.
MUTANTS = [
    ("HEAL", "answered", TWO_FAULTS, FOR_EVER),
    ("TIME_OUT", "answered", TWO_FAULTS, FOR_EVER),
    ("KEEP", "answered", TWO_FAULTS, FOR_EVER),
    ("OLDEST_FIRST", SAFETY, TWO_FAULTS, REFUSED_FOR_NOTHING),
    ("PASS_PARKED", "moving", NOBODY_COMES, FOR_EVER),
    ("UNSENT_ONLY", SAFETY, TWO_FAULTS, TAKEN_BACK),
    ("NAME_FIRST", SAFETY, TWO_PARKED, DOUBLED),
    ("KEEP_SEEN", SAFETY, TWO_FAULTS, OVERWRITTEN),
    ("KEEP_PLACE", SAFETY, TWO_FAULTS, OUT_OF_ORDER),
    ("REMEMBER", SAFETY, TWO_FAULTS, DOUBLED),
    ("ONE_COMMIT", SAFETY, TWO_FAULTS, DOUBLED),
    ("SAME_WISH", SAFETY, TWO_FAULTS, DOUBLED),
    ("EITHER_ORDER", SAFETY, TWO_FAULTS, DOUBLED),
    ("SIBLINGS", SAFETY, TWO_PARKED, DOUBLED),
    ("SUPERSEDE", SAFETY, TWO_FAULTS, OVERWRITTEN),
    ("PLACE", SAFETY, TWO_FAULTS, OUT_OF_ORDER),
    ("FEED", "truthful", TWO_FAULTS, FOR_EVER),
]


def _can_compile() -> bool:
    if COMPILER is None:
        return False
    command = (COMPILER, "-E", "-x", "c", "-")
    program = "#include <stdio.h>\n"
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False)
    return done.returncode == 0


needs_spin = pytest.mark.skipif(
    SPIN is None or not _can_compile(),
    reason="spin or a C compiler is not installed (Debian: spin, gcc, libc6-dev)",
)


@dataclass(frozen=True, slots=True)
class Search:
    """What one search said."""

    said: str

    @property
    def errors(self) -> int:
        return int(self._part(r"errors: (\d+)"))

    @property
    def states(self) -> int:
        return int(self._part(r"(\d+) states, stored"))

    @property
    def first_error(self) -> str:
        return self._part(r"(pan:1: .*)")

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was left out: no bound reached, no memory short, not broken off."""
        return not re.search(
            r"Search not completed|max search depth too small|out of memory|-DBITSTATE", self.said
        )

    def _part(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]


def search(folder: Path, claim: str, settings: tuple[str, ...], optimised: str = "-O1") -> Search:
    assert SPIN is not None
    assert COMPILER is not None
    is_safety = claim == SAFETY
    flags = ["-DNOCLAIM", "-DSAFETY"] if is_safety else []
    _run(folder, SPIN, *(f"-D{one}" for one in settings), "-a", str(HERE / "outbox.pml"))
    _run(folder, COMPILER, optimised, "-w", *flags, "-o", "pan", "pan.c")
    ask = [] if is_safety else ["-a", "-N", claim]
    return Search(_run(folder, str(folder / "pan"), *ask, "-m10000", "-w20"))


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_spin
@pytest.mark.parametrize(
    ("claim", "settings"),
    [
        pytest.param(*one, id=name, marks=[pytest.mark.soak] if name in LONG else [])
        for name, one in CLAIMS.items()
    ],
)
def test_the_protocol_keeps_what_it_claims(
    claim: str,
    settings: tuple[str, ...],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    found = search(tmp_path, claim, settings)
    assert found.errors == 0, found.said
    assert found.is_whole, found.said
    record_property("states", found.states)
    sys.stdout.write(f"{claim}, {' '.join(settings)}: {found.states:,} states, 0 errors\n")


@needs_spin
@pytest.mark.parametrize(
    ("rule", "claim", "settings", "wrong"), MUTANTS, ids=[mutant[0] for mutant in MUTANTS]
)
def test_without_a_rule_the_claims_do_not_hold(
    rule: str, claim: str, settings: tuple[str, ...], wrong: str, tmp_path: Path
) -> None:
    # Most are found at once: here the compiler takes longer than the search.
    found = search(tmp_path, claim, (*settings, f"MUTANT={rule}"), optimised="-O0")
    assert found.errors == 1, found.said
    assert wrong in found.first_error, found.said


def test_every_rule_is_left_out_once_and_told_of() -> None:
    rules = re.findall(r"^#define (\w+) \d+ +/\*", (HERE / "mutants.h").read_text(), re.MULTILINE)
    assert rules == [mutant[0] for mutant in MUTANTS]
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(), re.MULTILINE) == rules


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)`: ((?:`test_\w+`(?: \([^)]*\))?(?:, )?)+)", PAGE.read_text())
    assert len(named) >= len(MUTANTS)
    for file, tests in named:
        code = (HERE.parent / "kiosk" / file).read_text()
        missing = [one for one in re.findall(r"test_\w+", tests) if f"def {one}(" not in code]
        assert not missing, file


def test_the_code_that_the_page_names_is_there() -> None:
    named = re.findall(r"((?:`[\w.]+`(?:, | and )?)+) in `(kiosk/[\w/]+\.py)`", PAGE.read_text())
    assert len(named) >= 4
    for names, file in named:
        code = (HERE.parents[1] / file).read_text()
        # A dotted name is one of a class and of what belongs to it.
        words = re.findall(r"\w+", names)
        missing = [one for one in words if not re.search(rf"\b{one}\b", code)]
        assert not missing, file
    for file in re.findall(r"`(kiosk/[\w/]+\.py)`", PAGE.read_text()):
        assert (HERE.parents[1] / file).exists(), file
