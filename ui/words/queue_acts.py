"""What staff read of what can be done about an operation, and of what came of it."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from kiosk.services.queue_answers import NoteProblem, QueueEntry, QueueState, QueueWay


@dataclass(frozen=True, slots=True)
class WayWords:
    """A button that does something about an entry.

    Attributes:
        is_main: It is what is done as a rule.
        is_open: It can be pressed.
    """

    way: QueueWay
    text: str
    is_main: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said when a reason is asked for.

    Attributes:
        subject: Whose wish it is, and which.
        confirm: The words of the button that does it.
        cancel: The words of the button that does not.
        is_grave: It cannot be undone: not doing it is what is offered first.
    """

    title: str
    subject: str
    text: str
    confirm: str
    cancel: str
    is_grave: bool


def way_words(entry: QueueEntry) -> tuple[WayWords, ...]:
    """Return the buttons of an entry, the likeliest first."""
    translate = QCoreApplication.translate
    words = {
        QueueWay.TRY_NOW: translate("queue", "Tentar agora"),
        QueueWay.SEND_AGAIN: translate("queue", "Enviar de novo"),
        QueueWay.HAND_OVER: translate("queue", "Passar ao supervisor"),
        QueueWay.WITHDRAW: translate("queue", "Retirar da fila"),
    }
    if entry.state is QueueState.HANDED:
        words[QueueWay.SEND_AGAIN] = translate("queue", "Supervisor: enviar de novo")
        words[QueueWay.WITHDRAW] = translate("queue", "Supervisor: retirar")
    is_open = True
    if entry.state is QueueState.SENDING:
        words[QueueWay.TRY_NOW] = translate("queue", "Tentando…")
        is_open = False
    main = None if entry.state is QueueState.HANDED else entry.ways[0] if entry.ways else None
    return tuple(
        WayWords(
            way,
            words[way],
            is_main=way is main and way is not QueueWay.WITHDRAW,
            is_open=is_open or way is not QueueWay.TRY_NOW,
        )
        for way in entry.ways
    )


def prompt_words(way: QueueWay, subject: str) -> Prompt:
    """Return what is said before something is handed over or withdrawn.

    Args:
        way: One of the two.
        subject: Whose wish it is, and which.
    """
    translate = QCoreApplication.translate
    if way is QueueWay.HAND_OVER:
        return Prompt(
            translate("queue", "Passar ao supervisor?"),
            subject,
            translate(
                "queue",
                "O pedido continua parado aqui até o supervisor enviar de novo ou retirar.",
            ),
            translate("queue", "Sim, passar"),
            translate("queue", "Cancelar"),
            is_grave=False,
        )
    return Prompt(
        translate("queue", "Retirar da fila?"),
        subject,
        translate(
            "queue",
            "O pedido não será atendido, a não ser que o cadastro central já o tenha recebido. "
            "Avise a pessoa. Isto não pode ser desfeito.",
        ),
        translate("queue", "Retirar da fila"),
        translate("queue", "Voltar sem retirar"),
        is_grave=True,
    )


def note_problem_words(problem: NoteProblem) -> str:
    """Return what is wrong with a reason."""
    translate = QCoreApplication.translate
    return {
        NoteProblem.EMPTY: translate("queue", "Escreva o motivo em poucas palavras."),
        NoteProblem.TOO_LONG: translate(
            "queue", "O motivo é longo demais. Use até 200 caracteres."
        ),
    }[problem]


def sent_again_words(receipt: str) -> str:
    """Return what is said of a wish that was sent again, until it is answered."""
    words = QCoreApplication.translate(
        "queue", "Enviado de novo com o recibo {0}. Anote-o para a pessoa."
    )
    return words.replace("{0}", receipt)


def answered_again_words(receipt: str, title: str, text: str) -> str:
    """Return what is said once a wish that was sent again is answered: the answer in full."""
    words = QCoreApplication.translate("queue", "Enviado de novo como {0}. Resposta: {1}. {2}")
    return words.replace("{0}", receipt).replace("{1}", title).replace("{2}", text)


def trail_words(old: str, new: str) -> str:
    """Return under which receipt the one that was looked for goes on."""
    words = QCoreApplication.translate("queue", "{0} foi enviado de novo como {1}")
    return words.replace("{0}", old).replace("{1}", new)


def done_words(way: QueueWay) -> str:
    """Return what is said after something was done; nothing where the entry says it itself."""
    translate = QCoreApplication.translate
    if way is QueueWay.TRY_NOW:
        return translate("queue", "Tentando. A lista se atualiza sozinha.")
    return translate("queue", "Retirado da fila.") if way is QueueWay.WITHDRAW else ""


def too_late_words() -> str:
    """Return what is said where an entry had moved on before something was done about it."""
    return QCoreApplication.translate(
        "queue", "Nada foi feito: este pedido já tinha mudado. Veja abaixo como ele está."
    )
