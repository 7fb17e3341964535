"""The measurements run, and say what they are made to say. No figure is judged here."""

import re
from pathlib import Path

import pytest

from tests.bench import fsyncs, pouchdbs, run
from tests.bench.comparisons import Bound, Comparison, Spread, alternate
from tests.bench.reports import counts_line, lines_of

_EACH = r"[0-9]+,[0-9]+ \([0-9]+,[0-9]+ a [0-9]+,[0-9]+\)"


@pytest.mark.parametrize(
    ("name", "ratios", "bounds"),
    [
        ("pintura", 1, 0),
        pytest.param("silencio", 0, 10, marks=pytest.mark.soak),
        ("acao", 2, 0),
        ("cifra", 3, 0),
        ("espera", 1, 0),
        pytest.param("fila", 6, 0, marks=pytest.mark.soak),
        pytest.param("entrega", 1, 0, marks=pytest.mark.soak),
        pytest.param("retrato", 1, 1, marks=pytest.mark.soak),
    ],
)
def test_each_measurement_says_its_figures(
    name: str, ratios: int, bounds: int, tmp_path: Path
) -> None:
    said = list(run.figures(run.TINY, tmp_path, tmp_path / "peers")[name]())
    assert sum(bool(re.search(f": {_EACH} vezes", line)) for line in said) == ratios
    assert sum(bool(re.search(f"^[^ ].*: {_EACH} ms", line)) for line in said) == bounds


def test_the_times_of_answers_are_told_of_everyone_alike(tmp_path: Path) -> None:
    said = list(run.figures(run.TINY, tmp_path)["respostas"]())
    told = re.compile(r"^    (.+): [0-9]+,[0-9] \([0-9]+,[0-9] a [0-9]+,[0-9]\) ms$")
    kinds = [match[1] for line in said if (match := told.match(line))]
    assert (len(said), len(kinds)) == (20, 17)
    assert kinds[:7] == kinds[10:]


@pytest.mark.skipif(not fsyncs.can_count(), reason="needs strace")
def test_waits_for_the_disk_are_those_between_the_marks(tmp_path: Path) -> None:
    program = """
from pathlib import Path
import os, sys
from tests.bench.fsyncs import mark
with open(sys.argv[1], "wb") as file:
    os.fsync(file.fileno())
    mark()
    os.fsync(file.fileno())
    os.fdatasync(file.fileno())
    mark()
    os.fsync(file.fileno())
"""
    assert fsyncs.count(["-c", program, str(tmp_path / "file")]) == 2


def test_the_look_up_comes_after_the_imports_it_needs(tmp_path: Path) -> None:
    said = list(run.figures(run.TINY, tmp_path)["busca"]())
    begun = [line.partition(" ")[0] for line in said if not line.startswith(" ")]
    assert begun == ["Amostra", "Importação", "Amostra", "Importação", "Busca", "Busca"]


def test_what_a_password_costs_is_told(tmp_path: Path) -> None:
    said = list(run.figures(run.TINY, tmp_path)["senha"]())
    begun = [line.partition(" ")[0] for line in said]
    assert begun == ["Lista", "Busca", "Senha", "Senha", "A", "Força", "Força"]
    assert all(re.search(f": {_EACH} (µs|ms)", line) for line in said)
    assert said[1].endswith("alvo 50 µs")


def test_a_peer_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(pouchdbs.NotHere):
        pouchdbs.PouchDB(tmp_path, fetch=False)


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
    least = Comparison("Isto", "aquilo", "/s", Spread((3.0,)), Spread((2.0,)), 4, at_least=True)
    assert lines_of(least)[0] == "Isto: 1,50 (1,50 a 1,50) vezes o ritmo; alvo pelo menos 4,00"
    assert counts_line("fsync", {"isto": 1.0, "aquilo": 3.0}, 1.02) == (
        "fsync: isto 1,00; aquilo 3,00; alvo 1,02"
    )
    bound = Bound("Silêncio", Spread((4.0,)), 50.0, "depois de um toque")
    assert lines_of(bound) == [
        "Silêncio: 4,0 (4,0 a 4,0) ms; alvo 50 ms",
        "    o mais longo: depois de um toque",
    ]


def test_what_the_sieve_of_a_kiosk_costs_is_told(tmp_path: Path) -> None:
    said = list(run.figures(run.TINY, tmp_path)["digestos"]())
    begun = [line.strip().partition(" ")[0] for line in said]
    assert begun[:5] == ["Verificador", "Verificador", "Digesto", "Processador", "a"]
    assert begun[5:] == ["Retrato:", *["Conferência", "só"] * 3, "Busca"]
