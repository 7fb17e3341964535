"""What is said after the program, or the machine, ended suddenly."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.restorations import RestoreReport
from kiosk.services.answers import ReceiptState
from kiosk.services.start_reports import InterruptedAction, StartReport
from ui.words.kinds import kind_words


def report_words(report: StartReport, *, for_staff: bool) -> str:
    """Return what became of what was under way, and what was put right; it names nobody.

    Args:
        report: What is to be told.
        for_staff: Tell of the machine's file too.
    """
    is_known = not any(one.may_have_lost for one in report.restorations)
    told = [] if report.actions is None else [_end_words(report.actions, is_known=is_known)]
    if for_staff:
        told += [_restoration_words(one) for one in report.restorations]
    return " ".join(told)


def _end_words(actions: tuple[InterruptedAction, ...], *, is_known: bool) -> str:
    translate = QCoreApplication.translate
    start = translate("starts", "O programa parou de repente e já voltou.")
    if not actions:
        rest = translate(
            "starts",
            "Nenhum pedido estava sendo enviado. O que estava só digitado não foi guardado.",
        )
        return f"{start} {rest}"
    return " ".join([start, *(_action_words(one, is_known=is_known) for one in actions)])


def _restoration_words(report: RestoreReport) -> str:
    translate = QCoreApplication.translate
    words = [
        translate(
            "starts",
            "Os dados desta máquina estavam danificados e foram restaurados. O arquivo antigo está "
            "guardado em {0}.",
        ).replace("{0}", report.quarantine)
    ]
    if report.lost_at_most is None:
        words.append(
            translate(
                "starts",
                "Pode faltar algum pedido feito depois da última cópia de segurança: confira os "
                "recibos de hoje e avise o suporte.",
            )
        )
    elif report.lost_at_most:
        words.append(
            translate(
                "starts",
                "Até {0} pedidos podem faltar: confira os recibos de hoje e avise o suporte.",
            ).replace("{0}", str(report.lost_at_most))
        )
    else:
        words.append(translate("starts", "Nenhum pedido se perdeu. Avise o suporte."))
    return " ".join(words)


def _action_words(action: InterruptedAction, *, is_known: bool) -> str:
    translate = QCoreApplication.translate
    if action.state is None and not is_known:
        return translate(
            "starts",
            "Não se sabe se o pedido de {0} que estava sendo feito foi guardado, porque os dados "
            "desta máquina foram danificados. Um atendente precisa olhar antes de outro ser feito.",
        ).replace("{0}", kind_words(action.kind))
    words = {
        None: translate(
            "starts",
            "O pedido de {0} que estava sendo feito não foi guardado: nada mudou. Faça o pedido "
            "de novo.",
        ),
        ReceiptState.WAITING: translate(
            "starts",
            "O pedido de {0} está guardado, com o recibo {1}. O envio é automático: não faça "
            "outro.",
        ),
        ReceiptState.PARKED: translate(
            "starts",
            "O pedido de {0} está guardado, com o recibo {1}, mas um atendente precisa olhar.",
        ),
        ReceiptState.DECIDED: translate(
            "starts",
            "O pedido de {0} já teve resposta. Veja qual em “Preciso de ajuda”, “Consultar "
            "recibo”, com o número {1}.",
        ),
    }[action.state]
    return words.replace("{0}", kind_words(action.kind)).replace("{1}", action.receipt or "")
