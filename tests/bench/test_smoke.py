"""The measurements run, and say what they are made to say. No figure is judged here."""

import re
from pathlib import Path

import pytest

from tests.bench import run
from tests.bench.comparisons import Bound, Comparison, Spread, alternate
from tests.bench.reports import lines_of

_EACH = r"[0-9]+,[0-9]+ \([0-9]+,[0-9]+ a [0-9]+,[0-9]+\)"


@pytest.mark.parametrize(
    ("name", "ratios", "bounds"), [("pintura", 1, 0), ("silencio", 0, 9), ("acao", 2, 0)]
)
def test_each_measurement_says_its_figures(
    name: str, ratios: int, bounds: int, tmp_path: Path
) -> None:
    said = list(run.figures(run.TINY, tmp_path)[name]())
    assert sum(bool(re.search(f": {_EACH} vezes", line)) for line in said) == ratios
    assert sum(bool(re.search(f"^[^ ].*: {_EACH} ms", line)) for line in said) == bounds


def test_the_look_up_comes_after_the_imports_it_needs(tmp_path: Path) -> None:
    said = list(run.figures(run.TINY, tmp_path)["busca"]())
    begun = [line.partition(" ")[0] for line in said if not line.startswith(" ")]
    assert begun == ["Amostra", "Importação", "Amostra", "Importação", "Busca", "Busca"]


def test_two_things_have_their_turns_alternately() -> None:
    turns: list[str] = []

    def take(name: str, value: float) -> float:
        turns.append(name)
        return value

    ours, bare = alternate(lambda: take("A", 3.0), lambda: take("B", 2.0), 2)
    assert turns == ["A", "B", "A", "B"]
    assert Comparison("", "", "ms", ours, bare).ratio == Spread((1.5, 1.5))


def test_the_ratio_of_rates_says_how_many_times_the_time() -> None:
    rates = Comparison("", "", "/s", Spread((50.0,)), Spread((200.0,)), more_is_better=True)
    assert rates.ratio.middle == 4.0


def test_a_figure_is_told_with_its_spread_and_its_aim() -> None:
    compared = Comparison("Isto", "aquilo", "ms", Spread((1.0, 2.0, 6.0)), Spread((1.0,) * 3), 2.5)
    assert lines_of(compared) == [
        "Isto: 2,00 (1,00 a 6,00) vezes; alvo 2,50",
        "    2,0 (1,0 a 6,0) ms; aquilo: 1,0 (1,0 a 1,0) ms",
    ]
    bound = Bound("Silêncio", Spread((4.0,)), 50.0, "depois de um toque")
    assert lines_of(bound) == [
        "Silêncio: 4,0 (4,0 a 4,0) ms; alvo 50 ms",
        "    o mais longo: depois de um toque",
    ]
