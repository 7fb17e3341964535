"""Why an operation has no answer yet, and what staff can do about it."""

from PySide6.QtCore import QCoreApplication

from kiosk.services.queue_answers import Cause, QueueEntry, QueueState


def story_words(entry: QueueEntry, *, is_online: bool | None) -> tuple[str, str]:
    """Return where an entry stands and why, and what to do about it.

    Args:
        entry: What is told of.
        is_online: Whether the line is up; None while nobody knows.
    """
    translate = QCoreApplication.translate
    match entry.state:
        case QueueState.SENDING:
            return (
                translate("causes", "Enviando"),
                translate(
                    "causes",
                    "O pedido está a caminho do cadastro central. A resposta aparece aqui.",
                ),
            )
        case QueueState.BEHIND:
            text = translate(
                "causes",
                "O pedido {0} é da mesma pessoa, foi feito antes e vai primeiro. Este segue "
                "sozinho logo depois.",
            )
            return (
                translate("causes", "Espera outro pedido da mesma pessoa"),
                text.replace("{0}", entry.behind or ""),
            )
        case QueueState.WAITING:
            return _waiting_story(entry.cause)
        case QueueState.PARKED:
            return stop_title(entry.cause), _stop_advice(entry.cause, is_online=is_online)
        case QueueState.HANDED:
            return (
                translate("causes", "Com o supervisor"),
                translate("causes", "Passado ao supervisor. Você não precisa fazer mais nada."),
            )


def stop_title(cause: Cause | None) -> str:
    """Return why something stopped."""
    translate = QCoreApplication.translate
    match cause:
        case Cause.NOT_UNDERSTOOD:
            return translate("causes", "O cadastro central não entendeu o pedido")
        case Cause.NO_ANSWER:
            return translate("causes", "O cadastro central não respondeu a este pedido")
        case Cause.ANSWER_NOT_UNDERSTOOD:
            return translate("causes", "A resposta a este pedido não foi entendida")
        case Cause.REGISTRY_FAILED:
            return translate("causes", "O cadastro central falhou com este pedido")
        case Cause.DAMAGED:
            return translate("causes", "O pedido foi danificado no disco")
        case _:
            return translate("causes", "Este programa falhou com este pedido")


def stop_words(cause: Cause | None) -> str:
    """Return in few words why something stopped."""
    translate = QCoreApplication.translate
    match cause:
        case Cause.NOT_UNDERSTOOD:
            return translate("causes", "pedido não entendido")
        case Cause.NO_ANSWER:
            return translate("causes", "sem resposta do cadastro")
        case Cause.ANSWER_NOT_UNDERSTOOD:
            return translate("causes", "resposta não entendida")
        case Cause.REGISTRY_FAILED:
            return translate("causes", "falha do cadastro central")
        case Cause.DAMAGED:
            return translate("causes", "danificado no disco")
        case _:
            return translate("causes", "falha deste programa")


def _waiting_story(cause: Cause | None) -> tuple[str, str]:
    translate = QCoreApplication.translate
    match cause:
        case None:
            return (
                translate("causes", "Aguardando o envio"),
                translate("causes", "Ainda não houve tentativa. O envio é automático."),
            )
        case Cause.NO_LINE:
            return (
                translate("causes", "Sem linha com o cadastro central"),
                translate(
                    "causes",
                    "O pedido está guardado e segue sozinho quando a linha voltar. Se ela já "
                    "voltou, use “Tentar agora”.",
                ),
            )
        case Cause.TOO_SLOW:
            return (
                translate("causes", "O cadastro central não respondeu a tempo"),
                translate(
                    "causes",
                    "A linha está lenta. O pedido está guardado e será tentado de novo sozinho.",
                ),
            )
        case Cause.BROKE_OFF:
            return (
                translate("causes", "A linha caiu no meio do envio"),
                translate(
                    "causes",
                    "Não se sabe se o pedido chegou. Ele vai de novo sozinho e, se já chegou, "
                    "não vale duas vezes.",
                ),
            )
        case Cause.REGISTRY_BUSY:
            return (
                translate("causes", "O cadastro central está ocupado"),
                translate(
                    "causes",
                    "O pedido está guardado e será tentado de novo sozinho. Não é preciso fazer "
                    "nada.",
                ),
            )
        case Cause.REGISTRY_FAILED:
            return (
                translate("causes", "O cadastro central falhou com este pedido"),
                translate(
                    "causes",
                    "A falha foi lá. O pedido está guardado e será tentado de novo sozinho. Se "
                    "durar mais de uma hora, chame o suporte técnico.",
                ),
            )
        case Cause.NOT_AUTHORISED:
            return (
                translate("causes", "O cadastro central não reconhece este equipamento"),
                translate(
                    "causes",
                    "Nada do que é feito aqui é aceito até isso ser resolvido. Chame o suporte "
                    "técnico. Os pedidos continuam guardados.",
                ),
            )
        case Cause.INTERNAL:
            return (
                translate("causes", "Este programa falhou ao enviar"),
                translate(
                    "causes",
                    "O pedido está guardado e será tentado de novo sozinho. Se continuar assim, "
                    "chame o suporte técnico.",
                ),
            )
        case _:
            return (
                translate("causes", "Veio uma resposta estranha"),
                translate(
                    "causes",
                    "Algo na rede respondeu no lugar do cadastro central. O pedido será tentado "
                    "de novo sozinho. Se durar mais de uma hora, chame o suporte técnico.",
                ),
            )


def _stop_advice(cause: Cause | None, *, is_online: bool | None) -> str:
    translate = QCoreApplication.translate
    if cause is Cause.DAMAGED:
        return translate(
            "causes",
            "Ele não pode ser enviado, porque já não é o que a pessoa pediu. Passe ao "
            "supervisor, ou retire da fila e peça à pessoa que faça o pedido de novo.",
        )
    if cause is Cause.REGISTRY_FAILED:
        return translate(
            "causes",
            "A falha foi lá, muitas vezes. Passe ao supervisor, que chama o suporte técnico. "
            "Depois, pode enviar de novo sem risco: o pedido só vale uma vez.",
        )
    if is_online is False:
        return translate(
            "causes",
            "Espere a linha voltar e envie de novo, sem risco: o pedido só vale uma vez.",
        )
    return translate(
        "causes",
        "Pode enviar de novo sem risco: o pedido só vale uma vez. Se parar outra vez, passe ao "
        "supervisor.",
    )
