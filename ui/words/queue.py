"""What staff read of an operation that has no answer yet, and of what can be done about it."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from kiosk.domain.operations import OperationKind
from kiosk.services.queue_answers import NoteProblem, QueueEntry, QueueState, QueueWay
from ui.words.causes import story_words

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_SOON_SECONDS = 5


class QueueTab(StrEnum):
    """The three lists: what waits, what of it waits for a person, what was answered."""

    WAITING = "waiting"
    STOPPED = "stopped"
    ANSWERED = "answered"


class Sign(StrEnum):
    """How an entry looks: on its way, stopped, done, refused, led elsewhere."""

    WAITING = "waiting"
    STOPPED = "stopped"
    GOOD = "good"
    REFUSED = "refused"
    POINTED = "pointed"


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row of a list.

    Attributes:
        when: Age of what waits, or when the answer came.
        state: Where it stands, in a word or two.
        more: What is to be known of that, below it.
    """

    receipt: str
    kind: str
    person: str
    when: str
    sign: Sign
    state: str
    more: str

    @property
    def spoken(self) -> str:
        """The whole row, for whoever listens."""
        parts = (self.receipt, self.kind, self.person, self.when, self.state, self.more)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to be known of an entry, and what it is called."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class EntryWords:
    """All that is told of one entry.

    Attributes:
        title: Where it stands.
        text: Why, and what to do.
        ways: What can be done about it, the likeliest first.
    """

    receipt: str
    sign: Sign
    title: str
    text: str
    facts: tuple[Fact, ...]
    ways: tuple[QueueWay, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said when a reason is asked for.

    Attributes:
        confirm: The words of the button that does it.
    """

    title: str
    text: str
    confirm: str


def queue_row(entry: QueueEntry) -> RowWords:
    """Return the row of something unanswered."""
    state, more = _state_words(entry)
    return RowWords(
        entry.receipt,
        kind_title(entry.kind),
        entry.label,
        age_words(entry.age_seconds),
        Sign.STOPPED if _is_stopped(entry) else Sign.WAITING,
        state,
        more,
    )


def queue_entry(entry: QueueEntry) -> EntryWords:
    """Return all that is told of something unanswered."""
    translate = QCoreApplication.translate
    title, text = story_words(entry)
    facts = [
        Fact(translate("queue", "Pedido"), _asked(entry)),
        Fact(translate("queue", "Pessoa"), entry.label),
        Fact(translate("queue", "Tentativas"), _tries(entry)),
    ]
    if entry.behind is not None:
        facts.append(Fact(translate("queue", "Espera por"), entry.behind))
    if entry.note:
        facts.append(Fact(translate("queue", "Anotação"), entry.note))
    sign = Sign.STOPPED if _is_stopped(entry) else Sign.WAITING
    return EntryWords(entry.receipt, sign, title, text, tuple(facts), entry.ways)


def kind_title(kind: OperationKind | None) -> str:
    """Return what was asked for, in a word or two; None where it cannot be read any more."""
    translate = QCoreApplication.translate
    if kind is None:
        return translate("queue", "Pedido ilegível")
    return {
        OperationKind.REGISTER: translate("queue", "Cadastro"),
        OperationKind.RESET: translate("queue", "Senha nova"),
        OperationKind.SET_EMAIL: translate("queue", "E-mail"),
    }[kind]


def age_words(seconds: int | None) -> str:
    """Return how long ago something was; None where the clock cannot tell."""
    translate = QCoreApplication.translate
    if seconds is None:
        return translate("queue", "hora incerta")
    if seconds < _MINUTE:
        return translate("queue", "há instantes")
    if seconds < _HOUR:
        return translate("queue", "há {0} min").replace("{0}", str(seconds // _MINUTE))
    if seconds < _DAY:
        return translate("queue", "há {0} h").replace("{0}", str(seconds // _HOUR))
    if seconds < 2 * _DAY:
        return translate("queue", "há 1 dia")
    return translate("queue", "há {0} dias").replace("{0}", str(seconds // _DAY))


def next_words(seconds: int) -> str:
    """Return when something is tried: now, or in so long."""
    translate = QCoreApplication.translate
    if seconds < _SOON_SECONDS:
        return translate("queue", "agora")
    if seconds < _MINUTE:
        return translate("queue", "em {0} s").replace("{0}", str(seconds))
    if seconds < _HOUR:
        return translate("queue", "em {0} min").replace("{0}", str(-(-seconds // _MINUTE)))
    return translate("queue", "em {0} h").replace("{0}", str(-(-seconds // _HOUR)))


def queue_way_words(way: QueueWay) -> str:
    """Return the words of the button that does something about an entry."""
    translate = QCoreApplication.translate
    return {
        QueueWay.TRY_NOW: translate("queue", "Tentar agora"),
        QueueWay.SEND_AGAIN: translate("queue", "Enviar de novo"),
        QueueWay.HAND_OVER: translate("queue", "Passar ao supervisor"),
        QueueWay.WITHDRAW: translate("queue", "Retirar da fila"),
    }[way]


def prompt_words(way: QueueWay) -> Prompt:
    """Return what is said before something is handed over or withdrawn."""
    translate = QCoreApplication.translate
    if way is QueueWay.HAND_OVER:
        return Prompt(
            translate("queue", "Passar ao supervisor?"),
            translate(
                "queue",
                "O pedido continua parado aqui até o supervisor enviar de novo ou retirar.",
            ),
            translate("queue", "Sim, passar"),
        )
    return Prompt(
        translate("queue", "Retirar da fila?"),
        translate(
            "queue",
            "O pedido da pessoa não será atendido, a não ser que o cadastro central já o tenha "
            "recebido. Avise a pessoa. Isto não pode ser desfeito.",
        ),
        translate("queue", "Sim, retirar"),
    )


def note_problem_words(problem: NoteProblem) -> str:
    """Return what is wrong with a reason."""
    translate = QCoreApplication.translate
    return {
        NoteProblem.EMPTY: translate("queue", "Escreva o motivo em poucas palavras."),
        NoteProblem.TOO_LONG: translate("queue", "O motivo é longo demais. Use até 200 letras."),
    }[problem]


def done_words(way: QueueWay, receipt: str | None) -> str:
    """Return what is said after something was done; ``receipt`` is the new one, if any."""
    translate = QCoreApplication.translate
    if way is QueueWay.SEND_AGAIN and receipt is not None:
        words = translate("queue", "Enviado de novo. O recibo agora é {0}: anote-o para a pessoa.")
        return words.replace("{0}", receipt)
    return {
        QueueWay.TRY_NOW: translate("queue", "Tentando agora. A lista se atualiza sozinha."),
        QueueWay.SEND_AGAIN: translate("queue", "Enviado de novo."),
        QueueWay.HAND_OVER: translate("queue", "Passado ao supervisor."),
        QueueWay.WITHDRAW: translate("queue", "Retirado da fila."),
    }[way]


def too_late_words() -> str:
    """Return what is said where an entry had moved on before something was done about it."""
    return QCoreApplication.translate(
        "queue", "Nada foi feito: este pedido já tinha mudado. Veja abaixo como ele está."
    )


def empty_words(tab: QueueTab) -> str:
    """Return what an empty list says."""
    translate = QCoreApplication.translate
    return {
        QueueTab.WAITING: translate(
            "queue", "Nada aguarda. Tudo o que foi feito aqui já teve resposta."
        ),
        QueueTab.STOPPED: translate(
            "queue", "Nada precisa de alguém. O que ainda aguarda segue sozinho."
        ),
        QueueTab.ANSWERED: translate(
            "queue", "Nenhum pedido feito neste equipamento teve resposta ainda."
        ),
    }[tab]


def not_here_words() -> str:
    """Return what is said of a receipt that this machine does not know."""
    return QCoreApplication.translate(
        "queue",
        "Este recibo não é deste equipamento. Se foi feito em outro lugar, consulte em “Preciso "
        "de ajuda”, “Consultar recibo”.",
    )


def _is_stopped(entry: QueueEntry) -> bool:
    return entry.state in (QueueState.PARKED, QueueState.HANDED)


def _state_words(entry: QueueEntry) -> tuple[str, str]:
    translate = QCoreApplication.translate
    match entry.state:
        case QueueState.PARKED:
            return translate("queue", "Parado"), translate("queue", "precisa de alguém")
        case QueueState.HANDED:
            return translate("queue", "Com o supervisor"), translate("queue", "parado")
        case QueueState.SENDING:
            return translate("queue", "Enviando"), translate("queue", "agora")
        case QueueState.BEHIND:
            after = translate("queue", "depois de {0}").replace("{0}", entry.behind or "")
            return translate("queue", "Espera outro pedido"), after
        case QueueState.WAITING:
            when = next_words(entry.next_try_seconds or 0)
            more = translate("queue", "nova tentativa {0}")
            if not entry.attempts:
                more = translate("queue", "envio {0}")
            return translate("queue", "Aguardando"), more.replace("{0}", when)


def _asked(entry: QueueEntry) -> str:
    translate = QCoreApplication.translate
    if entry.made_at is None:
        return f"{kind_title(entry.kind)}, {age_words(None)}"
    words = f"{kind_title(entry.kind)}, {entry.made_at:%d/%m/%Y, %H:%M}"
    if entry.age_seconds is None:
        words += " " + translate("queue", "(hora incerta)")
    return words


def _tries(entry: QueueEntry) -> str:
    translate = QCoreApplication.translate
    count = str(entry.attempts) if entry.attempts else translate("queue", "nenhuma ainda")
    if entry.state is not QueueState.WAITING or entry.next_try_seconds is None:
        return count
    words = translate("queue", "{0}; a próxima {1}").replace("{0}", count)
    return words.replace("{1}", next_words(entry.next_try_seconds))
