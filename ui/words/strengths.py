"""How strong a new password is, and what would help most."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.strengths import Advice, Strength, StrengthLevel


def strength_words(strength: Strength) -> str:
    """Return the words that stand beside the bars."""
    translate = QCoreApplication.translate
    level = {
        StrengthLevel.WEAK: translate("strengths", "Senha fraca"),
        StrengthLevel.FAIR: translate("strengths", "Senha razoável"),
        StrengthLevel.GOOD: translate("strengths", "Senha boa"),
        StrengthLevel.STRONG: translate("strengths", "Senha forte"),
    }[strength.level]
    if strength.advice is None:
        return level
    advice = {
        Advice.ADD_WORD: translate("strengths", "junte mais uma palavra"),
        Advice.LENGTHEN: translate("strengths", "escreva mais um pouco"),
        Advice.AVOID_OWN_DATA: translate("strengths", "não use seus dados"),
        Advice.AVOID_ORDER: translate("strengths", "evite seguir as teclas"),
        Advice.AVOID_REPETITION: translate("strengths", "evite repetir"),
        Advice.AVOID_DATES: translate("strengths", "evite datas e números"),
    }[strength.advice]
    return f"{level}: {advice}"


def first_advice() -> str:
    """Return what is said before anything is typed."""
    return QCoreApplication.translate("strengths", "Uma boa senha: três palavras juntas")
