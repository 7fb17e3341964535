"""The band that says that nothing here is real."""

from PySide6.QtCore import QCoreApplication, Qt

from ui.widgets.labels import Label


class DemoBand(Label):
    """Stands above every screen of a demonstration."""

    def __init__(self) -> None:
        text = QCoreApplication.translate("DemoBand", "DEMONSTRAÇÃO")
        super().__init__(text, "demoBand", "demoBand", wraps=False)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(32)
