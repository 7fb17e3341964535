"""What staff read of the queue and of the ledger: plain, whole, and saying what to do."""

from dataclasses import replace
from itertools import product

import pytest

from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.services.queue_answers import Cause, NoteProblem, QueueState, QueueWay
from tests.ui.queue_entries import DECIDED_AT, decided, receipt, stopped, untried, waiting
from ui.words.ledger import found_words, ledger_entry, ledger_row
from ui.words.queue import (
    EntryWords,
    QueueTab,
    Sign,
    age_words,
    done_words,
    empty_words,
    kind_title,
    next_words,
    not_here_words,
    note_problem_words,
    prompt_words,
    queue_entry,
    queue_row,
    queue_way_words,
    too_late_words,
)

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WHEN_STOPPED = [Cause(reason.value) for reason in ParkedReason]
WHILE_WAITING = [None, Cause.INTERNAL, *(one for one in Cause if one not in WHEN_STOPPED)]
JARGON = ("outbox", "lease", "HTTP", "registro de", "operação", "timeout", "None", "{")


def is_plain(text: str) -> bool:
    return bool(text) and not any(word in text for word in JARGON)


def facts_of(entry: EntryWords) -> dict[str, str]:
    return {fact.caption: fact.text for fact in entry.facts}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "hora incerta"),
        (0, "há instantes"),
        (59, "há instantes"),
        (MINUTE, "há 1 min"),
        (12 * MINUTE + 59, "há 12 min"),
        (HOUR, "há 1 h"),
        (DAY - 1, "há 23 h"),
        (DAY, "há 1 dia"),
        (3 * DAY, "há 3 dias"),
        (400 * DAY, "há 400 dias"),
    ],
)
def test_ages(seconds: int | None, words: str) -> None:
    assert age_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "agora"),
        (4, "agora"),
        (5, "em 5 s"),
        (59, "em 59 s"),
        (60, "em 1 min"),
        (61, "em 2 min"),
        (HOUR, "em 1 h"),
        (HOUR + 1, "em 2 h"),
    ],
)
def test_next_tries(seconds: int, words: str) -> None:
    assert next_words(seconds) == words


@pytest.mark.parametrize(
    ("entry", "state", "more", "sign"),
    [
        (waiting(1), "Aguardando", "nova tentativa em 2 min", Sign.WAITING),
        (untried(1), "Aguardando", "envio agora", Sign.WAITING),
        (
            replace(waiting(2), state=QueueState.BEHIND, behind=receipt(1)),
            "Espera outro pedido",
            f"depois de {receipt(1)}",
            Sign.WAITING,
        ),
        (replace(waiting(1), state=QueueState.SENDING), "Enviando", "agora", Sign.WAITING),
        (stopped(1), "Parado", "precisa de alguém", Sign.STOPPED),
        (
            replace(stopped(1), state=QueueState.HANDED),
            "Com o supervisor",
            "parado",
            Sign.STOPPED,
        ),
    ],
)
def test_rows_say_where_something_stands(entry: object, state: str, more: str, sign: Sign) -> None:
    row = queue_row(entry)  # type: ignore[arg-type]
    assert (row.state, row.more, row.sign) == (state, more, sign)
    for part in (row.receipt, "Cadastro", "***.456.789-**", "há 12 min", state, more):
        assert part in row.spoken


@pytest.mark.parametrize("state", QueueState)
@pytest.mark.parametrize("cause", [*Cause, None])
def test_every_cause_is_told_in_plain_words(state: QueueState, cause: Cause | None) -> None:
    told = queue_entry(replace(waiting(1), state=state, cause=cause, behind=receipt(9)))
    assert is_plain(told.title)
    assert is_plain(told.text)
    assert told.text.endswith(".")


def test_causes_are_told_apart() -> None:
    told = {queue_entry(replace(waiting(1), cause=cause)).title for cause in WHILE_WAITING}
    assert len(told) == len(WHILE_WAITING)
    told = {queue_entry(stopped(1, cause)).title for cause in WHEN_STOPPED}
    assert len(told) == len(WHEN_STOPPED)


@pytest.mark.parametrize("cause", WHEN_STOPPED)
def test_what_is_stopped_is_told_only_what_can_be_done(cause: Cause) -> None:
    entry = stopped(1, cause)
    text = queue_entry(entry).text
    assert ("Enviar de novo" in text) == (QueueWay.SEND_AGAIN in entry.ways)
    assert "supervisor" in text


@pytest.mark.parametrize("cause", [Cause.DAMAGED, Cause.NO_ANSWER])
def test_what_is_handed_over_keeps_its_cause(cause: Cause) -> None:
    entry = replace(stopped(1, cause), state=QueueState.HANDED, note="Volta na quinta.")
    told = queue_entry(entry)
    assert queue_entry(stopped(1, cause)).title in told.text
    assert ("enviar de novo" in told.text) == (QueueWay.SEND_AGAIN in entry.ways)
    assert facts_of(told)["Anotação"] == "Volta na quinta."


def test_facts_of_what_waits() -> None:
    assert facts_of(queue_entry(waiting(1))) == {
        "Pedido": "Cadastro, 31/05/2024, 09:12",
        "Pessoa": "***.456.789-**",
        "Tentativas": "3; a próxima em 2 min",
    }
    unsure = queue_entry(replace(untried(1), age_seconds=None))
    assert facts_of(unsure)["Pedido"].endswith("(hora incerta)")
    assert facts_of(unsure)["Tentativas"] == "nenhuma ainda; a próxima agora"
    behind = queue_entry(replace(untried(2), state=QueueState.BEHIND, behind=receipt(1)))
    assert facts_of(behind)["Espera por"] == receipt(1)
    assert receipt(1) in behind.text
    assert facts_of(queue_entry(stopped(1)))["Tentativas"] == "3"


@pytest.mark.parametrize("kind", OperationKind)
def test_every_kind_has_its_word(kind: OperationKind) -> None:
    assert is_plain(kind_title(kind))


@pytest.mark.parametrize("way", QueueWay)
def test_every_way_has_its_words_and_what_is_said_afterwards(way: QueueWay) -> None:
    assert is_plain(queue_way_words(way))
    assert is_plain(done_words(way, None))


def test_the_new_receipt_is_told() -> None:
    assert receipt(7) in done_words(QueueWay.SEND_AGAIN, receipt(7))


def test_withdrawing_says_what_becomes_of_the_wish() -> None:
    prompt = prompt_words(QueueWay.WITHDRAW)
    assert "não será atendido, a não ser que o cadastro central já o tenha recebido" in prompt.text
    assert prompt.confirm != prompt_words(QueueWay.HAND_OVER).confirm


@pytest.mark.parametrize(
    "words",
    [
        *(empty_words(tab) for tab in QueueTab),
        *(note_problem_words(problem) for problem in NoteProblem),
        not_here_words(),
        too_late_words(),
    ],
)
def test_what_else_is_said_is_plain(words: str) -> None:
    assert is_plain(words)
    assert words.endswith(".")


@pytest.mark.parametrize(
    ("kind", "outcome", "reason"), list(product(OperationKind, Outcome, (*Reason, None)))
)
def test_every_decision_is_told_in_plain_words(
    kind: OperationKind, outcome: Outcome, reason: Reason | None
) -> None:
    entry = replace(decided(1, outcome), kind=kind, reason=reason)
    told, row = ledger_entry(entry), ledger_row(entry)
    assert is_plain(told.title)
    assert is_plain(told.text)
    assert told.text.endswith(".")
    assert row.state == told.title
    assert row.sign is told.sign
    assert (told.sign is Sign.GOOD) == (outcome is Outcome.ACCEPTED)
    assert bool(row.more) == (outcome in (Outcome.REJECTED, Outcome.QUARANTINED))
    assert not told.ways


def test_refusals_that_staff_can_do_something_about_are_told_apart() -> None:
    own = list(Reason)[:6]
    texts = {
        ledger_entry(replace(decided(1, Outcome.REJECTED), reason=reason)).text for reason in own
    }
    assert len(texts) == len(own)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin.NONE, "sem cadastro"),
        (Origin.LEGACY_APP, "senha de aplicativo antigo"),
        (Origin.PORTAL, "senha do Portal"),
        (Origin.APP_2024, "cadastro PAS/SERPRO (2024)"),
    ],
)
def test_what_the_registry_had(origin: Origin, words: str) -> None:
    active = Found(origin, MembershipStatus.ACTIVE)
    assert found_words(active, None) == f"{words}; plano ativo"
    cancelled = Found(origin, MembershipStatus.CANCELLED, 1)
    assert found_words(cancelled, DECIDED_AT) == (
        f"{words}; plano cancelado; mudado pela última vez em 31/05/2024, 09:40"
    )


def test_facts_of_what_was_decided() -> None:
    assert facts_of(ledger_entry(decided(1))) == {
        "Pedido": "Cadastro, 31/05/2024, 09:12",
        "Pessoa": "***.456.789-**",
        "O que havia": "sem cadastro; plano ativo",
        "Resposta": "31/05/2024, 09:40",
    }
    unknown = replace(decided(1, Outcome.REJECTED), found=None, decided_at=None)
    assert "ninguém" in facts_of(ledger_entry(unknown))["O que havia"]
    assert facts_of(ledger_entry(unknown))["Resposta"] == "não se sabe quando"
    assert ledger_row(unknown).when == ""


def test_what_was_sent_again_and_what_was_withdrawn() -> None:
    again = ledger_entry(replace(decided(1, Outcome.REPLACED), replaced_by=receipt(2)))
    assert receipt(2) in again.text
    assert facts_of(again)["Recibo novo"] == f"enviado de novo com o recibo {receipt(2)}"
    gone = ledger_entry(replace(decided(1, Outcome.WITHDRAWN), note="Desistiu."))
    assert facts_of(gone)["Anotação"] == "Desistiu."
    assert "O que havia" not in facts_of(gone)


def test_what_cannot_be_read_any_more_says_so() -> None:
    odd = replace(stopped(1, Cause.DAMAGED), kind=None, made_at=None, age_seconds=None)
    assert queue_row(odd).kind == "Pedido ilegível"
    assert facts_of(queue_entry(odd))["Pedido"] == "Pedido ilegível, hora incerta"


def test_an_answer_that_cannot_be_read_any_more_says_so() -> None:
    odd = replace(decided(1), kind=None, made_at=None)
    told = ledger_entry(odd)
    assert facts_of(told)["Pedido"] == "Pedido ilegível, hora incerta"
    assert (told.title, told.text) == ("Aceito", "O cadastro central fez o que foi pedido.")
    unreadable = replace(odd, outcome=None)
    told = ledger_entry(unreadable)
    assert (told.sign, told.title) == (Sign.STOPPED, "Resposta ilegível")
    assert "supervisor" in told.text
    assert ledger_row(unreadable).state == "Resposta ilegível"
