"""What the foot of the screen says."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.disks import DiskState
from kiosk.services.answers import LineStatus


def line_words(status: LineStatus) -> str:
    """Return the words for a status of the line and of what waits for it."""
    translate = QCoreApplication.translate
    if status.is_online is None:
        line = translate("lines", "Sem notícia da linha ainda")
    elif status.is_online:
        line = translate("lines", "Em linha")
    elif status.offline_since is None:
        line = translate("lines", "Sem linha")
    else:
        line = translate("lines", "Sem linha desde {0}")
        line = line.replace("{0}", f"{status.offline_since:%H:%M}")
    parts = [line]
    # What waits for a person is told once, by its own words.
    waiting = status.waiting - status.parked
    if waiting > 0:
        parts.append(translate("lines", "{0} aguardando").replace("{0}", str(waiting)))
    if status.parked == 1:
        parts.append(translate("lines", "1 precisa de um atendente"))
    elif status.parked:
        parked = translate("lines", "{0} precisam de um atendente")
        parts.append(parked.replace("{0}", str(status.parked)))
    if status.needs_restart:
        parts.append(
            translate("lines", "o arquivo desta máquina está danificado: feche e abra o programa")
        )
    troubles = _troubles(status)
    if troubles:
        parts.append(translate("lines", "{0}: avise o suporte").replace("{0}", ", ".join(troubles)))
    return " · ".join(parts)


def first_run_words() -> str:
    """Return what is said before this machine is a device."""
    return QCoreApplication.translate("lines", "Esta máquina ainda não está inscrita")


def _troubles(status: LineStatus) -> list[str]:
    """Return the words for what only the support can put right."""
    translate = QCoreApplication.translate
    troubles = []
    if status.disk is DiskState.FULL:
        troubles.append(translate("lines", "sem espaço no disco"))
    elif status.disk is DiskState.LOW:
        troubles.append(translate("lines", "pouco espaço no disco"))
    if status.is_refused:
        troubles.append(translate("lines", "esta máquina está sem acesso ao cadastro central"))
    if status.was_restored:
        troubles.append(translate("lines", "dados restaurados"))
    if status.is_registry_strange:
        troubles.append(translate("lines", "o cadastro central não é o desta máquina"))
    if status.clock_error is not None:
        troubles.append(translate("lines", "o relógio desta máquina está errado"))
    return troubles
