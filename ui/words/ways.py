"""Where a person can go on, and how the button that leads there is called."""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication


class Way(StrEnum):
    """A way on."""

    SIGN_IN = "sign_in"
    REGISTER = "register"
    RESET = "reset"
    CORRECT = "correct"
    HELP = "help"


def way_words(way: Way) -> str:
    """Return the words of the button that leads somewhere."""
    translate = QCoreApplication.translate
    return {
        Way.SIGN_IN: translate("ways", "Ir para o login"),
        Way.REGISTER: translate("ways", "Fazer o cadastro"),
        Way.RESET: translate("ways", "Redefinir a senha"),
        Way.CORRECT: translate("ways", "Corrigir os dados"),
        Way.HELP: translate("ways", "Preciso de ajuda"),
    }[way]
