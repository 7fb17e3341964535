"""A key that systemd hands to the service, decrypted with the machine's TPM or its own secret.

Source: systemd.exec(5), LoadCredentialEncrypted=, and systemd-creds(1). The file lies in memory
that is not swapped, is readable by the service's user alone, and goes with the service.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.custody.custodies import read_keys
from kiosk.database.keys import StoreKey

CREDENTIAL = "kiosk-store-key"
_FOLDER = "CREDENTIALS_DIRECTORY"


class SystemdCredential:
    """Reads the key that systemd hands over; whoever administers the machine makes it.

    Args:
        environment: Of the process.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    def load(self) -> tuple[StoreKey, ...]:
        """Return what is kept; see ``Custody``."""
        folder = self._environment.get(_FOLDER)
        if folder is None:
            raise Complaint(
                "Este processo não recebeu credenciais do systemd. Abra o programa pelo serviço "
                f"que tem LoadCredentialEncrypted={CREDENTIAL}; nada foi tocado."
            )
        try:
            written = (Path(folder) / CREDENTIAL).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            raise Complaint(
                f"O systemd não entregou a credencial {CREDENTIAL}. Confira a unidade do serviço; "
                "nada foi tocado."
            ) from None
        return read_keys(written, f"na credencial {CREDENTIAL}")

    def keep(self, keys: Sequence[StoreKey]) -> None:
        """Refuse what is not there yet: only the administrator can add to it, or take from it."""
        if not set(keys) <= set(self.load()):
            raise Complaint(
                "A chave que o systemd entrega é criada por quem administra a máquina: gere uma "
                "com “main.py store-key new” e guarde-a com systemd-creds, como em docs/keys.md."
            )
