"""The digital card of a beneficiary."""

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.widgets.barcodes import Barcode
from ui.widgets.labels import Label


class HealthCard(QFrame):
    """Name and card number as on the printed card, with the number as bars."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "healthCard")
        self._name = Label("", "cardName", "accountName")
        self._number = Label("", "cardNumber", "accountCard", wraps=False)
        self._code = Barcode()
        self._ground = QFrame()
        self._ground.setProperty("role", "code")
        ground = QVBoxLayout(self._ground)
        ground.setContentsMargins(8, 4, 8, 4)
        ground.addWidget(self._code)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 26)
        column.setSpacing(8)
        column.addWidget(Label("PAS/SERPRO", "cardPlan", wraps=False))
        column.addWidget(self._name)
        column.addWidget(self._number)
        column.addSpacing(8)
        column.addWidget(self._ground)

    def show_card(self, name: str, number: str) -> None:
        """Show whose card it is."""
        self._name.setText(name)
        self._number.setText(_grouped(number))
        self._number.setAccessibleName(number)
        self._code.show_text(number)
        self._ground.setVisible(not self._code.isHidden())

    def wipe(self) -> None:
        """Forget whose card it was."""
        self.show_card("", "")


def _grouped(number: str) -> str:
    """Set a space after every four characters, which is how people read long numbers out."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
