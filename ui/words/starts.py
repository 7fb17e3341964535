"""What is said after the program, or the machine, ended suddenly."""

from PySide6.QtCore import QCoreApplication

from kiosk.services.answers import ReceiptState
from kiosk.services.start_reports import InterruptedAction, StartReport
from ui.words.kinds import kind_words


def report_words(report: StartReport) -> str:
    """Return what became of what was under way; it names nobody."""
    translate = QCoreApplication.translate
    start = translate("starts", "O programa parou de repente e já voltou.")
    if not report.actions:
        rest = translate(
            "starts",
            "Nenhum pedido estava sendo enviado. O que estava só digitado não foi guardado.",
        )
        return f"{start} {rest}"
    return " ".join([start, *(_action_words(one) for one in report.actions)])


def _action_words(action: InterruptedAction) -> str:
    translate = QCoreApplication.translate
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
