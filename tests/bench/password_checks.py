"""What a new password costs: looking it up, judging it, and telling how strong it is."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from time import perf_counter

from kiosk.blocklist_files import SHIPPED, load_blocklist
from kiosk.domain.forms import Rules
from kiosk.domain.passwords import MAX_LENGTH, OwnData, check
from kiosk.services.strengths import measure_strength
from tests.bench.comparisons import Spread
from tests.bench.reports import spread_line

LOOKUP_AIM = 50
_OWN = OwnData("0012345678", "52998224725", date(1957, 3, 24))
_FIRST = """
from time import perf_counter
from kiosk.domain.forms import Rules
from kiosk.domain.passwords import OwnData
from kiosk.services.strengths import measure_strength
begun = perf_counter()
measure_strength("cavalo correto bateria", OwnData(), Rules())
print((perf_counter() - begun) * 1000)
"""


def measure(rounds: int, each: int) -> Iterator[str]:
    """Yield a line for each thing that is done with a password.

    Args:
        rounds: How often each is timed.
        each: Passwords in each round, drawn by lot: half of them words of the list.
    """
    common = load_blocklist()
    rules = Rules(common_passwords=common)
    words = SHIPPED.read_text(encoding="ascii").splitlines()[2:]
    rng = random.Random(1)
    drawn = [[_draw(rng, words) for _ in range(each)] for _ in range(rounds)]
    phrases = [[" ".join(rng.sample(words, 3)) for _ in range(each)] for _ in range(rounds)]

    loads = Spread(tuple(_milliseconds(load_blocklist) for _ in range(rounds)))
    yield spread_line(f"Lista de {len(words)} palavras lida e conferida", loads, "ms")
    found = _each(drawn, lambda word: word in common)
    yield spread_line("Busca na lista de senhas comuns", found, f"µs; alvo {LOOKUP_AIM} µs")
    for name, passwords in (("de uma palavra", drawn), ("de três palavras", phrases)):
        judged = _each(passwords, lambda one: check(one, _OWN, common=common))
        yield spread_line(f"Senha {name} julgada por todas as regras", judged, "µs")
    # Nothing that is taken has more to be looked at: of a ligature come up to 18 characters.
    ligatures = [["".join(rng.choices("\ufdfa\ufdfb", k=MAX_LENGTH))] for _ in range(rounds)]
    longest = _each(ligatures, lambda one: check(one, _OWN, common=common))
    yield spread_line("A senha que mais demora, julgada por todas as regras", longest, "µs")
    # It takes a hundred times as long.
    told = _each(
        [some[: each // 30 + 1] for some in phrases], lambda one: measure_strength(one, _OWN, rules)
    )
    yield spread_line("Força de uma senha de três palavras", told, "µs")
    first = Spread(tuple(_first_time() for _ in range(rounds)))
    yield spread_line("Força da primeira senha, zxcvbn importado", first, "ms")


def _draw(rng: random.Random, words: list[str]) -> str:
    word = rng.choice(words)
    return word if rng.random() < 0.5 else "".join(rng.sample(word, len(word)))


def _each(rounds: list[list[str]], act: Callable[[str], object]) -> Spread:
    taken = []
    for passwords in rounds:
        begun = perf_counter()
        for password in passwords:
            act(password)
        taken.append((perf_counter() - begun) / len(passwords) * 1_000_000)
    return Spread(tuple(taken))


def _milliseconds(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return (perf_counter() - begun) * 1000


def _first_time() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _FIRST], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout)
