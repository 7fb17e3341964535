"""What staff read of the queue and of the ledger: plain, whole, and saying what to do."""

from dataclasses import replace
from itertools import product

import pytest

from kiosk.domain import cards, cpfs
from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.services.queue_answers import Cause, NoteProblem, QueueEntry, QueueState, QueueWay
from tests.ui.queue_entries import (
    DECIDED_AT,
    STOPPED_WAYS,
    decided,
    receipt,
    stopped,
    untried,
    waiting,
)
from ui.words import queue
from ui.words.ledger import found_words, ledger_entry, ledger_row
from ui.words.queue import (
    EntryWords,
    QueueTab,
    Sign,
    age_words,
    empty_words,
    kind_title,
    next_words,
    not_here_words,
    person_words,
    queue_row,
    subject_words,
)
from ui.words.queue_acts import (
    answered_again_words,
    done_words,
    note_problem_words,
    prompt_words,
    sent_again_words,
    too_late_words,
    trail_words,
    way_words,
)

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WHEN_STOPPED = [Cause(reason.value) for reason in ParkedReason]
WHILE_WAITING = [None, Cause.INTERNAL, *(one for one in Cause if one not in WHEN_STOPPED)]
JARGON = ("outbox", "lease", "HTTP", "registro de", "operação", "timeout", "None", "{")


def is_plain(text: str) -> bool:
    return bool(text) and not any(word in text for word in JARGON)


def queue_entry(entry: QueueEntry, *, is_online: bool | None = True) -> EntryWords:
    return queue.queue_entry(entry, is_online=is_online)


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
        (0, "em instantes"),
        (4, "em instantes"),
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
        (untried(1), "Aguardando", "envio em instantes", Sign.WAITING),
        (
            replace(waiting(2), state=QueueState.BEHIND, behind=receipt(1)),
            "Espera outro pedido",
            f"depois de {receipt(1)}",
            Sign.WAITING,
        ),
        (replace(waiting(1), state=QueueState.SENDING), "Enviando", "a caminho", Sign.WAITING),
        (stopped(1), "Parado", "pedido não entendido", Sign.STOPPED),
        (
            replace(stopped(1), state=QueueState.HANDED),
            "Com o supervisor",
            "pedido não entendido",
            Sign.HANDED,
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
    can_be_sent = QueueWay.SEND_AGAIN in entry.ways
    assert ("enviar de novo sem risco" in text) == can_be_sent
    assert "supervisor" in text
    without_line = queue_entry(entry, is_online=False).text
    # What failed at the registry is for the supervisor first, with or without line.
    waits = can_be_sent and cause is not Cause.REGISTRY_FAILED
    assert ("Espere a linha voltar" in without_line) == waits
    assert "Espere" not in text


@pytest.mark.parametrize("cause", [Cause.DAMAGED, Cause.NO_ANSWER])
def test_what_is_handed_over_keeps_its_cause(cause: Cause) -> None:
    entry = replace(stopped(1, cause), state=QueueState.HANDED, note="Volta na quinta.")
    told = queue_entry(entry)
    assert told.text == "Passado ao supervisor. Você não precisa fazer mais nada."
    assert facts_of(told)["Parou porque"] == queue_entry(stopped(1, cause)).title
    assert facts_of(told)["Anotação"] == "Volta na quinta."


def test_facts_of_what_waits() -> None:
    assert facts_of(queue_entry(waiting(1))) == {
        "Pedido": "Cadastro, 31/05/2024, 09:12",
        "Pessoa": "CPF ***.456.789-**",
        "Tentativas": "3; a próxima em 2 min",
    }
    unsure = queue_entry(replace(untried(1), age_seconds=None))
    assert facts_of(unsure)["Pedido"].endswith("(hora incerta)")
    assert facts_of(unsure)["Tentativas"] == "nenhuma ainda; a próxima em instantes"
    behind = queue_entry(replace(untried(2), state=QueueState.BEHIND, behind=receipt(1)))
    assert facts_of(behind)["Espera por"] == receipt(1)
    assert receipt(1) in behind.text
    assert facts_of(queue_entry(stopped(1)))["Tentativas"] == "3; não há nova tentativa automática"


@pytest.mark.parametrize("kind", OperationKind)
def test_every_kind_has_its_word(kind: OperationKind) -> None:
    assert is_plain(kind_title(kind))


@pytest.mark.parametrize("state", QueueState)
def test_every_way_has_its_words_and_at_most_one_is_the_main_one(state: QueueState) -> None:
    entry = replace(stopped(1), state=state, ways=STOPPED_WAYS)
    if state is QueueState.HANDED:
        entry = replace(entry, ways=(QueueWay.SEND_AGAIN, QueueWay.WITHDRAW))
    told = way_words(entry)
    assert [one.way for one in told] == list(entry.ways)
    assert all(is_plain(one.text) and one.is_open for one in told)
    assert sum(one.is_main for one in told) == (state is not QueueState.HANDED)


def test_a_supervisors_ways_say_whose_they_are() -> None:
    entry = replace(
        stopped(1), state=QueueState.HANDED, ways=(QueueWay.SEND_AGAIN, QueueWay.WITHDRAW)
    )
    assert [one.text for one in way_words(entry)] == [
        "Supervisor: enviar de novo",
        "Supervisor: retirar",
    ]


def test_what_is_on_its_way_cannot_be_hurried_further() -> None:
    (told,) = way_words(replace(waiting(1), state=QueueState.SENDING))
    assert (told.text, told.is_open) == ("Tentando…", False)
    (told,) = way_words(waiting(1))
    assert (told.text, told.is_open, told.is_main) == ("Tentar agora", True, True)


def test_withdrawing_is_never_the_main_way() -> None:
    (told,) = way_words(replace(stopped(1), ways=(QueueWay.WITHDRAW,)))
    assert not told.is_main


def test_what_was_sent_again_is_told_before_and_after_its_answer() -> None:
    assert receipt(7) in sent_again_words(receipt(7))
    assert answered_again_words(receipt(7), "Recusado", "O plano está cancelado.") == (
        f"Enviado de novo como {receipt(7)}. Resposta: Recusado. O plano está cancelado."
    )
    assert trail_words(receipt(1), receipt(7)) == (
        f"{receipt(1)} foi enviado de novo como {receipt(7)}"
    )


def test_what_an_entry_says_itself_is_not_said_twice() -> None:
    assert done_words(QueueWay.HAND_OVER) == ""
    assert is_plain(done_words(QueueWay.TRY_NOW))
    assert is_plain(done_words(QueueWay.WITHDRAW))


def test_withdrawing_says_whose_wish_it_is_and_what_becomes_of_it() -> None:
    subject = subject_words(replace(stopped(1), age_seconds=3 * HOUR))
    assert subject == "Cadastro · ***.456.789-** · feito há 3 h"
    prompt = prompt_words(QueueWay.WITHDRAW, subject)
    assert prompt.subject == subject
    assert "não será atendido, a não ser que o cadastro central já o tenha recebido" in prompt.text
    assert prompt.is_grave
    assert not prompt_words(QueueWay.HAND_OVER, subject).is_grave
    assert subject_words(replace(stopped(1), age_seconds=None)).endswith("· hora incerta")


def test_a_mask_says_what_is_masked() -> None:
    assert person_words(cpfs.mask("52998224725")) == "CPF ***.982.247-**"
    assert person_words(cards.mask("00420000000300")) == "cartão ••••0300"
    assert person_words("") == ""


def test_only_an_answer_is_called_one() -> None:
    for outcome in Outcome:
        facts = facts_of(ledger_entry(decided(1, outcome)))
        is_answer = outcome in (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.QUARANTINED)
        assert ("Resposta" in facts) == is_answer
        assert ("Quando" in facts) != is_answer


@pytest.mark.parametrize(
    "words",
    [
        *(empty_words(tab, stopped) for tab in QueueTab for stopped in (0, 2)),
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
        "Pessoa": "CPF ***.456.789-**",
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
