"""What staff read of an operation that has no answer yet, and of what can be done about it."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from kiosk.domain.operations import OperationKind
from kiosk.services.queue_answers import QueueEntry, QueueState
from ui.words.causes import stop_title, stop_words, story_words
from ui.words.queue_acts import WayWords, way_words

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_SOON_SECONDS = 5


class QueueTab(StrEnum):
    """The three lists: what goes on by itself, what waits for a person, what was answered."""

    WAITING = "waiting"
    STOPPED = "stopped"
    ANSWERED = "answered"


class Sign(StrEnum):
    """How an entry looks: on its way, stopped, with somebody, done, refused, led elsewhere."""

    WAITING = "waiting"
    STOPPED = "stopped"
    HANDED = "handed"
    GOOD = "good"
    REFUSED = "refused"
    POINTED = "pointed"


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row of a list.

    Attributes:
        when: Age of what waits, or when it was decided.
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
    ways: tuple[WayWords, ...] = ()


def queue_row(entry: QueueEntry) -> RowWords:
    """Return the row of something unanswered."""
    state, more = _state_words(entry)
    return RowWords(
        entry.receipt,
        kind_title(entry.kind),
        entry.label,
        age_words(entry.age_seconds),
        _sign(entry),
        state,
        more,
    )


def usual_row() -> RowWords:
    """Return a row that is as wide as rows are as a rule."""
    translate = QCoreApplication.translate
    receipt = "8H8H8H-8888-H"
    return RowWords(
        receipt,
        kind_title(OperationKind.RESET),
        "***.888.888-**",
        "20/06/2046, 00:46",
        Sign.WAITING,
        translate("queue", "Espera outro pedido"),
        translate("queue", "depois de {0}").replace("{0}", receipt),
    )


def queue_entry(entry: QueueEntry, *, is_online: bool | None) -> EntryWords:
    """Return all that is told of something unanswered.

    Args:
        entry: What is told of.
        is_online: Whether the line is up; None while nobody knows.
    """
    translate = QCoreApplication.translate
    title, text = story_words(entry, is_online=is_online)
    facts = [
        Fact(translate("queue", "Pedido"), _asked(entry)),
        Fact(translate("queue", "Pessoa"), person_words(entry.label)),
        Fact(translate("queue", "Tentativas"), _tries(entry)),
    ]
    if entry.behind is not None:
        facts.append(Fact(translate("queue", "Espera por"), entry.behind))
    if entry.state is QueueState.HANDED:
        facts.append(Fact(translate("queue", "Parou porque"), stop_title(entry.cause)))
    if entry.note:
        facts.append(Fact(translate("queue", "Anotação"), entry.note))
    return EntryWords(entry.receipt, _sign(entry), title, text, tuple(facts), way_words(entry))


def subject_words(entry: QueueEntry) -> str:
    """Return whose wish it is, which, and since when it waits."""
    made = age_words(entry.age_seconds)
    if entry.age_seconds is not None:
        made = QCoreApplication.translate("queue", "feito {0}").replace("{0}", made)
    return " · ".join((kind_title(entry.kind), entry.label, made))


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


def person_words(label: str) -> str:
    """Return a masked person with what it is that is masked."""
    if not label:
        return ""
    translate = QCoreApplication.translate
    is_card = label.startswith("•")
    return f"{translate('queue', 'cartão') if is_card else translate('queue', 'CPF')} {label}"


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
    """Return when something is tried: as soon as can be, or in so long."""
    translate = QCoreApplication.translate
    if seconds < _SOON_SECONDS:
        return translate("queue", "em instantes")
    if seconds < _MINUTE:
        return translate("queue", "em {0} s").replace("{0}", str(seconds))
    if seconds < _HOUR:
        return translate("queue", "em {0} min").replace("{0}", str(-(-seconds // _MINUTE)))
    return translate("queue", "em {0} h").replace("{0}", str(-(-seconds // _HOUR)))


def empty_words(tab: QueueTab, stopped: int) -> str:
    """Return what an empty list says; ``stopped`` is how many wait for a person."""
    translate = QCoreApplication.translate
    if tab is QueueTab.WAITING and stopped:
        return translate(
            "queue", "Nada aguarda envio. O que parou está em “Precisam de atendente”."
        )
    return {
        QueueTab.WAITING: translate(
            "queue", "Nada aguarda. Tudo o que foi feito aqui já teve resposta."
        ),
        QueueTab.STOPPED: translate(
            "queue", "Nada precisa de atendente. O que ainda aguarda segue sozinho."
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


def _sign(entry: QueueEntry) -> Sign:
    by_state = {QueueState.PARKED: Sign.STOPPED, QueueState.HANDED: Sign.HANDED}
    return by_state.get(entry.state, Sign.WAITING)


def _state_words(entry: QueueEntry) -> tuple[str, str]:
    translate = QCoreApplication.translate
    match entry.state:
        case QueueState.PARKED:
            return translate("queue", "Parado"), stop_words(entry.cause)
        case QueueState.HANDED:
            return translate("queue", "Com o supervisor"), stop_words(entry.cause)
        case QueueState.SENDING:
            return translate("queue", "Enviando"), translate("queue", "a caminho")
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
    if entry.state is QueueState.PARKED:
        words = translate("queue", "{0}; não há nova tentativa automática")
        return words.replace("{0}", count)
    if entry.state is not QueueState.WAITING or entry.next_try_seconds is None:
        return count
    words = translate("queue", "{0}; a próxima {1}").replace("{0}", count)
    return words.replace("{1}", next_words(entry.next_try_seconds))
