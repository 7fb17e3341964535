"""A soak, told as to a supervisor."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.faults.misses import Miss, Misses
from tests.faults.plans import Fault
from tests.faults.verdicts import Totals

FAULT_WORDS = {
    Fault.DELAY: "atraso",
    Fault.CUT_BEFORE: "queda antes do pedido",
    Fault.CUT_AFTER: "queda depois do pedido, antes da resposta",
    Fault.HALF_ANSWER: "resposta pela metade",
    Fault.DRIP: "resposta byte a byte",
    Fault.CORRUPT_ANSWER: "resposta com bytes trocados",
    Fault.CORRUPT_REQUEST: "pedido com bytes trocados",
    Fault.REFUSE: "conexão recusada",
    Fault.BLACK_HOLE: "conexão aceita e muda",
    Fault.DUPLICATE: "pedido entregue duas vezes",
}
MISS_WORDS = {
    Miss.LOST: "perdidas",
    Miss.DOUBLED: "dobradas",
    Miss.OUT_OF_ORDER: "fora de ordem",
    Miss.STUCK: "presas",
    Miss.MISJUDGED: "decididas contra as regras",
    Miss.CHANGED: "alteradas no caminho",
    Miss.RECEIPT_REPEATED: "recibos repetidos",
    Miss.DAMAGED: "arquivos danificados",
    Miss.FELL: "programas que pararam sozinhos",
}
_OUTCOME_WORDS = {
    "accepted": "aceitas",
    "rejected": "recusadas",
    "quarantined": "à espera de um supervisor",
}


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a soak has to tell.

    Attributes:
        kills: By the name of what was killed.
        unreached: Exchanges that found the registry itself down.
    """

    desks: int
    kiosks: int
    seconds: float
    seed: int
    kills: Mapping[str, int]
    faults: Mapping[Fault, int]
    exchanges: int
    drained_seconds: float
    files: int
    bytes_on_disk: int
    totals: Totals
    misses: Misses


def summary(story: Story) -> Iterator[str]:
    """Yield the lines of the report."""
    totals = story.totals
    yield ""
    yield f"Prova da fila: {_places(story.desks, story.kiosks)}, um cadastro central"
    yield f"  duração: {_minutes(story.seconds)}; semente: {story.seed}"
    yield (
        f"  ações confirmadas a quem as pediu: {_number(totals.acknowledged)}; "
        f"desistências a tempo: {_number(totals.withdrawn)}"
    )
    decided = "; ".join(
        f"{words}: {_number(totals.decided.get(outcome, 0))}"
        for outcome, words in _OUTCOME_WORDS.items()
    )
    yield f"  decididas no cadastro central: {_number(sum(totals.decided.values()))} ({decided})"
    yield f"  desligadas de repente (SIGKILL): {_number(sum(story.kills.values()))} vezes"
    for name, times in story.kills.items():
        yield f"    {name}: {_number(times)}"
    total = sum(story.faults.values())
    yield f"  falhas de linha: {_number(total)} em {_number(story.exchanges)} trocas de mensagens"
    for fault, words in FAULT_WORDS.items():
        yield f"    {words}: {_number(story.faults.get(fault, 0))}"
    yield (
        f"  sem mais falhas, as filas se esvaziaram em {story.drained_seconds:.0f} s; "
        f"separadas para uma pessoa olhar: {_number(totals.parked)}"
    )
    yield (
        f"  arquivos de banco conferidos: {story.files}; "
        f"no disco: {story.bytes_on_disk / 1_000_000:.0f} MB"
    )
    counts: Counter[Miss] = story.misses.counts
    yield "  " + ", ".join(f"{words} {counts[miss]}" for miss, words in MISS_WORDS.items())
    yield "Nada faltou." if not counts.total() else "HÁ FALTAS:"
    yield from (f"  {line}" for line in story.misses.lines())


def progress(seconds: float, actions: int, kills: int, faults: int) -> str:
    """Return the line of one minute."""
    return (
        f"{_minutes(seconds)}: {_number(actions)} ações, {_number(kills)} desligamentos, "
        f"{_number(faults)} falhas de linha"
    )


def _places(desks: int, kiosks: int) -> str:
    return f"{_counted(desks, 'balcão', 'balcões')}, {_counted(kiosks, 'quiosque', 'quiosques')}"


def _counted(count: int, one: str, many: str) -> str:
    words = {1: "um", 2: "dois", 3: "três"}
    return f"{words.get(count, str(count))} {one if count == 1 else many}"


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")
