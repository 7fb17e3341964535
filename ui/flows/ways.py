"""Where a flow may send a person. Flows know this, and not each other."""

from typing import Protocol

from kiosk.services.answers import Account
from ui.flows.carried import Carried
from ui.words.outcomes import Told
from ui.words.ways import Way


class Ways(Protocol):
    """The ways from journey to journey."""

    def to_start(self) -> None:
        """Show the start screen; nothing of the person stays."""

    def to_registration(self, carried: Carried, notice: str = "") -> None:
        """Show Cadastro with what was typed elsewhere, and why the person was sent there."""

    def to_sign_in(self, carried: Carried) -> None:
        """Show Login with what was typed elsewhere."""

    def to_reset(self, carried: Carried, notice: str = "") -> None:
        """Show the reset with what was typed elsewhere, and why the person was sent there."""

    def to_help(self) -> None:
        """Show help; Voltar leads back here."""

    def to_account(self, account: Account) -> None:
        """Show Minha conta."""

    def to_outcome(self, context: str, told: Told, carried: Carried, came_from: Way) -> None:
        """Show what became of a submission; ``came_from`` is where "Corrigir os dados" leads."""

    def go(self, way: Way, carried: Carried) -> None:
        """Follow a way on."""
