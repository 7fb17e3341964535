"""How the kinds of operation are called in a sentence."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.operations import OperationKind


def kind_words(kind: OperationKind) -> str:
    """Return what a person asked for, as it stands after “pedido de”."""
    translate = QCoreApplication.translate
    return {
        OperationKind.REGISTER: translate("receipts", "cadastro"),
        OperationKind.RESET: translate("receipts", "senha nova"),
        OperationKind.SET_EMAIL: translate("receipts", "registro de e-mail"),
    }[kind]
