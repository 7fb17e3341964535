"""What became of a receipt."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.operations import OperationKind
from kiosk.services.answers import ReceiptFound, ReceiptState, ReceiptUnknown
from ui.words.kinds import kind_words
from ui.words.outcomes import Mood, Told, outcome_words
from ui.words.ways import Way


def found_words(found: ReceiptFound) -> Told:
    """Return the words for a receipt that was found."""
    translate = QCoreApplication.translate
    made = _made_words(found)
    if found.state is ReceiptState.DECIDED and found.outcome is not None:
        told = outcome_words(found.kind, found.outcome, found.reason, found.receipt)
        ways: tuple[Way, ...] = tuple(way for way in told.ways if way is not Way.CORRECT)
        if len(ways) < len(told.ways):
            again = Way.REGISTER if found.kind is OperationKind.REGISTER else Way.RESET
            ways = (again, *ways)
        return Told(told.mood, told.title, f"{told.text} {made}", ways, told.receipt)
    if found.state is ReceiptState.PARKED:
        return Told(
            Mood.WAITING,
            translate("receipts", "Um atendente precisa olhar o pedido"),
            translate(
                "receipts",
                "O pedido está guardado, mas parou no caminho. Procure o balcão, com o recibo na "
                "mão, ou ligue para 0800 888 9504.",
            )
            + f" {made}",
            (Way.HELP,),
            found.receipt,
        )
    return Told(
        Mood.WAITING,
        translate("receipts", "Recebido, aguardando confirmação"),
        translate(
            "receipts",
            "O pedido está guardado, e o envio ao cadastro central é automático. Nada mudou "
            "ainda. Consulte de novo mais tarde.",
        )
        + f" {made}",
        (),
        found.receipt,
    )


def _made_words(found: ReceiptFound) -> str:
    """Return what was asked for when, as far as it can still be read."""
    translate = QCoreApplication.translate
    asked = translate("receipts", "Pedido ilegível")
    if found.kind is not None:
        asked = translate("receipts", "Pedido de {0}").replace("{0}", kind_words(found.kind))
    when = translate("receipts", "em hora incerta")
    if found.made_at is not None:
        when = translate("receipts", "em {0}").replace("{0}", f"{found.made_at:%d/%m/%Y, %H:%M}")
    made = translate("receipts", "{0}, feito {1}.").replace("{1}", when)
    return made.replace("{0}", asked)


def unknown_words(unknown: ReceiptUnknown) -> str:
    """Return the words for a receipt that was not found, or not with this proof."""
    translate = QCoreApplication.translate
    if unknown.line_is_down:
        return translate(
            "receipts",
            "Este recibo não está neste equipamento com estes dados. Como a linha está fora, não "
            "deu para perguntar ao cadastro central: se o pedido foi feito em outro lugar, "
            "consulte mais tarde ou ligue para 0800 888 9504.",
        )
    return translate(
        "receipts",
        "Não há recibo com este número e estes dados. Confira os dois e espere alguns minutos "
        "antes de tentar de novo, ou ligue para 0800 888 9504.",
    )
