"""Every answer has its words, and says what to do."""

from datetime import datetime
from itertools import product

import pytest

from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.clock_errors import ClockError, ClockErrorKind
from kiosk.domain.disks import DiskState
from kiosk.domain.forms import Field, FieldProblem, Problem, Rules
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.passwords import PasswordProblem
from kiosk.domain.sign_in import SignInResult
from kiosk.domain.strengths import Advice, Strength, StrengthLevel
from kiosk.services.answers import (
    Decided,
    LineStatus,
    ReceiptFound,
    ReceiptState,
    ReceiptUnknown,
    Waiting,
)
from ui.words.lines import line_words
from ui.words.outcomes import Mood, Told, decided_words, refused_words, waiting_words
from ui.words.problems import problem_words
from ui.words.receipts import found_words, unknown_words
from ui.words.sign_ins import needs_line_words, refusal_words
from ui.words.strengths import first_advice, strength_words
from ui.words.ways import Way, way_words

RECEIPT = "K7Q2MT-0042-B"
SINCE = datetime(2024, 6, 1, 14, 5)  # noqa: DTZ001 - shown as the device's local time
PROBLEMS: tuple[Problem, ...] = (*FieldProblem, *BirthDateProblem, *PasswordProblem)


def is_sentence(text: str) -> bool:
    return len(text) > 8 and text[0].isupper() and text.rstrip().endswith((".", "?"))


@pytest.mark.parametrize(("field", "problem"), list(product(Field, PROBLEMS)))
def test_every_problem_has_its_words_at_every_field(field: Field, problem: Problem) -> None:
    words = problem_words(field, problem, Rules())
    assert is_sentence(words)
    assert "{" not in words


def test_problems_of_one_kind_have_different_words() -> None:
    words = {problem_words(Field.CARD, problem, Rules()) for problem in FieldProblem}
    assert len(words) == len(FieldProblem)
    refusals = {problem_words(Field.PASSWORD, problem, Rules()) for problem in PasswordProblem}
    assert len(refusals) == len(PasswordProblem)


def test_every_strength_has_words_of_its_own_that_fit_beside_the_bars() -> None:
    strengths = [Strength(*one) for one in product(StrengthLevel, (None, *Advice))]
    words = [strength_words(one) for one in strengths] + [first_advice()]
    assert len(set(words)) == len(words)
    assert all(one[0].isupper() and len(one) <= 42 for one in words)


def test_short_password_is_told_the_length_of_the_settings() -> None:
    rules = Rules(min_password_length=15)
    assert "15" in problem_words(Field.PASSWORD, PasswordProblem.TOO_SHORT, rules)


def test_only_cadastro_points_to_the_box_for_people_without_cpf() -> None:
    without = problem_words(Field.CPF, FieldProblem.EMPTY, Rules())
    with_box = problem_words(Field.CPF, FieldProblem.EMPTY, Rules(), may_lack_cpf=True)
    assert "Não possui CPF" not in without
    assert "Não possui CPF" in with_box


@pytest.mark.parametrize(
    ("kind", "outcome", "reason"), list(product(OperationKind, Outcome, (*Reason, None)))
)
def test_every_outcome_has_its_words(
    kind: OperationKind, outcome: Outcome, reason: Reason | None
) -> None:
    told = decided_words(kind, Decided(RECEIPT, outcome, reason))
    assert told.title
    assert is_sentence(told.text)
    assert told.receipt == RECEIPT
    assert len(told.ways) <= 2
    assert (told.mood is Mood.GOOD) == (outcome is Outcome.ACCEPTED)
    if outcome is Outcome.REJECTED:
        assert told.ways


def test_reasons_that_a_person_can_act_on_have_their_own_words() -> None:
    of_staff = (Reason.ID_REUSED, Reason.UNKNOWN_CURSOR, Reason.DEVICE_REVOKED)
    own = [reason for reason in Reason if reason not in (*of_staff, Reason.THROTTLED)]
    texts = {refused_words(reason, RECEIPT).text for reason in own}
    assert len(texts) == len(own)
    # What somebody did before is told to nobody.
    told = [refused_words(reason, None) for reason in (Reason.THROTTLED, Reason.IDENTITY_MISMATCH)]
    assert told[0] == told[1]


def test_mismatch_is_generic() -> None:
    told = refused_words(Reason.IDENTITY_MISMATCH, RECEIPT)
    assert "o CPF e a data de nascimento não conferem" in told.text
    assert "espere alguns minutos antes de tentar de novo" in told.text
    assert "0800 888 9504" in told.text


@pytest.mark.parametrize(
    ("reason", "way"),
    [
        (Reason.ALREADY_REGISTERED, Way.SIGN_IN),
        (Reason.NOT_REGISTERED, Way.REGISTER),
        (Reason.IDENTITY_MISMATCH, Way.CORRECT),
        (Reason.NOT_COVERED, Way.HELP),
    ],
)
def test_refusal_leads_on(reason: Reason, way: Way) -> None:
    assert refused_words(reason, RECEIPT).ways[0] is way


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize(
    "waiting",
    [
        Waiting(RECEIPT),
        Waiting(RECEIPT, is_earlier=True),
        Waiting(RECEIPT, cancel_came_late=True),
    ],
)
def test_waiting_never_claims_to_be_done(kind: OperationKind, waiting: Waiting) -> None:
    told = waiting_words(kind, waiting)
    assert told.title == "Recebido, aguardando confirmação"
    assert "cadastrado" not in told.text.casefold()
    assert told.receipt == RECEIPT
    assert is_sentence(told.text)


@pytest.mark.parametrize("result", SignInResult)
def test_every_sign_in_result_has_its_words(result: SignInResult) -> None:
    assert is_sentence(refusal_words(result))


def test_generic_sign_in_answer() -> None:
    words = refusal_words(SignInResult.NO_MATCH)
    for part in ("não conferem", "espere alguns minutos antes de tentar de novo", "0800 888 9504"):
        assert part in words


def test_sign_in_without_line_says_what_can_be_done() -> None:
    for part in ("linha", "Cadastro", "Esqueci minha senha", "balcão", "0800 888 9504"):
        assert part in needs_line_words()


@pytest.mark.parametrize("way", Way)
def test_every_way_has_its_words(way: Way) -> None:
    assert way_words(way)


@pytest.mark.parametrize(("kind", "state"), list(product(OperationKind, ReceiptState)))
def test_every_receipt_state_has_its_words(kind: OperationKind, state: ReceiptState) -> None:
    outcome = Outcome.ACCEPTED if state is ReceiptState.DECIDED else None
    told = found_words(ReceiptFound(RECEIPT, kind, SINCE, state, outcome))
    assert isinstance(told, Told)
    assert is_sentence(told.text)
    assert "01/06/2024, 14:05" in told.text


@pytest.mark.parametrize("state", ReceiptState)
def test_a_receipt_that_cannot_be_read_whole_has_its_words(state: ReceiptState) -> None:
    outcome = Outcome.ACCEPTED if state is ReceiptState.DECIDED else None
    told = found_words(ReceiptFound(RECEIPT, None, None, state, outcome))
    assert is_sentence(told.text)
    assert told.text.endswith("Pedido ilegível, feito em hora incerta.")


@pytest.mark.parametrize("line_is_down", [True, False])
def test_unknown_receipt_has_its_words(line_is_down: bool) -> None:
    assert is_sentence(unknown_words(ReceiptUnknown(line_is_down)))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (LineStatus(None, None, 0, 0), "Sem notícia da linha ainda"),
        (LineStatus(True, None, 0, 0), "Em linha"),
        (
            LineStatus(True, None, 0, 0, disk=DiskState.LOW),
            "Em linha · pouco espaço no disco: avise o suporte",
        ),
        (
            LineStatus(True, None, 1, 0, disk=DiskState.FULL, was_restored=True),
            "Em linha · 1 aguardando · sem espaço no disco, dados restaurados: avise o suporte",
        ),
        (
            LineStatus(True, None, 0, 0, needs_restart=True),
            "Em linha · o arquivo desta máquina está danificado: feche e abra o programa",
        ),
        (
            LineStatus(True, None, 0, 0, is_registry_strange=True),
            "Em linha · o cadastro central não é o desta máquina: avise o suporte",
        ),
        (LineStatus(True, None, 2, 0), "Em linha · 2 aguardando"),
        (LineStatus(False, SINCE, 0, 0), "Sem linha desde 14:05"),
        (LineStatus(False, None, 0, 0), "Sem linha"),
        (
            LineStatus(False, None, 0, 0, is_refused=True),
            "Sem linha · esta máquina está sem acesso ao cadastro central: avise o suporte",
        ),
        (
            LineStatus(False, SINCE, 3, 2),
            "Sem linha desde 14:05 · 1 aguardando · 2 precisam de um atendente",
        ),
        (
            LineStatus(True, None, 1, 1),
            "Em linha · 1 precisa de um atendente",
        ),
        *(
            (
                LineStatus(False, None, 1, 0, clock_error=ClockError(kind, 86_400)),
                "Sem linha · 1 aguardando · o relógio desta máquina está errado: avise o suporte",
            )
            for kind in ClockErrorKind
        ),
    ],
)
def test_foot(status: LineStatus, words: str) -> None:
    assert line_words(status) == words
